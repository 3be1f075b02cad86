// Groups: which there are, what they are called, who may come in.

import { ChatError, need, reply } from '../errors.ts'
import { TYPES } from '../constants.ts'
import { entered, groupsMoved } from '../events.ts'
import { pairsOf, readGroupApplication, sentType } from '../codec/models.ts'
import { randomText } from '../wire.ts'
import type { Core } from '../core.ts'
import type { Custom, Group, GroupApplication, Message, Wire } from '../types.ts'

/** How long the number of watchers of a room is taken as it was, in ms. */
const onlineFresh = 60_000

export interface GroupChange {
  name?: string
  avatar?: string
  introduction?: string
  notification?: string
  joinOption?: string
  inviteOption?: string
  maxMemberNum?: number
  muteAllMembers?: boolean
  groupCustomField?: Custom[]
}

/** loadGroups asks for the groups I am in once; all who ask meanwhile wait for the same answer. */
export function loadGroups(core: Core): Promise<void> {
  const { store } = core
  const load = async () => {
    for (let offset = 0, total = 1; offset < total;) {
      const before = new Map(store.told)
      const a = await core.call('group.joined', { Limit: 100, Offset: offset })
      for (const raw of a.GroupIdList as Wire[]) {
        const id = 'GROUP' + raw.GroupId
        if (store.told.get(id) === before.get(id)) store.group(raw.GroupId, raw)
        else await groupNow(core, raw.GroupId).catch(core.report)
      }
      total = a.TotalCount
      offset += a.GroupIdList.length
      if (a.GroupIdList.length === 0) break
    }
  }
  store.joined ??= load().catch((err) => {
    store.joined = null
    throw err
  })
  return store.joined
}

/** groupNow asks the server about a group, and rejects with the code it has for this one. */
export async function groupNow(core: Core, groupID: string): Promise<{ group: Group; outside: boolean }> {
  need(typeof groupID === 'string' && groupID, 'groupID')
  const { GroupInfo: [raw] } = await core.latest('GROUP' + groupID, 'group.get', { GroupIdList: [groupID] })
  if (!raw || raw.ErrorCode) throw new ChatError(raw?.ErrorCode ?? 10010, raw?.ErrorInfo || 'there is no such group')
  return { group: core.store.group(groupID, raw), outside: raw.Outside === 1 }
}

/** written gives the members of a request that describe a group; what is undefined is not written. */
function written(o: GroupChange): Wire {
  const { muteAllMembers: mute } = o
  return {
    Name: o.name, Introduction: o.introduction, Notification: o.notification,
    FaceUrl: o.avatar && !o.avatar.startsWith('data:') ? o.avatar : undefined,
    ApplyJoinOption: o.joinOption || undefined, InviteJoinOption: o.inviteOption || undefined,
    MaxMemberNum: o.maxMemberNum || undefined, MuteAllMember: mute === undefined ? mute : mute ? 'On' : 'Off',
    AppDefinedData: o.groupCustomField && pairsOf(o.groupCustomField),
  }
}

export interface Attributes {
  groupID: string
  groupAttributes: Record<string, string>
}

export interface CreateGroupOptions extends GroupChange {
  name: string
  type: string
  groupID?: string
  memberList?: { userID: string; role?: string }[]
  isSupportTopic?: boolean
}

