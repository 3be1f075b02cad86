// Users of the SDK in a test: instances of their own, and waits for what they are told.

import { vi } from 'vitest'
import type { Chat, Emitted, Message } from '../src/index.ts'
import type { Sync } from '../src/sync.ts'
import type { Line } from '../src/wire.ts'
import { bounded, patience, type Server } from './server.ts'

type Module = typeof import('../src/index.ts')

/** Of an app there is one instance a module: each user loads a copy of the module. */
let loading: Promise<unknown> = Promise.resolve()
function load(): Promise<{ sdk: Module; Sync: typeof Sync; Line: typeof Line; patience: { send: number }; holds: { calls: number } }> {
  const next = loading.then(async () => {
    vi.resetModules()
    const sdk = await import('../src/index.ts')
    const { Line, waits } = await import('../src/wire.ts')
    waits.fill(20, 0, 3)
    return { sdk, Line, Sync: (await import('../src/sync.ts')).Sync, patience: (await import('../src/methods/send.ts')).patience, holds: (await import('../src/outbox.ts')).patience }
  })
  loading = next
  return next
}

/** holdEvents keeps back the events that come to a copy of the SDK; the answer lets them through. */
function holdEvents(at: typeof Sync): () => void {
  const { packet } = at.prototype
  const held: (() => void)[] = []
  at.prototype.packet = function (topic, payload) {
    if (topic.startsWith('im/event/')) held.push(() => packet.call(this, topic, payload))
    else packet.call(this, topic, payload)
  }
  return () => {
    at.prototype.packet = packet
    for (const one of held) one()
  }
}

export interface HeldAnswer {
  /** It has come. */
  came: Promise<void>
  release(): void
}

/** holdAnswer keeps back the answer to the next request of a method with such a text in it. */
function holdAnswer(at: typeof Line, wanted: string, about: string): HeldAnswer {
  const { request } = at.prototype
  let release!: () => void
  const gate = new Promise<void>((resolve) => (release = resolve))
  let here!: () => void
  const came = new Promise<void>((resolve) => (here = resolve))
  at.prototype.request = function (method, body, ...more) {
    const answer = request.call(this, method, body, ...more)
    if (method !== wanted || !JSON.stringify(body).includes(about)) return answer
    at.prototype.request = request
    void answer.finally(here)
    return gate.then(() => answer)
  }
  return { came: bounded(came, `the answer to ${wanted}`), release }
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
  /** How long the SDK waits for answers, in ms. */
  waits: { send: number }
  /** How long what is told waits for calls, in ms. */
  holds: { calls: number }
  /** hold keeps events back, so that only answers are known; the answer lets them through. */
  hold(): () => void
  /** late keeps back the answer to the next request about something, so that it is older than what comes meanwhile. */
  late(method: string, about?: string): HeldAnswer
  /** until waits for an event that is so, from the next one on. */
  until(name: string, so?: (data: any, event: Emitted) => boolean): Promise<any>
  /** got waits until a message with this text was received, now or before. */
  got(text: string): Promise<Message>
}

export async function user(server: Server, id: string, url = server.url, more: object = {}): Promise<User> {
  const { sdk, Sync, Line, patience: waits, holds } = await load()
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
    }), `${name} of ${id}`, patience).catch((err) => {
      throw new Error(`${err.message}; seen last: ${log.slice(-8).map((e) => `${e.name} ${brief(e.data)}`).join('; ')}`)
    })
  return {
    id, chat, sdk, log, received, until, waits, holds, hold: () => holdEvents(Sync),
    late: (method, about = '') => holdAnswer(Line, method, about),
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

const brief = (data: unknown): string => JSON.stringify(data).slice(0, 200)

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
