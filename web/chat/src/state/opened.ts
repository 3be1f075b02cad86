// The conversation that is open, also one that has no place in the list yet.

import { signal } from '@preact/signals'
import type { Conversation } from '@teahouse-im/chat'
import { conversations, findConversation } from './conversations.ts'
import { chat, onEnd } from './session.ts'

const asked = signal<ReadonlyMap<string, Conversation>>(new Map())
const under = new Set<string>()
onEnd(() => {
  asked.value = new Map()
  under.clear()
})

/** conversationOf gives a conversation of the list, or asks the server for it; undefined until it is there. */
export function conversationOf(id: string): Conversation | undefined {
  void conversations.value // its objects change inside: look again with each list
  const known = findConversation(id) ?? asked.value.get(id)
  if (!known && !under.has(id)) {
    under.add(id)
    chat().getConversationProfile(id).then(({ data }) => (asked.value = new Map(asked.value).set(id, data.conversation)), () => {})
  }
  return known
}
