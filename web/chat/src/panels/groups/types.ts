// The five types of groups, in words.

import { TYPES } from '@teahouse-im/chat'
import { t } from '../../i18n/index.ts'

export const groupTypes = () => [
  { value: TYPES.GRP_WORK as string, text: t('typeWork'), hint: t('typeWorkText') },
  { value: TYPES.GRP_PUBLIC as string, text: t('typePublic'), hint: t('typePublicText') },
  { value: TYPES.GRP_MEETING as string, text: t('typeMeeting'), hint: t('typeMeetingText') },
  { value: TYPES.GRP_COMMUNITY as string, text: t('typeCommunity'), hint: t('typeCommunityText') },
  { value: TYPES.GRP_AVCHATROOM as string, text: t('typeLive'), hint: t('typeLiveText') },
]

export const typeText = (type: string): string => groupTypes().find((one) => one.value === type)?.text ?? type

export const roleText = (role: string): string =>
  role === TYPES.GRP_MBR_ROLE_OWNER ? t('roleOwner') : role === TYPES.GRP_MBR_ROLE_ADMIN ? t('roleAdmin') : ''

export const joinOptions = () => [
  { value: TYPES.JOIN_OPTIONS_FREE_ACCESS as string, text: t('joinFree') },
  { value: TYPES.JOIN_OPTIONS_NEED_PERMISSION as string, text: t('joinAsk') },
  { value: TYPES.JOIN_OPTIONS_DISABLE_APPLY as string, text: t('joinNever') },
]

export const inviteOptions = () => [
  { value: TYPES.INVITE_OPTIONS_FREE_ACCESS as string, text: t('inviteFree') },
  { value: TYPES.INVITE_OPTIONS_NEED_PERMISSION as string, text: t('inviteAsk') },
  { value: TYPES.INVITE_OPTIONS_DISABLE_INVITE as string, text: t('inviteNever') },
]
