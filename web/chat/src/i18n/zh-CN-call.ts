import type { en } from './en-call.ts'

export const zhCN: Record<keyof typeof en, string> = {}
