import { common } from './zh-CN/common'
import { server } from './zh-CN/server'
import { app } from './zh-CN/app'
import { people } from './zh-CN/people'
import { traffic } from './zh-CN/traffic'
import type { en } from './en'

export const zhCN: Record<keyof typeof en, string> = { ...common, ...server, ...app, ...people, ...traffic }
