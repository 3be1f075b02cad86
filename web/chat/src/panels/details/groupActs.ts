// What is done to a group or a member, with a question before what cannot be taken back.

import type { Group, GroupMember } from '@teahouse-im/chat'
import { TYPES } from '@teahouse-im/chat'
import { t } from '../../i18n/index.ts'
import { chat } from '../../state/session.ts'
import { ask, askText } from '../../ui/Dialog.tsx'
import { openMenuBelow } from '../../ui/Menu.tsx'
import { toast } from '../../ui/Toast.tsx'
import { groupMoves, groups } from '../groups/state.ts'
import { inviteOptions, joinOptions } from '../groups/types.ts'
import { attempt, saved } from '../live.ts'
import { pickPeople } from '../people/PickPeople.tsx'

/** The server takes so many in one invitation. */
const invitedAtMost = 50

export const memberName = (m: GroupMember): string => m.nameCard || m.friendRemark || m.nick || m.userID

export async function invite(group: Group): Promise<void> {
  const chosen = await pickPeople({ title: t('invite'), yes: t('invite'), most: invitedAtMost })
  if (chosen.length === 0) return
  await attempt(chat().addGroupMember({ groupID: group.groupID, userIDList: chosen.map((p) => p.userID) }).then(({ data }) => {
    const failed = data.failureUserIDList.length
    toast(failed ? t('inviteFailed', { n: failed }) : t('invited'), failed > 0)
  }))
  groupMoves.value++
}

export async function kick(group: Group, m: GroupMember): Promise<boolean> {
  if (!(await ask({ title: t('kickTitle', { name: memberName(m) }), text: t('kickText'), yes: t('kick'), danger: true }))) return false
  return saved(chat().deleteGroupMember({ groupID: group.groupID, userIDList: [m.userID] }))
}

export const setRole = (group: Group, m: GroupMember, role: string): Promise<boolean> =>
  saved(chat().setGroupMemberRole({ groupID: group.groupID, userID: m.userID, role }))

/** Times for which somebody may be muted, in seconds. */
const spans = [600, 3600, 86_400, 604_800]

export function muteMenu(at: Element, group: Group, m: GroupMember, spanText: (seconds: number) => string, done: () => void): void {
  const mute = (muteTime: number) => void saved(chat().setGroupMemberMuteTime({ groupID: group.groupID, userID: m.userID, muteTime })).then(done)
  openMenuBelow(at, t('muteFor'), spans.map((s) => ({ text: spanText(s), icon: 'mute' as const, act: () => mute(s) })))
}

export async function unmute(group: Group, m: GroupMember): Promise<boolean> {
  return saved(chat().setGroupMemberMuteTime({ groupID: group.groupID, userID: m.userID, muteTime: 0 }))
}

export async function transfer(group: Group, m: GroupMember): Promise<boolean> {
  if (!(await ask({ title: t('transferTitle', { name: memberName(m) }), text: t('transferText'), yes: t('transfer'), danger: true }))) return false
  return saved(chat().changeGroupOwner({ groupID: group.groupID, newOwnerID: m.userID }))
}

export async function renameMember(group: Group, m: GroupMember): Promise<boolean> {
  const nameCard = await askText({ title: t('nameCard'), label: t('nameCardOf', { name: m.nick || m.userID }), value: m.nameCard, yes: t('save'), max: 50 })
  return nameCard !== null && saved(chat().setGroupMemberNameCard({ groupID: group.groupID, userID: m.userID, nameCard }))
}

export async function quit(group: Group, close: () => void): Promise<void> {
  if (!(await ask({ title: t('quitTitle', { name: group.name }), text: t('quitText'), yes: t('quitGroup'), danger: true }))) return
  if (await saved(chat().quitGroup(group.groupID))) close()
  await groups.again()
}

export async function dismiss(group: Group, close: () => void): Promise<void> {
  if (!(await ask({ title: t('dismissTitle', { name: group.name }), text: t('dismissText'), yes: t('dismissGroup'), danger: true }))) return
  if (await saved(chat().dismissGroup(group.groupID))) close()
  await groups.again()
}

export function setOption(at: Element, group: Group, which: 'joinOption' | 'inviteOption'): void {
  const all = which === 'joinOption' ? joinOptions() : inviteOptions()
  openMenuBelow(at, t(which), all.map((one) => ({
    text: one.text, icon: one.value === group[which] ? 'check' as const : undefined,
    act: () => void saved(chat().updateGroupProfile({ groupID: group.groupID, [which]: one.value })).then(() => groupMoves.value++),
  })))
}

export const isAdmin = (m: GroupMember): boolean => m.role === TYPES.GRP_MBR_ROLE_ADMIN
