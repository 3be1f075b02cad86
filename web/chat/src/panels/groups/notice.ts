// What the system tells a user about a group, in words (spec/23 §3).

import type { Message } from '@teahouse-im/chat'
import { t, type Key } from '../../i18n/index.ts'

const texts: Record<number, Key> = {
  1: 'noticeApplied', 2: 'noticeAccepted', 3: 'noticeRefused', 4: 'noticeRemoved', 5: 'noticeDismissed', 6: 'noticeCreated', 7: 'noticeInvited',
  8: 'noticeLeft', 9: 'noticeAdmin', 10: 'noticeNotAdmin', 12: 'noticeInvitation', 13: 'noticeInviteAccepted', 14: 'noticeInviteRefused',
}

export function noticeText(m: Message): string {
  const { operationType, operatorID, groupProfile, userDefinedField } = m.payload
  const key = texts[operationType]
  const group = groupProfile.name || groupProfile.groupID
  if (key) return t(key, { group, who: operatorID })
  return userDefinedField || t('noticeOther', { group })
}
