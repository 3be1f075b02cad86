// The groups I am in, who wants to come into those that I lead, and what a role may do in each
// type of group (spec/20 §2, spec/21 §2). The server decides; this only keeps from sight what
// it would refuse.

import { EVENT, TYPES, type Group, type GroupApplication, type Message } from '@teahouse-im/chat'
import { signal } from '@preact/signals'
import { onEnd } from '../../state/session.ts'
import { kept, listen } from '../live.ts'

export const groups = kept<Group[]>(async (one) => [...(await one.getGroupList()).data.groupList])
export const applications = kept<GroupApplication[]>(async (one) => (await one.getGroupApplicationList()).data.applicationList)
/** Notices of the system about groups, the newest first. */
export const notices = signal<Message[]>([])
/** Rises with each change of a group: a part that shows one reads it again. */
export const groupMoves = signal(0)

const noticesKept = 50

listen((one) => {
  one.on(EVENT.GROUP_LIST_UPDATED, ({ data }) => {
    groups.value.value = [...data]
    groupMoves.value++
  })
  one.on(EVENT.MESSAGE_RECEIVED, ({ data }) => {
    for (const m of data as Message[]) {
      if (m.type === TYPES.MSG_GRP_SYS_NOTICE) noticed(m)
      else if (m.type === TYPES.MSG_GRP_TIP) groupMoves.value++
    }
  })
})
onEnd(() => (notices.value = []))

function noticed(m: Message): void {
  notices.value = [m, ...notices.value].slice(0, noticesKept)
  groupMoves.value++
  if ([1, 12, 13, 14].includes(m.payload.operationType)) void applications.again()
}

export const leads = (g: Group): boolean => g.selfInfo.role === TYPES.GRP_MBR_ROLE_OWNER
export const manages = (g: Group): boolean => leads(g) || g.selfInfo.role === TYPES.GRP_MBR_ROLE_ADMIN
const { GRP_WORK: work, GRP_AVCHATROOM: live, GRP_COMMUNITY: community } = TYPES

/** What the user may do in a group. */
export function mayIn(g: Group) {
  const inside = g.selfInfo.role !== ''
  return {
    edit: inside && (g.type === work || manages(g)),
    invite: inside && (g.type === work || g.type === community || (g.type !== live && g.inviteOption !== TYPES.INVITE_OPTIONS_DISABLE_INVITE)),
    muteAll: g.type !== work && manages(g),
    mute: g.type !== work && manages(g),
    kick: g.type !== live && (g.type === work ? leads(g) : manages(g)),
    appoint: g.type !== work && g.type !== live && leads(g),
    transfer: g.type !== live && leads(g),
    joinOption: g.type !== work && g.type !== community && manages(g),
    inviteOption: g.type !== live && manages(g),
    members: g.type !== live,
    nameCard: inside && g.type !== live,
    quit: inside && (g.type === work || !leads(g)),
    dismiss: leads(g) && g.type !== work,
  }
}

const ranks: Record<string, number> = { Owner: 3, Admin: 2, Member: 1 }
/** outranks: one acts only on those below. */
export const outranks = (g: Group, role: string): boolean => (ranks[g.selfInfo.role] ?? 0) > (ranks[role] ?? 0)
