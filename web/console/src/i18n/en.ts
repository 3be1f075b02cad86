import { common } from './en/common'
import { server } from './en/server'
import { app } from './en/app'
import { people } from './en/people'
import { traffic } from './en/traffic'

export const en = { ...common, ...server, ...app, ...people, ...traffic }
