// Users of the SDK in a test: instances of their own, and waits for what they are told.

import { vi } from 'vitest'
import type { Chat, Emitted, Message } from '../src/index.ts'
import { bounded, patience, type Server } from './server.ts'

type Module = typeof import('../src/index.ts')

/** Of an app there is one instance a module: each user loads a copy of the module. */
let loading: Promise<unknown> = Promise.resolve()
function load(): Promise<Module> {
  const next = loading.then(() => {
    vi.resetModules()
    return import('../src/index.ts')
  })
  loading = next
  return next
}

export interface User {
  id: string
  chat: Chat
  sdk: Module
  /** All that the instance has emitted, in order. */
  log: Emitted[]
  /** What was received, in order. */
  received: Message[]
  login(): Promise<void>
  /** until waits for an event that is so, from the next one on. */
  until(name: string, so?: (data: any, event: Emitted) => boolean): Promise<any>
  /** got waits until a message with this text was received, now or before. */
  got(text: string): Promise<Message>
}

export async function user(server: Server, id: string, url = server.url, more: object = {}): Promise<User> {
  const sdk = await load()
  const chat = sdk.create({ SDKAppID: server.app.sdkappid, proxyServer: url, ...more })
  chat.setLogLevel(4)
  const log: Emitted[] = []
  const received: Message[] = []
  for (const name of Object.values(sdk.EVENT)) chat.on(name, (e) => log.push(e))
  chat.on(sdk.EVENT.MESSAGE_RECEIVED, (e) => received.push(...(e.data as Message[])))
  const until = (name: string, so: (data: any, event: Emitted) => boolean = () => true) =>
    bounded(new Promise<any>((resolve) => {
      const handler = (e: Emitted) => {
        if (!so(e.data, e)) return
        chat.off(name, handler)
        resolve(e.data)
      }
      chat.on(name, handler)
    }), `${name} of ${id}`, patience)
  return {
    id, chat, sdk, log, received, until,
    async login() {
      const ready = until(sdk.EVENT.SDK_READY)
      await chat.login({ userID: id, userSig: server.sig(id) })
      await ready
    },
    async got(text) {
      const is = (m: Message) => m.payload.text === text
      const before = received.find(is)
      if (before) return before
      const list = (await until(sdk.EVENT.MESSAGE_RECEIVED, (data) => data.some(is))) as Message[]
      return list.find(is)!
    },
  }
}

export const c2c = (to: string, text: string) => ({ to, conversationType: 'C2C', payload: { text } })
export const toGroup = (to: string, text: string) => ({ to, conversationType: 'GROUP', payload: { text } })

/** say sends a text. */
export async function say(from: User, to: { to: string; conversationType: string; payload: { text: string } }): Promise<Message> {
  const { data } = await from.chat.sendMessage(from.chat.createTextMessage(to))
  return data.message
}

/** rejects gives what a call rejects with. */
export async function rejects(call: Promise<unknown> | (() => unknown)): Promise<any> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (err) {
    return err
  }
  throw new Error('it was not refused')
}
