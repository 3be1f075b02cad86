// What may be done with a message, as far as this page can know; the server has the last word.

import type { Message } from '@teahouse-im/chat'
import { findConversation } from '../state/conversations.ts'
import { chat, features, limits, me } from '../state/session.ts'

/** Without a limit of the server, a message can be recalled for so long, in s. */
const usualRecall = 120

const roleIn = (m: Message): string => findConversation(m.conversationID)?.groupProfile?.selfInfo.role ?? ''
export const isAdministrator = (m: Message): boolean => ['Owner', 'Admin'].includes(roleIn(m))

export function canRecall(m: Message): boolean {
  if (m.status !== 'success' || m.isRevoked || m.sequence === 0) return false
  if (m.flow === 'in') return m.conversationType === 'GROUP' && isAdministrator(m)
  return chat().getServerTime() - m.time < (limits.value.RecallSeconds ?? usualRecall)
}

export const canEdit = (m: Message): boolean => m.from === me.value && m.type === 'TIMTextElem' && m.status === 'success'
export const canPin = (m: Message): boolean => m.conversationType === 'GROUP' && features.value.has('pins') && isAdministrator(m) && m.status === 'success'
export const canReact = (m: Message): boolean => features.value.has('reactions') && m.status === 'success' && m.sequence > 0
