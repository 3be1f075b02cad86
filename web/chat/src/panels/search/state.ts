// What is looked for, and what was found: kept while one looks at a find, for the way back.

import { signal } from '@preact/signals'
import type { Group, Message, Profile } from '@teahouse-im/chat'
import { chat, onEnd } from '../../state/session.ts'
import { toastError } from '../../ui/Toast.tsx'

export type Kind = 'messages' | 'people' | 'groups'

export interface MessageFind {
  conversationID: string
  messageCount: number
  messageList: Message[]
}

export interface Finds {
  messages?: MessageFind[]
  people?: Profile[]
  groups?: Group[]
  cursor: string
  total: number
}

export const words = signal('')
export const kind = signal<Kind>('messages')
/** null: nothing was asked, or the answer is not there yet. */
export const finds = signal<Finds | null>(null)
export const searching = signal(false)
let asked = 0

onEnd(() => {
  words.value = ''
  finds.value = null
})

const page = 20

async function ask(what: Kind, text: string, within: string, cursor: string): Promise<Finds> {
  const o = { keywordList: text.split(/\s+/).slice(0, 5), keywordListMatchType: 'and', count: page, ...(cursor && { cursor }) }
  if (what === 'messages') {
    const { data } = await chat().searchCloudMessages({ ...o, ...(within && { conversationID: within }) })
    return { messages: data.searchResultList, cursor: data.cursor, total: data.totalCount }
  }
  if (what === 'people') {
    const { data } = await chat().searchCloudUsers(o)
    return { people: data.searchResultList, cursor: data.cursor, total: data.totalCount }
  }
  const { data } = await chat().searchCloudGroups(o)
  return { groups: data.searchResultList, cursor: data.cursor, total: data.totalCount }
}

/** find asks anew, or for the next page. An answer that nobody waits for any more is dropped. */
export async function find(within: string, onward = false): Promise<void> {
  const text = words.value.trim()
  const turn = ++asked
  if (!text) {
    finds.value = null
    searching.value = false
    return
  }
  searching.value = true
  const before = onward ? finds.value : null
  try {
    const next = await ask(within ? 'messages' : kind.value, text, within, before?.cursor ?? '')
    if (turn !== asked) return
    finds.value = before ? {
      messages: next.messages && [...(before.messages ?? []), ...next.messages], people: next.people && [...(before.people ?? []), ...next.people],
      groups: next.groups && [...(before.groups ?? []), ...next.groups], cursor: next.cursor, total: before.total,
    } : next
  } catch (err) {
    if (turn === asked) {
      finds.value ??= { cursor: '', total: 0 }
      toastError(err)
    }
  }
  if (turn === asked) searching.value = false
}
