// The list of conversations, as the SDK keeps it. Its objects stay the same and change
// inside, so a new list is what tells the page to look again.

import { computed, signal } from '@preact/signals'
import { EVENT, TYPES, type Conversation, type Message } from '@teahouse-im/chat'
import { toastError } from '../ui/Toast.tsx'
import { chat, onChat, onEnd } from './session.ts'

export const conversations = signal<Conversation[]>([])
/** The whole list has come. */
export const complete = signal(false)
export const totalUnread = signal(0)
export const listFilter = signal('')

onChat((one) => {
  one.on(EVENT.CONVERSATION_LIST_UPDATED, (e) => {
    conversations.value = (e.data as Conversation[]).filter((c) => c.type !== TYPES.CONV_SYSTEM)
    complete.value = e.isSyncCompleted === true
  })
  // Groups change inside of what the list holds: look again.
  const again = () => (conversations.value = [...conversations.value])
  one.on(EVENT.GROUP_LIST_UPDATED, again)
  one.on(EVENT.PROFILE_UPDATED, again)
  one.on(EVENT.MESSAGE_RECEIVED, ({ data }) => (data as Message[]).some((m) => m.conversationType === TYPES.CONV_SYSTEM || m.type === TYPES.MSG_GRP_TIP) && again())
  one.on(EVENT.TOTAL_UNREAD_MESSAGE_COUNT_UPDATED, ({ data }) => (totalUnread.value = data))
})
onEnd(() => {
  conversations.value = []
  complete.value = false
  totalUnread.value = 0
  listFilter.value = ''
})

/** nameOf is what a conversation is called. */
export function nameOf(c: Conversation): string {
  if (c.groupProfile) return c.groupProfile.name || c.groupProfile.groupID
  return c.remark || c.userProfile?.nick || c.userProfile?.userID || c.conversationID.slice(3)
}

export const idOf = (c: Conversation): string => (c.conversationID.startsWith('C2C') ? c.conversationID.slice(3) : c.conversationID.slice(5))
export const pictureOf = (c: Conversation): string => c.groupProfile?.avatar ?? c.userProfile?.avatar ?? ''
export const isMuted = (c: Conversation): boolean => c.messageRemindType !== TYPES.MSG_REMIND_ACPT_AND_NOTE
export const isMarkedUnread = (c: Conversation): boolean => c.markList.includes(TYPES.CONV_MARK_TYPE_UNREAD)

/** shownConversations are those whose name or id has what is typed into the filter. */
export const shownConversations = computed(() => {
  const text = listFilter.value.trim().toLocaleLowerCase()
  if (!text) return conversations.value
  return conversations.value.filter((c) => nameOf(c).toLocaleLowerCase().includes(text) || idOf(c).toLocaleLowerCase().includes(text))
})

export const findConversation = (id: string): Conversation | undefined => conversations.value.find((c) => c.conversationID === id)

const attempt = (promise: Promise<unknown>): Promise<unknown> => promise.catch(toastError)

export const setPinned = (c: Conversation, isPinned: boolean) => attempt(chat().pinConversation({ conversationID: c.conversationID, isPinned }))

export function setMuted(c: Conversation, muted: boolean): Promise<unknown> {
  const whom = c.type === 'GROUP' ? { groupID: idOf(c) } : { userIDList: [idOf(c)] }
  const messageRemindType = muted ? TYPES.MSG_REMIND_ACPT_NOT_NOTE : TYPES.MSG_REMIND_ACPT_AND_NOTE
  return attempt(chat().setMessageRemindType({ ...whom, messageRemindType }))
}

export const setMarkedUnread = (c: Conversation, enableMark: boolean) =>
  attempt(chat().markConversation({ conversationIDList: [c.conversationID], markType: TYPES.CONV_MARK_TYPE_UNREAD, enableMark }))

export async function markRead(c: Conversation): Promise<void> {
  if (isMarkedUnread(c)) await setMarkedUnread(c, false)
  await attempt(chat().setMessageRead({ conversationID: c.conversationID }))
}

export const removeConversation = (c: Conversation) => attempt(chat().deleteConversation(c.conversationID))
