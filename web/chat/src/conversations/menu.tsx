// What can be done with a conversation, and how a new one is begun.

import type { Conversation } from '@teahouse-im/chat'
import { t } from '../i18n/index.ts'
import { openPanel } from '../panels/open.tsx'
import { dialogs } from '../panels/registry.ts'
import { go, openConversation, openID } from '../route.ts'
import { isMarkedUnread, isMuted, markRead, removeConversation, setMarkedUnread, setMuted, setPinned } from '../state/conversations.ts'
import { chat } from '../state/session.ts'
import { ask, askText } from '../ui/Dialog.tsx'
import type { MenuItem } from '../ui/Menu.tsx'
import { toastError } from '../ui/Toast.tsx'

export function conversationItems(c: Conversation): MenuItem[] {
  const unread = c.unreadCount > 0 || isMarkedUnread(c)
  return [
    { text: c.isPinned ? t('unpin') : t('pin'), icon: 'pin', act: () => void setPinned(c, !c.isPinned) },
    { text: isMuted(c) ? t('unmute') : t('mute'), icon: isMuted(c) ? 'bell' : 'mute', act: () => void setMuted(c, !isMuted(c)) },
    unread ? { text: t('markRead'), icon: 'check', act: () => void markRead(c) } : { text: t('markUnread'), icon: 'unread', act: () => void setMarkedUnread(c, true) },
    { text: t('deleteConv'), icon: 'trash', danger: true, parted: true, act: () => void remove(c) },
  ]
}

async function remove(c: Conversation): Promise<void> {
  if (!(await ask({ title: t('deleteConvTitle'), text: t('deleteConvText'), yes: t('remove'), danger: true }))) return
  if (openID.value === c.conversationID) go([], true)
  await removeConversation(c)
}

export function newItems(): (MenuItem | undefined)[] {
  return [
    { text: t('convNewChat'), icon: 'chat', act: () => void startChat() },
    dialogs.createGroup && { text: t('convNewGroup'), icon: 'group', act: () => void openPanel('createGroup') },
    dialogs.joinGroup && { text: t('convJoinGroup'), icon: 'link', act: () => void openPanel('joinGroup') },
  ]
}

/** startChat asks for a user, and opens the conversation when there is such a user. */
async function startChat(): Promise<void> {
  const user = await askText({ title: t('convStart'), label: t('convStartUser'), yes: t('convStartGo'), max: 64 })
  if (!user) return
  try {
    await chat().getConversationProfile('C2C' + user)
    openConversation('C2C' + user)
  } catch (err) {
    toastError(err)
  }
}
