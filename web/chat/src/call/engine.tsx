// The one call that this page may have, and what leads to it.

import { signal } from '@preact/signals'
import type { Message } from '@teahouse-im/chat'
import { t } from '../i18n/index.ts'
import { chat, me } from '../state/session.ts'
import { openDialog } from '../ui/Dialog.tsx'
import { toast } from '../ui/Toast.tsx'
import { adopt } from '../style/adopt.ts'
import { attempt } from './attempt.ts'
import { Call } from './Call.ts'
import { CallView } from './CallView.tsx'
import { ring } from './ring.ts'
import { innerText, type CallSignal, type Media } from './signal.ts'
import style from './call.lazy.css'

adopt(style)

export const now = signal<Call | null>(null)

function show(call: Call): void {
  now.value = call
  const close = openDialog(() => <CallView call={call} />)
  over.set(call, close)
}

const over = new WeakMap<Call, () => void>()
const end = (call: Call): void => {
  over.get(call)?.()
  if (now.value === call) now.value = null
}

/** begin calls the other of a conversation, or members of a group who are chosen first. */
export async function begin(conversationID: string, video: boolean): Promise<void> {
  if (now.value) return toast(t('callOther'), true)
  const users = conversationID.startsWith('C2C') ? [conversationID.slice(3)] : await (await import('./Choose.tsx')).choose(conversationID)
  if (users.length === 0 || now.value) return
  const call = new Call(conversationID, crypto.randomUUID(), video, me.value, users, end)
  show(call)
  await attempt(call, () => call.invite())
}

export function onSignal(m: Message, s: CallSignal, rings: boolean): void {
  if (now.value?.id === s.id) return now.value.onSignal(m, s)
  if (!rings) return
  const id = s.group ? 'GROUP' + s.group : 'C2C' + s.inviter
  if (m.conversationID !== id) return
  if (now.value) {
    const Data = innerText(s.inner.cmd, s.inner.video, s.inviter, { busy: true })
    return void chat().request('signal.reject', { InviteID: s.id, Data }).catch(() => {})
  }
  show(new Call(id, s.id, s.inner.video, s.inviter, s.invitees, end))
  ring('incoming')
}

export function onMedia(m: Message, x: Media): void {
  if (now.value?.id === x.call) void now.value.onMedia(m, x).catch(() => {})
}

/** abandon ends the call when the login is over. */
export function abandon(): void {
  now.value?.finish()
}

addEventListener('pagehide', () => now.value?.hangUp())
