// Members of groups: who they are, what they may do.

import { need, reply } from '../errors.ts'
import { groupNow } from './groups.ts'
import { pairsOf, readMember } from '../codec/models.ts'
import { randomText } from '../wire.ts'
import type { Core } from '../core.ts'
import type { Custom, Group, GroupMember, Wire } from '../types.ts'

/** The kits also name roles by number. */
const roleNumbers: Record<number, string> = { 200: 'Member', 300: 'Admin', 400: 'Owner' }

export function memberMethods(core: Core) {
  async function members(groupID: string, Accounts: string[]): Promise<GroupMember[]> {
    const a = await core.call('group.members', { GroupId: groupID, Accounts })
    return (a.MemberList as Wire[]).map((raw) => readMember(raw, core.store))
  }

  const known = async (groupID: string): Promise<Group> => (await groupNow(core, groupID)).group

  /** change asks for a change of a member, of me when nobody is named, and answers with what they are now. */
  async function change(method: string, o: { groupID: string; userID?: string }, body: (id: string) => Wire) {
    need(o?.groupID, 'groupID')
    const userID = o.userID || core.me
    await core.call(method, { GroupId: o.groupID, ...body(userID) })
    const [[member], group] = await Promise.all([members(o.groupID, [userID]), known(o.groupID)])
    return reply({ group, member: member! })
  }
  const named = (id: string) => (id === core.me ? {} : { Member_Account: id })

  return {
    async getGroupMemberList(o: { groupID: string; count?: number; offset?: number; role?: string; filter?: number }) {
      need(o?.groupID, 'groupID')
      const role = o.role ?? roleNumbers[o.filter ?? 0]
      const Limit = Math.min(o.count ?? 15, 100)
      const offset = o.offset ?? 0
      const a = await core.call('group.members', { GroupId: o.groupID, Limit, Offset: offset, ...(role && { MemberRoleFilter: [role] }) })
      const memberList = (a.MemberList as Wire[]).map((raw) => readMember(raw, core.store))
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
        successUserIDList: result(1, 3), failureUserIDList: result(0), existedUserIDList: result(2),
        overLimitUserIDList: [] as string[], group: await known(o.groupID),
      })
    },

    async deleteGroupMember(o: { groupID: string; userIDList: string[]; reason?: string }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length > 0, 'userIDList')
      await core.call('group.kick', { GroupId: o.groupID, MemberToDel_Account: o.userIDList, ...(o.reason && { Reason: o.reason }) })
      return reply({ group: await known(o.groupID), userIDList: o.userIDList })
    },

    setGroupMemberMuteTime: async (o: { groupID: string; userID: string; muteTime: number }) => {
      need(o?.userID, 'userID')
      return change('group.mute', o, (id) => ({ Members_Account: [id], MuteTime: o.muteTime, RequestId: randomText(16) }))
    },
    setGroupMemberRole: async (o: { groupID: string; userID: string; role: string }) => {
      need(o?.userID, 'userID')
      return change('group.role', o, (id) => ({ Member_Account: id, Role: o.role }))
    },
    setGroupMemberNameCard: (o: { groupID: string; userID?: string; nameCard: string }) =>
      change('group.member', o, (id) => ({ ...named(id), NameCard: o.nameCard })),
    setGroupMemberCustomField: (o: { groupID: string; userID?: string; memberCustomField: Custom[] }) =>
      change('group.member', o, (id) => ({ ...named(id), AppMemberDefinedData: pairsOf(o.memberCustomField) })),
  }
}
