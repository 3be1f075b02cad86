// Who is logged in, and how the connection is.

import { computed, signal } from '@preact/signals'
import { create, EVENT, type Chat } from '@teahouse-im/chat'
import { takeLogin } from '../route.ts'

export type Stage = 'out' | 'entering' | 'in'

export const stage = signal<Stage>('out')
/** The UserID of the user of this page. */
export const me = signal('')
/** What this server offers: `me.Features`. */
export const features = signal<ReadonlySet<string>>(new Set())
/** `Limits` of `me`; what is absent has none. */
export interface Limits {
  MessageBytes?: number
  RecallSeconds?: number
  Mentions?: number
}
export const limits = signal<Limits>({})
export const net = signal<'connected' | 'connecting' | 'disconnected'>('connecting')
export const kicked = signal<string>('')
export const loginError = signal<unknown>(null)
export const online = computed(() => net.value === 'connected')

let instance: Chat | null = null
/** What is done with each new instance, before it logs in. */
const wirings: ((chat: Chat) => void)[] = []
const endings: (() => void)[] = []

/** chat is the SDK's instance; only to be used while somebody is logged in. */
export function chat(): Chat {
  if (!instance) throw new Error('nobody is logged in')
  return instance
}

/** onChat is how a part of the state listens: wire is called once for each instance of the SDK. */
export const onChat = (wire: (chat: Chat) => void): void => void wirings.push(wire)
/** onEnd is called when a login ends: what was known is to be forgotten. */
export const onEnd = (forget: () => void): void => void endings.push(forget)

const kept = { app: 'teahouse.app', user: 'teahouse.user', ticket: 'teahouse.ticket' }

function store(where: 'localStorage' | 'sessionStorage', name: string, value: string | null): void {
  try {
    if (value === null) window[where].removeItem(name)
    else window[where].setItem(name, value)
  } catch { /* storage is closed to this page: nothing is remembered */ }
}

function stored(where: 'localStorage' | 'sessionStorage', name: string): string {
  try {
    return window[where].getItem(name) ?? ''
  } catch {
    return ''
  }
}

/** remembered are the app and the user of the last login. */
export const remembered = () => ({ app: stored('localStorage', kept.app), user: stored('localStorage', kept.user) })

/** serverAddress: beside the page, on the page's own port. */
const serverAddress = (): string => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/mqtt`

function prepare(app: number): Chat {
  const one = create({ SDKAppID: app, proxyServer: serverAddress() })
  one.setLogLevel(4)
  one.on(EVENT.SDK_READY, () => {
    stage.value = 'in'
    one.request('me').then(({ data }) => {
      features.value = new Set<string>(data.Features ?? [])
      limits.value = data.Limits ?? {}
    }, () => {})
  })
  one.on(EVENT.NET_STATE_CHANGE, ({ data }) => (net.value = data.state))
  one.on(EVENT.KICKED_OUT, ({ data }) => {
    kicked.value = data.type
    store('sessionStorage', kept.ticket, null)
  })
  one.on(EVENT.SDK_NOT_READY, () => end())
  for (const wire of wirings) wire(one)
  return one
}

function end(): void {
  stage.value = 'out'
  me.value = ''
  features.value = new Set()
  for (const forget of endings) forget()
}

/** enter logs a user in; a failure stands in loginError. */
export async function enter(app: number, user: string, sig: string): Promise<void> {
  if (instance) await instance.destroy()
  kicked.value = ''
  loginError.value = null
  stage.value = 'entering'
  net.value = 'connecting'
  me.value = user
  instance = prepare(app)
  try {
    await instance.login({ userID: user, userSig: sig })
    store('localStorage', kept.app, String(app))
    store('localStorage', kept.user, user)
    store('sessionStorage', kept.ticket, JSON.stringify({ app, user, sig }))
  } catch (err) {
    loginError.value = err
    store('sessionStorage', kept.ticket, null)
    end()
  }
}

export async function leave(): Promise<void> {
  store('sessionStorage', kept.ticket, null)
  await instance?.logout()
}

/** begin logs in by a link, or with the ticket of this tab. */
export function begin(): void {
  const link = takeLogin()
  if (link) return void enter(link.app, link.user, link.sig)
  try {
    const { app, user, sig } = JSON.parse(stored('sessionStorage', kept.ticket) || '{}')
    if (app && user && sig) void enter(app, user, sig)
  } catch { /* what is stored there is not ours */ }
}
addEventListener('hashchange', () => {
  const link = takeLogin()
  if (link) void enter(link.app, link.user, link.sig)
})
