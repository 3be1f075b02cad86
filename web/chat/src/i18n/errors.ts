// Why something has failed, in words; codes that are not here say what the server says.

import { t, type Key } from './index.ts'

const known: Record<number, Key> = {
  2024: 'errNotLoggedIn', 2081: 'errTimeout', 2252: 'errImageType', 2253: 'errImageSize', 2301: 'errAudioSize', 2351: 'errVideoSize',
  2352: 'errVideoType', 2401: 'errFileEmpty', 2402: 'errFileSize', 2480: 'errConflict', 2800: 'errNetwork', 3120: 'errNotOffered',
  10007: 'errNoRight', 10010: 'errNoGroup', 10017: 'errMuted', 10016: 'errRefusedByApp', 20006: 'errRefusedByApp', 20007: 'errBlocked', 20009: 'errNotFriends',
  20010: 'errNotFriends', 20011: 'errNotFriends', 20012: 'errMuted', 20016: 'errRecallLate', 20022: 'errGone', 70001: 'errTicketExpired', 70003: 'errTicketWrong', 70009: 'errTicketWrong',
  70013: 'errTicketUser', 70014: 'errTicketApp', 70020: 'errNoApp', 80001: 'errWords', 80002: 'errTooLong', 60011: 'errTooOften', 10006: 'errTooOften', 20003: 'errNoUser', 20023: 'errGone',
}

export function errorText(err: unknown): string {
  const { code, message } = err as { code?: number; message?: string }
  const key = code === undefined ? undefined : known[code]
  if (key) return t(key)
  if (code) return t('errOther', { code, message: message ?? '' })
  return message || String(err)
}
