// The drawer of a conversation.

import { t } from '../../i18n/index.ts'
import { go } from '../../route.ts'
import { conversations, findConversation, isMuted, removeConversation, setMuted, setPinned } from '../../state/conversations.ts'
import { chat } from '../../state/session.ts'
import { ask } from '../../ui/Dialog.tsx'
import { Switch } from '../../ui/parts.tsx'
import { saved } from '../live.ts'
import { Line, Section } from '../parts.tsx'
import { Person } from '../people/Person.tsx'
import type { DetailsProps } from '../registry.ts'
import { GroupDetails } from './GroupDetails.tsx'

export default function Details({ conversationID, close }: DetailsProps) {
  if (conversationID.startsWith('GROUP')) return <GroupDetails conversationID={conversationID} groupID={conversationID.slice(5)} close={close} />
  return (
    <>
      <Person userID={conversationID.slice(3)} atHome />
      <Conversation conversationID={conversationID} />
      <Cleaning conversationID={conversationID} close={close} />
    </>
  )
}

/** Conversation is what I have set for a conversation. */
export function Conversation({ conversationID }: { conversationID: string }) {
  void conversations.value // its objects change inside: look again with each list
  const c = findConversation(conversationID)
  if (!c) return null
  return (
    <Section title={t('convSettings')}>
      <Switch label={t('pinTop')} on={c.isPinned} change={(on) => void setPinned(c, on)} />
      <Switch label={t('muteNews')} hint={t('muteNewsHint')} on={isMuted(c)} change={(on) => void setMuted(c, on)} />
      <Line icon="search" text={t('searchHere')} onClick={() => go(['search', conversationID])} />
    </Section>
  )
}

/** Cleaning takes messages out of my sight. */
export function Cleaning({ conversationID, close }: DetailsProps) {
  const c = findConversation(conversationID)
  if (!c) return null
  const clear = async () => {
    if (!(await ask({ title: t('clearTitle'), text: t('deleteConvText'), yes: t('clearConv'), danger: true }))) return
    await saved(chat().clearHistoryMessage(conversationID))
  }
  const remove = async () => {
    if (!(await ask({ title: t('deleteConvTitle'), text: t('deleteConvText'), yes: t('remove'), danger: true }))) return
    close()
    go([], true)
    await removeConversation(c)
  }
  return (
    <Section>
      <Line icon="undo" text={t('clearConv')} danger onClick={() => void clear()} />
      <Line icon="trash" text={t('deleteConv')} danger onClick={() => void remove()} />
    </Section>
  )
}
