// Calls, as much of them as every page has: the buttons, the words, and a ear for invitations.
// The rest is loaded when somebody calls.

import { EVENT, type Message } from '@teahouse-im/chat'
import { calls } from '../panels/registry.ts'
import { chat, features, me, onChat, onEnd } from '../state/session.ts'
import { knowCustom } from '../thread/custom.ts'
import { toastError } from '../ui/Toast.tsx'
import { effect } from '@preact/signals'
import { callWords, INVITE, mediaOf, signalOf, type CallSignal } from './signal.ts'

type Engine = typeof import('./engine.tsx')

let engine: Promise<Engine> | null = null
const load = (): Promise<Engine> => (engine ??= import('./engine.tsx').catch((err) => {
  engine = null
  throw err
}))

/** rings says whether a signal is an invitation that is still to be answered by this user. */
const rings = (m: Message, s: CallSignal): boolean =>
  s.action === INVITE && s.inner.cmd !== 'hangup' && s.inviter === m.from && m.from !== me.value && s.invitees.includes(me.value) &&
  m.time + s.timeout > chat().getServerTime()

knowCustom(callWords)
onChat((one) => {
  one.on(EVENT.MESSAGE_RECEIVED, ({ data }) => {
    for (const m of data as Message[]) {
      const s = signalOf(m)
      const media = s ? null : mediaOf(m)
      if (!s && !media) continue
      // What comes while it is loaded keeps its order, behind it.
      if (engine || (s && rings(m, s))) load().then((e) => (s ? e.onSignal(m, s, rings(m, s)) : e.onMedia(m, media!)), toastError)
    }
  })
})
onEnd(() => void engine?.then((e) => e.abandon()))

effect(() => {
  calls.start = features.value.has('calls') && 'RTCPeerConnection' in window
    ? (id, video) => void load().then((e) => e.begin(id, video)).catch(toastError)
    : undefined
})
