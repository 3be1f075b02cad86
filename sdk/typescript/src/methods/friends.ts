// Friends, requests to become one, and friend groups.

import { ChatError, need, reply } from '../errors.ts'
import { readApplication, readFriend } from '../codec/models.ts'
import type { Core } from '../core.ts'
import type { Custom, Failure, Friend, FriendApplication, FriendGroup, Wire } from '../types.ts'

/** keepFriend takes over what the server says of a friend. */
export function keepFriend({ store }: Core, raw: Wire): Friend {
  const f = readFriend(raw, store.profile(raw.To_Account, raw.SnsProfileItem ?? [], false))
  store.friends?.set(f.userID, f)
  store.remarked(f.userID, f.remark)
  return f
}

export function dropFriend({ store }: Core, id: string): void {
  store.friends?.delete(id)
  store.remarked(id, '')
}

/** renewFriends asks about some again, if friends were asked for at all; who is none is none any more. */
async function renewFriends(core: Core, ids: string[]): Promise<void> {
  if (!core.store.friends) return
  const a = await core.call('friend.get', { To_Account: ids })
  for (const raw of a.InfoItem as Wire[]) {
    if (raw.ResultCode) dropFriend(core, raw.To_Account)
    else keepFriend(core, raw)
  }
}

/** dropApplication forgets a request that is over. */
export function dropApplication({ store }: Core, userID: string, type: string): void {
  const known = store.applications
  if (known) known.list = known.list.filter((a) => a.userID !== userID || a.type !== type)
}

/** loadFriends asks for all pages once. */
export async function loadFriends(core: Core): Promise<Map<string, Friend>> {
  const { store } = core
  if (store.friends) return store.friends
  const list = new Map<string, Friend>()
  for await (const a of core.pages('friend.get', { Count: 100 })) {
    for (const raw of a.InfoItem as Wire[]) list.set(raw.To_Account, keepFriend(core, raw))
  }
  return (store.friends ??= list)
}

export async function loadApplications(core: Core): Promise<{ list: FriendApplication[]; unread: number }> {
  const { store } = core
  if (store.applications) return store.applications
  const list: FriendApplication[] = []
  let unread = 0
  for await (const a of core.pages('friend.requests', { Limit: 100 })) {
    list.push(...(a.Requests as Wire[]).map((raw) => readApplication(raw, store.userPicture)))
    unread = a.UnreadNum ?? 0
  }
  return (store.applications ??= { list, unread })
}

export async function loadFriendGroups(core: Core, again = false): Promise<Map<string, FriendGroup>> {
  const { store } = core
  if (store.friendGroups && !again) return store.friendGroups
  const groups = new Map<string, FriendGroup>()
  for await (const a of core.pages('friendgroup.get')) {
    for (const { GroupName: name, To_Account: ids } of a.Groups as Wire[]) {
      const userIDList = [...(groups.get(name)?.userIDList ?? []), ...ids] // a page may go on with the group of the last
      groups.set(name, { name, userIDList, count: userIDList.length })
    }
  }
  for (const f of store.friends?.values() ?? []) {
    f.groupList = [...groups.values()].filter((g) => g.userIDList.includes(f.userID)).map((g) => g.name)
  }
  return (store.friendGroups = groups)
}

/** results tells what went well from what did not, of a command about several users. */
function results(items: Wire[] = []): { done: Wire[]; failureUserIDList: Failure[] } {
  const failed = items.filter((r) => r.ResultCode)
  const failure = (r: Wire): Failure => ({ userID: r.To_Account, code: r.ResultCode, message: r.ResultInfo })
  return { done: items.filter((r) => !r.ResultCode), failureUserIDList: failed.map(failure) }
}

