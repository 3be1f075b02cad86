import type { en } from './en-panels.ts'

export const zhCN: Record<keyof typeof en, string> = {}
