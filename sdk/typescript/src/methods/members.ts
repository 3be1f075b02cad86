// Members of groups: who they are, what they may do.

import { need, reply } from '../errors.ts'
import { groupNow } from './groups.ts'
import { readMember } from '../codec/models.ts'
import type { Core } from '../core.ts'
import type { Custom, Group, GroupMember, Wire } from '../types.ts'

/** The kits also name roles by number. */
const roleNumbers: Record<number, string> = { 200: 'Member', 300: 'Admin', 400: 'Owner' }

export function memberMethods(core: Core) {
  const read = (raw: Wire): GroupMember => readMember(raw, core.store.userPicture, core.store.remark(raw.Member_Account))

  async function members(groupID: string, Accounts: string[]): Promise<GroupMember[]> {
    const a = await core.call('group.members', { GroupId: groupID, Accounts })
    return (a.MemberList as Wire[]).map(read)
  }

  const known = async (groupID: string): Promise<Group> => (await groupNow(core, groupID)).group

  /** changed is what answers a change of a member. */
  async function changed(groupID: string, userID: string) {
    const [[member], group] = await Promise.all([members(groupID, [userID]), known(groupID)])
    return reply({ group, member: member! })
  }

  async function change(groupID: string, userID: string | undefined, what: Wire) {
    need(groupID, 'groupID')
    const other = userID && userID !== core.me
    await core.call('group.member', { GroupId: groupID, ...(other && { Member_Account: userID }), ...what })
    return changed(groupID, userID || core.me)
  }

  return {
    async getGroupMemberList(o: { groupID: string; count?: number; offset?: number; role?: string; filter?: number }) {
      need(o?.groupID, 'groupID')
      const role = o.role ?? roleNumbers[o.filter ?? 0]
      const Limit = Math.min(o.count ?? 15, 100)
      const offset = o.offset ?? 0
      const a = await core.call('group.members', { GroupId: o.groupID, Limit, Offset: offset, ...(role && { MemberRoleFilter: [role] }) })
      const memberList = (a.MemberList as Wire[]).map(read)
      const more = memberList.length > 0 && (a.Next ? a.Next !== '' : !role && offset + memberList.length < a.MemberNum)
      return reply({ memberList, offset: more ? offset + memberList.length : 0 })
    },

    async getGroupMemberProfile(o: { groupID: string; userIDList: string[]; memberCustomFieldFilter?: string[] }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length <= 50, 'userIDList')
      return reply({ memberList: await members(o.groupID, o.userIDList) })
    },

    async addGroupMember(o: { groupID: string; userIDList: string[] }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length > 0, 'userIDList')
      const a = await core.call('group.invite', { GroupId: o.groupID, MemberList: o.userIDList.map((id) => ({ Member_Account: id })) })
      const result = (...numbers: number[]) => (a.MemberList as Wire[]).filter((m) => numbers.includes(m.Result)).map((m) => m.Member_Account as string)
      return reply({
        successUserIDList: result(1, 3), failureUserIDList: result(0), existedUserIDList: result(2), overLimitUserIDList: [] as string[],
        group: await known(o.groupID),
      })
    },

    async deleteGroupMember(o: { groupID: string; userIDList: string[]; reason?: string }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length > 0, 'userIDList')
      await core.call('group.kick', { GroupId: o.groupID, MemberToDel_Account: o.userIDList, ...(o.reason && { Reason: o.reason }) })
      return reply({ group: await known(o.groupID), userIDList: o.userIDList })
    },

    async setGroupMemberMuteTime(o: { groupID: string; userID: string; muteTime: number }) {
      need(o?.userID, 'userID')
      await core.call('group.mute', { GroupId: o.groupID, Members_Account: [o.userID], MuteTime: o.muteTime })
      return changed(o.groupID, o.userID)
    },

    async setGroupMemberRole(o: { groupID: string; userID: string; role: string }) {
      need(o?.userID, 'userID')
      await core.call('group.role', { GroupId: o.groupID, Member_Account: o.userID, Role: o.role })
      return changed(o.groupID, o.userID)
    },

    setGroupMemberNameCard: (o: { groupID: string; userID?: string; nameCard: string }) => change(o?.groupID, o?.userID, { NameCard: o?.nameCard }),

    setGroupMemberCustomField: (o: { groupID: string; userID?: string; memberCustomField: Custom[] }) =>
      change(o?.groupID, o?.userID, { AppMemberDefinedData: (o?.memberCustomField ?? []).map(({ key, value }) => ({ Key: key, Value: value })) }),
  }
}
