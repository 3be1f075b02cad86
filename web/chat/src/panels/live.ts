// State of parts that are loaded late: it listens to the instance that is there, and to those
// to come.

import { signal, type Signal } from '@preact/signals'
import type { Chat } from '@teahouse-im/chat'
import { t } from '../i18n/index.ts'
import { chat, onChat, onEnd, stage } from '../state/session.ts'
import { toast, toastError } from '../ui/Toast.tsx'

/** listen calls wire for the instance of the SDK now, and for each one after it. */
export function listen(wire: (chat: Chat) => void): void {
  onChat(wire)
  if (stage.value !== 'out') wire(chat())
}

export interface Kept<T> {
  /** null until it has come. */
  value: Signal<T | null>
  /** load asks for it, once. */
  load: () => void
  /** again asks anew; what is shown stays until the answer is there. */
  again: () => Promise<void>
}

/** kept is something that is asked for once for each login. */
export function kept<T>(ask: (chat: Chat) => Promise<T>): Kept<T> {
  const value = signal<T | null>(null)
  let asked = false
  const again = async () => {
    asked = true
    try {
      value.value = await ask(chat())
    } catch (err) {
      asked = false
      toastError(err)
    }
  }
  onEnd(() => {
    value.value = null
    asked = false
  })
  return { value, again, load: () => void (asked || again()) }
}

/** attempt says in words why something has failed; it resolves with whether it was done. */
export async function attempt(what: Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await what
    if (done) toast(done)
    return true
  } catch (err) {
    toastError(err)
    return false
  }
}

export const saved = (what: Promise<unknown>): Promise<boolean> => attempt(what, t('saved'))
