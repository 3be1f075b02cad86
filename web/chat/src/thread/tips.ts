// What happened in a group, in words.

import { t } from '../i18n/index.ts'
import { longSpan } from '../i18n/dates.ts'

interface Somebody {
  userID: string
  nick?: string
  nameCard?: string
  role?: string | number
  muteTime?: number
}

const called = (p: Somebody | undefined): string => p?.nameCard || p?.nick || p?.userID || ''

function many(list: Somebody[]): string {
  const names = list.slice(0, 3).map(called).join(', ')
  return list.length > 3 ? t('tipOthers', { who: names, n: list.length - 3 }) : names
}

function changeText(by: string, what: Record<string, any>, list: Somebody[]): string {
  if (what.groupName !== undefined) return t('tipName', { by, name: what.groupName })
  if (what.avatar !== undefined) return t('tipAvatar', { by })
  if (what.notification !== undefined) return t('tipNotice', { by, text: what.notification })
  if (what.introduction !== undefined) return t('tipIntro', { by })
  if (what.ownerID !== undefined) return t('tipOwner', { who: many(list) || what.ownerID })
  if (what.muteAllMembers !== undefined) return t(what.muteAllMembers ? 'tipMuteAll' : 'tipUnmuteAll', { by })
  if (what.joinOption !== undefined || what.inviteOption !== undefined) return t('tipJoinOption', { by })
  return t('tipChanged', { by })
}

/** tipText says what a tip's payload tells. */
export function tipText(p: any): string {
  const list: Somebody[] = p.memberList ?? []
  const by = called(p.operatorInfo) || p.operatorID || ''
  const who = many(list)
  switch (p.operationType) {
    case 1: return list[0]?.role === 0 ? t('tipInvited', { by, who }) : t('tipJoined', { who })
    case 2: return t('tipLeft', { who: who || by })
    case 3: return t('tipKicked', { by, who })
    case 4: return t('tipAdmin', { who })
    case 5: return t('tipNotAdmin', { who })
    case 6: return changeText(by, p.newGroupProfile ?? {}, list)
    case 7: {
      const mute = list[0]?.muteTime
      if (mute === undefined) return t('tipMember', { who })
      return mute > 0 ? t('tipMuted', { by, who, time: longSpan(mute) }) : t('tipUnmuted', { by, who })
    }
    default: return t('tipChanged', { by })
  }
}
