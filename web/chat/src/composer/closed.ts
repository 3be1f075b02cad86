// Why one cannot write here, in words; undefined: one can.

import type { Conversation } from '@teahouse-im/chat'
import { longSpan } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { chat } from '../state/session.ts'

export function whyNot(c: Conversation): string | undefined {
  const g = c.groupProfile
  if (!g) return undefined
  const { role, muteTime } = g.selfInfo
  if (g.type && !role && g.selfInfo.userID) return t('notMember')
  const left = muteTime - chat().getServerTime()
  if (left > 0) return t('mutedHere', { time: longSpan(left) })
  if (g.muteAllMembers && role === 'Member') return t('mutedAll')
  return undefined
}