export function groupMethods(core: Core) {
  const online = new Map<string, { at: number; count: number }>()

  const pairs = (attributes: Record<string, string>) => Object.entries(attributes ?? {}).map(([key, value]) => ({ key, value }))
  async function attributes(groupID: string): Promise<Record<string, string>> {
    const a = await core.call('group.attrs.get', { GroupId: groupID })
    return Object.fromEntries((a.GroupAttrAry as Wire[]).map((one) => [one.key, one.value]))
  }
  /** unlessTold says whether an answer is still the newest that is known: the server tells of one's own changes, too. */
  function unlessTold(id: string): () => boolean {
    const before = core.store.told.get(id)
    return () => core.store.told.get(id) === before
  }
  async function count(groupID: string, Mode: string, counters: Record<string, number>) {
    const GroupCounter = Object.entries(counters ?? {}).map(([Key, Value]) => ({ Key, Value }))
    const first = unlessTold('counters of ' + groupID)
    const a = await core.call('group.counters.update', { GroupId: groupID, Mode, GroupCounter, RequestId: randomText(16) })
    const group = core.store.group(groupID)
    if (first()) group.groupCounters = { ...group.groupCounters, ...read(a) }
    return reply({ counters: read(a) })
  }
  const read = (a: Wire): Record<string, number> => Object.fromEntries((a.GroupCounter as Wire[]).map((c) => [c.Key, c.Value]))

  /** leave: I am in a group no more; its conversation stays. */
  async function leave(method: string, groupID: string) {
    await core.call(method, { GroupId: groupID })
    core.store.group(groupID).selfInfo.role = ''
    core.store.rooms.delete(groupID)
    groupsMoved(core)
    return reply({ groupID })
  }

  return {
    async getGroupList() {
      need(core.me, 'a login')
      await loadGroups(core)
      return reply({ groupList: core.store.groupList() })
    },

    async getGroupProfile(o: { groupID: string; groupCustomFieldFilter?: string[] }) {
      const { group, outside } = await groupNow(core, o?.groupID)
      if (outside) throw new ChatError(10007, 'not a member of the group')
      return reply({ group })
    },

    async searchGroupByID(groupID: string) {
      return reply({ group: (await groupNow(core, groupID)).group })
    },

    async createGroup(o: CreateGroupOptions) {
      need(o?.name, 'name')
      need(o.type, 'type')
      const MemberList = o.memberList?.map(({ userID, role }) => ({ Member_Account: userID, Role: role === 'Admin' ? role : undefined }))
      const a = await core.call('group.create', {
        Type: sentType(o.type), ...written(o), ...(o.groupID ? { GroupId: o.groupID } : { RequestId: randomText(16) }),
        MemberList: MemberList?.length ? MemberList : undefined, SupportTopic: o.isSupportTopic ? 1 : undefined,
      })
      await entered(core, a.GroupId)
      return reply({ group: core.store.group(a.GroupId), overLimitUserIDList: [] as string[] })
    },

    async updateGroupProfile(o: GroupChange & { groupID: string }) {
      need(o?.groupID, 'groupID')
      await core.call('group.update', { GroupId: o.groupID, ...written(o) })
      const { group } = await groupNow(core, o.groupID)
      groupsMoved(core)
      if (core.store.conversations.has('GROUP' + o.groupID)) core.store.touch()
      return reply({ group })
    },

    dismissGroup: (groupID: string) => leave('group.destroy', groupID),
    quitGroup: (groupID: string) => leave('group.quit', groupID),

    async joinGroup(o: { groupID: string; applyMessage?: string; type?: string }) {
      const { group } = await groupNow(core, o?.groupID)
      try {
        const { Joined } = await core.call('group.join', { GroupId: o.groupID, ApplyMsg: o.applyMessage || undefined })
        if (!Joined) return reply({ status: TYPES.JOIN_STATUS_WAIT_APPROVAL as string, group })
      } catch (err) {
        if ((err as ChatError).code !== 10013) throw err
        return reply({ status: TYPES.JOIN_STATUS_ALREADY_IN_GROUP as string, group })
      }
      if (group.type === 'AVChatRoom') core.store.rooms.add(o.groupID)
      await entered(core, o.groupID)
      group.selfInfo.role ||= 'Member'
      return reply({ status: TYPES.JOIN_STATUS_SUCCESS as string, group })
    },

    async changeGroupOwner(o: { groupID: string; newOwnerID: string }) {
      need(o?.newOwnerID, 'newOwnerID')
      await core.call('group.transfer', { GroupId: o.groupID, NewOwner_Account: o.newOwnerID })
      return reply({ group: (await groupNow(core, o.groupID)).group })
    },

    async getGroupOnlineMemberCount(groupID: string) {
      const known = online.get(groupID)
      if (known && Date.now() - known.at < onlineFresh) return reply({ memberCount: known.count })
      const { OnlineMemberNum } = await core.call('group.online', { GroupId: groupID })
      online.set(groupID, { at: Date.now(), count: OnlineMemberNum })
      return reply({ memberCount: OnlineMemberNum as number })
    },

    async getGroupApplicationList() {
      const applicationList: GroupApplication[] = []
      for await (const a of core.pages('group.requests', { Limit: 100 }, 'Next')) {
        applicationList.push(...(a.Requests as Wire[]).filter((r) => !r.Handled).map(readGroupApplication))
      }
      return reply({ applicationList })
    },

    async handleGroupApplication(o: { handleAction: string; handleMessage?: string; application?: GroupApplication; message?: Message }) {
      const { application, message } = o ?? {}
      need(application || message, 'application or message')
      const id = application ? application._applicationID : message!.payload.messageKey
      const which = id ? { ApplicationId: id } : { GroupId: application?.groupID, Applicant_Account: application?.applicant }
      const Action = o.handleAction === 'Agree' ? 'Approve' : 'Refuse'
      await core.call('group.approve', { ...which, Action, Msg: o.handleMessage || undefined })
      const groupID: string = application?.groupID ?? message!.payload.groupProfile.groupID
      const known = await groupNow(core, groupID).catch(() => ({ group: core.store.group(groupID) }))
      return reply({ group: known.group })
    },

    async initGroupAttributes({ groupID, groupAttributes }: Attributes) {
      const first = unlessTold('attributes of ' + groupID)
      await core.call('group.attrs.set', { GroupId: groupID, GroupAttr: pairs(groupAttributes) })
      if (first()) core.store.group(groupID).groupAttributes = { ...groupAttributes }
      return reply({ groupAttributes })
    },

    async setGroupAttributes({ groupID, groupAttributes }: Attributes) {
      const first = unlessTold('attributes of ' + groupID)
      await core.call('group.attrs.modify', { GroupId: groupID, GroupAttr: pairs(groupAttributes) })
      const group = core.store.group(groupID)
      if (group.groupAttributes && first()) group.groupAttributes = { ...group.groupAttributes, ...groupAttributes }
      return reply({ groupAttributes })
    },

    async deleteGroupAttributes(o: { groupID: string; keyList?: string[] }) {
      const keyList = o?.keyList?.length ? o.keyList : Object.keys(await attributes(o?.groupID))
      if (!o.keyList?.length) await core.call('group.attrs.clear', { GroupId: o.groupID })
      else await core.call('group.attrs.delete', { GroupId: o.groupID, GroupAttr: keyList.map((key) => ({ key })) })
      const group = core.store.group(o.groupID)
      const rest = Object.entries(group.groupAttributes ?? {}).filter(([key]) => !keyList.includes(key))
      if (group.groupAttributes) group.groupAttributes = Object.fromEntries(rest)
      return reply({ keyList })
    },

    async getGroupAttributes(o: { groupID: string; keyList?: string[] }) {
      const all = await attributes(o?.groupID)
      const wanted = Object.entries(all).filter(([key]) => !o.keyList?.length || o.keyList.includes(key))
      return reply({ groupAttributes: Object.fromEntries(wanted) })
    },

    setGroupCounters: (o: { groupID: string; counters: Record<string, number> }) => count(o?.groupID, 'Set', o?.counters),
    increaseGroupCounter: (o: { groupID: string; key: string; value: number }) => count(o?.groupID, 'Increase', { [o?.key]: o?.value }),
    decreaseGroupCounter: (o: { groupID: string; key: string; value: number }) => count(o?.groupID, 'Decrease', { [o?.key]: o?.value }),

    async getGroupCounters(o: { groupID: string; keyList?: string[] }) {
      const GroupCounterKeys = o?.keyList?.length ? o.keyList : undefined
      return reply({ counters: read(await core.call('group.counters.get', { GroupId: o?.groupID, GroupCounterKeys })) })
    },
  }
}

