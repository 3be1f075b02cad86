// What is about to be said in the open conversation, and which messages are chosen.

import { signal } from '@preact/signals'
import type { Message } from '@teahouse-im/chat'

export const quoted = signal<Message | null>(null)
export const editing = signal<Message | null>(null)
/** Words that others put into the field: what was recalled, to be edited again. */
export const inserted = signal('')
/** The chosen messages; null while none are being chosen. */
export const chosen = signal<ReadonlySet<Message> | null>(null)

export function quote(m: Message): void {
  editing.value = null
  quoted.value = m
}

export function edit(m: Message): void {
  quoted.value = null
  editing.value = m
}

export function toggle(m: Message): void {
  const next = new Set(chosen.value ?? [])
  if (!next.delete(m)) next.add(m)
  chosen.value = next
}

export function resetCompose(): void {
  quoted.value = null
  editing.value = null
  inserted.value = ''
  chosen.value = null
}