export function friendMethods(core: Core) {
  async function changeGroup(method: string, o: { name: string; userIDList?: string[] }) {
    need(o?.name, 'name')
    const a = await core.call('friendgroup.' + method, { GroupName: o.name, To_Account: o.userIDList ?? [] })
    return reply({ friendGroup: await group(o.name), failureUserIDList: results(a.ResultItem).failureUserIDList })
  }

  /** group is a friend group as it is now, empty when there is none. */
  const group = async (name: string, again = true): Promise<FriendGroup> =>
    (await loadFriendGroups(core, again)).get(name) ?? { name, userIDList: [], count: 0 }

  /** ask asks about several users. */
  async function ask(method: string, o: { userIDList: string[] }, more: Wire) {
    need(Array.isArray(o?.userIDList), 'userIDList')
    const a = await core.call(method, { To_Account: o.userIDList, ...more })
    return results(a.InfoItem ?? a.ResultItem)
  }

  /** over forgets a request when the server has done so. */
  async function over(method: string, body: Wire, userID: string, type = 'Pendency_Type_ComeIn') {
    await core.call(method, body)
    dropApplication(core, userID, type)
    return reply({})
  }

  /** only gives the one result of a command that takes several, or rejects with its code. */
  function only(a: Wire): Wire {
    const [r] = a.ResultItem as Wire[]
    if (r?.ResultCode && r.ResultCode !== 30539) throw new ChatError(r.ResultCode, r.ResultInfo, { userID: r.To_Account })
    return r ?? {}
  }

  return {
    getFriendList: async () => reply([...(await loadFriends(core)).values()]),

    async getFriendProfile(o: { userIDList: string[] }) {
      const { done, failureUserIDList } = await ask('friend.get', o, {})
      return reply({ friendList: done.map((raw) => keepFriend(core, raw)), failureUserIDList })
    },

    async addFriend(o: { to: string; source: string; wording?: string; remark?: string; groupName?: string; type?: string }) {
      need(o?.to, 'to')
      const item = {
        To_Account: o.to, AddSource: o.source || 'AddSource_Type_Web', AddWording: o.wording || undefined,
        Remark: o.remark || undefined, GroupName: o.groupName || undefined,
      }
      const r = only(await core.call('friend.add', { AddFriendItem: [item], AddType: o.type || undefined }))
      if (r.ResultCode) core.store.applications = null // the server has made one
      else await renewFriends(core, [o.to])
      const code: number = r.ResultCode ?? 0
      return reply({ userID: o.to, code, ...(code !== 0 && { message: r.ResultInfo as string }) })
    },

    async deleteFriend(o: { userIDList: string[]; type?: string }) {
      const { done, failureUserIDList } = await ask('friend.delete', o, { DeleteType: o?.type ?? 'Delete_Type_Both' })
      const successUserIDList = done.map((r) => ({ userID: r.To_Account as string }))
      for (const { userID } of successUserIDList) dropFriend(core, userID)
      return reply({ successUserIDList, failureUserIDList })
    },

    async checkFriend(o: { userIDList: string[]; type: string }) {
      const { done, failureUserIDList } = await ask('friend.check', o, { CheckType: o?.type ?? 'CheckResult_Type_Both' })
      const relation = (r: Wire) => ({ userID: r.To_Account as string, code: 0, relation: r.Relation as string })
      return reply({ successUserIDList: done.map(relation), failureUserIDList })
    },

    async updateFriend(o: { userID: string; remark?: string; friendCustomField?: Custom[] }) {
      need(o?.userID, 'userID')
      const SnsItem: Wire[] = (o.friendCustomField ?? []).map(({ key, value }) => ({ Tag: key, Value: value }))
      if (o.remark !== undefined) SnsItem.unshift({ Tag: 'Tag_SNS_IM_Remark', Value: o.remark })
      only(await core.call('friend.update', { UpdateItem: [{ To_Account: o.userID, SnsItem }] }))
      const a = await core.call('friend.get', { To_Account: [o.userID] })
      return reply(keepFriend(core, a.InfoItem[0]))
    },

    async getFriendApplicationList() {
      const { list, unread } = await loadApplications(core)
      return reply({ friendApplicationList: [...list], unreadCount: unread })
    },

    async acceptFriendApplication(o: { userID: string; remark?: string; type?: string }) {
      const body = { To_Account: o?.userID, ResponseType: o?.type || undefined, Remark: o?.remark || undefined }
      await over('friend.accept', body, o?.userID)
      await renewFriends(core, [o.userID])
      return reply({})
    },
    refuseFriendApplication: (o: { userID: string }) => over('friend.refuse', { To_Account: o?.userID }, o?.userID),
    deleteFriendApplication(o: { userID: string; type: string }) {
      const Type = o?.type === 'Pendency_Type_SendOut' ? 'out' : 'in'
      return over('friend.requests.delete', { UserID: o?.userID, Type }, o?.userID, Type === 'out' ? o.type : undefined)
    },

    async setFriendApplicationRead() {
      await core.call('friend.requests.read')
      if (core.store.applications) core.store.applications.unread = 0
      return reply({})
    },

    getFriendGroupList: async () => reply([...(await loadFriendGroups(core)).values()]),
    createFriendGroup: (o: { name: string; userIDList?: string[] }) => changeGroup('create', o),
    addToFriendGroup: (o: { name: string; userIDList: string[] }) => changeGroup('add', o),
    removeFromFriendGroup: (o: { name: string; userIDList: string[] }) => changeGroup('remove', o),

    async deleteFriendGroup(o: { name: string }) {
      const gone = await group(o?.name, false)
      await core.call('friendgroup.delete', { GroupName: o?.name })
      await loadFriendGroups(core, true)
      return reply(gone)
    },

    async renameFriendGroup(o: { oldName: string; newName: string }) {
      await core.call('friendgroup.rename', { OldName: o?.oldName, NewName: o?.newName })
      return reply(await group(o.newName))
    },
  }
}
