// Why one cannot write here, in words; undefined: one can.

import type { Conversation } from '@teahouse-im/chat'
import { longSpan } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { chat } from '../state/session.ts'

/** muteLeft is how long I am still muted there, in s; 0: I am not. */
export const muteLeft = (c: Conversation): number => Math.max(0, (c.groupProfile?.selfInfo.muteTime ?? 0) - chat().getServerTime())

export function whyNot(c: Conversation): string | undefined {
  const g = c.groupProfile
  if (!g) return undefined
  const { role } = g.selfInfo
  if (g.type && !role && g.selfInfo.userID) return t('notMember')
  const left = muteLeft(c)
  if (left > 0) return t('mutedHere', { time: longSpan(left) })
  if (g.muteAllMembers && role === 'Member') return t('mutedAll')
  return undefined
}
