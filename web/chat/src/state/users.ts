// Who is online, and who is typing.

import { effect, signal } from '@preact/signals'
import { EVENT, TYPES, type Message, type UserStatus } from '@teahouse-im/chat'
import { chat, features, onChat, onEnd, stage } from './session.ts'
import { conversations } from './conversations.ts'
import { typingOf } from './typing.ts'

/** UserIDs of those who are online, of those whose state is watched. */
export const onlineUsers = signal<ReadonlySet<string>>(new Set())
/** UserIDs of those who are typing to me. */
export const typingUsers = signal<ReadonlySet<string>>(new Set())

/** So many at once are watched, those at the top of the list. */
const watchedAtMost = 100
/** A sign of typing holds so long, in ms. */
const typingHolds = 6000
let watched = new Set<string>()
const typingEnds = new Map<string, ReturnType<typeof setTimeout>>()

function setOnline(list: UserStatus[]): void {
  const next = new Set(onlineUsers.value)
  for (const u of list) {
    if (u.statusType === TYPES.USER_STATUS_ONLINE) next.add(u.userID)
    else next.delete(u.userID)
  }
  onlineUsers.value = next
}

export function setTyping(user: string, is: boolean): void {
  clearTimeout(typingEnds.get(user))
  if (is) typingEnds.set(user, setTimeout(() => setTyping(user, false), typingHolds))
  if (typingUsers.value.has(user) === is) return
  const next = new Set(typingUsers.value)
  if (is) next.add(user)
  else next.delete(user)
  typingUsers.value = next
}

onChat((one) => {
  one.on(EVENT.NET_STATE_CHANGE, ({ data }) => {
    if (data.state === 'disconnected') onlineUsers.value = new Set() // nobody tells who goes meanwhile
    else if (data.state === 'connected' && watched.size > 0) {
      one.getUserStatus({ userIDList: [...watched] }).then(({ data: known }) => setOnline(known.successUserList), () => {})
    }
  })
  one.on(EVENT.USER_STATUS_UPDATED, ({ data }) => setOnline(data))
  one.on(EVENT.MESSAGE_RECEIVED, ({ data }) => {
    for (const m of data as Message[]) {
      if (m.flow === 'out' || m.conversationType !== 'C2C') continue
      const typing = typingOf(m)
      setTyping(m.from, typing ?? false)
    }
  })
})
onEnd(() => {
  watched = new Set()
  onlineUsers.value = new Set()
  typingUsers.value = new Set()
})

/** watch asks for the state of users, and to be told of its changes. */
export async function watch(ids: string[]): Promise<void> {
  const fresh = ids.filter((id) => !watched.has(id)).slice(0, watchedAtMost)
  if (fresh.length === 0 || !features.value.has('status')) return
  if (watched.size + fresh.length > watchedAtMost) return
  for (const id of fresh) watched.add(id)
  try {
    await chat().subscribeUserStatus({ userIDList: fresh })
    const { data } = await chat().getUserStatus({ userIDList: fresh })
    setOnline(data.successUserList)
  } catch {
    for (const id of fresh) watched.delete(id) // the next look asks again
  }
}

effect(() => {
  if (stage.value !== 'in' || !features.value.has('status')) return
  const ids = conversations.value.filter((c) => c.type === 'C2C').slice(0, watchedAtMost).map((c) => c.conversationID.slice(3))
  void watch(ids)
})
