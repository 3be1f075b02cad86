// Friends, requests, who is blocked, and the groups that friends are sorted into.

import { computed, signal } from '@preact/signals'
import { EVENT, TYPES, type Friend, type FriendApplication, type FriendGroup, type Profile } from '@teahouse-im/chat'
import { chat, onEnd } from '../../state/session.ts'
import { kept, listen } from '../live.ts'

export const friends = kept<Friend[]>(async (one) => (await one.getFriendList()).data)
export const requests = kept<FriendApplication[]>(async (one) => {
  const { data } = await one.getFriendApplicationList()
  unseen.value = data.unreadCount
  return [...data.friendApplicationList]
})
export const blocked = kept<string[]>(async (one) => (await one.getBlacklist()).data)
export const friendGroups = kept<FriendGroup[]>(async (one) => (await one.getFriendGroupList()).data)
/** How many requests nobody has looked at. */
export const unseen = signal(0)

/** Profiles by UserID, as they were asked for here. */
export const profiles = signal<ReadonlyMap<string, Profile>>(new Map())

listen((one) => {
  one.on(EVENT.FRIEND_LIST_UPDATED, ({ data }) => (friends.value.value = [...data]))
  one.on(EVENT.FRIEND_APPLICATION_LIST_UPDATED, ({ data }) => {
    requests.value.value = [...data.friendApplicationList]
    unseen.value = data.unreadCount
  })
  one.on(EVENT.BLACKLIST_UPDATED, ({ data }) => (blocked.value.value = [...data]))
  one.on(EVENT.FRIEND_GROUP_LIST_UPDATED, ({ data }) => (friendGroups.value.value = [...data]))
  one.on(EVENT.PROFILE_UPDATED, ({ data }) => {
    know(data)
    if (friends.value.value) friends.value.value = [...friends.value.value] // their profiles change inside
  })
})
onEnd(() => {
  profiles.value = new Map()
  unseen.value = 0
})

function know(list: Profile[]): void {
  const next = new Map(profiles.value)
  for (const p of list) next.set(p.userID, { ...p })
  profiles.value = next
}

/** look asks for profiles; it resolves with those that there are. */
export async function look(ids: string[]): Promise<Profile[]> {
  const found: Profile[] = []
  for (let i = 0; i < ids.length; i += 100) {
    const { data } = await chat().getUserProfile({ userIDList: ids.slice(i, i + 100) })
    found.push(...data)
  }
  know(found)
  return found
}

export const incoming = computed(() => (requests.value.value ?? []).filter((r) => r.type === TYPES.SNS_APPLICATION_SENT_TO_ME))
export const outgoing = computed(() => (requests.value.value ?? []).filter((r) => r.type === TYPES.SNS_APPLICATION_SENT_BY_ME))

export const friendOf = (id: string): Friend | undefined => friends.value.value?.find((f) => f.userID === id)
export const isBlocked = (id: string): boolean => blocked.value.value?.includes(id) ?? false

/** calledOf is what a friend is called. */
export const calledOf = (f: Friend): string => f.remark || f.profile?.nick || f.userID

const order = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true })

/** byName sorts people as an address book does. */
export const byName = computed(() => [...(friends.value.value ?? [])].sort((a, b) => order.compare(calledOf(a), calledOf(b))))

/** initial is the letter that a name is found under; # for all that is no letter. */
export function initial(name: string): string {
  const first = [...name.trim()][0]?.toLocaleUpperCase() ?? '#'
  return /\p{L}/u.test(first) ? first : '#'
}
