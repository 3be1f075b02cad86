// People: profiles, the blocklist, and who is there.

import { ChatError, need, reply } from '../errors.ts'
import { EVENT } from '../constants.ts'
import { profileTags } from '../codec/models.ts'
import { statusOf } from '../events.ts'
import type { Core } from '../core.ts'
import type { Custom, Failure, Profile, UserStatus, Wire } from '../types.ts'

/** A profile younger than this, in ms, is not asked for again. */
const fresh = 60_000

/** loadBlacklist asks for the list once. */
export async function loadBlacklist(core: Core): Promise<string[]> {
  const { store } = core
  if (store.black) return store.black
  const list: string[] = []
  for await (const a of core.pages('black.get', { MaxLimited: 100 }, 'StartIndex')) {
    list.push(...(a.BlackListItem as Wire[]).map((b) => b.To_Account as string))
  }
  return (store.black ??= list)
}

/** knowUsers gets the profiles of those who are not known well enough; it says who is unknown. */
export async function knowUsers(core: Core, ids: string[], tries = 3): Promise<Set<string>> {
  const { store } = core
  const asked = ids.filter((id) => Date.now() - store.user(id).at > fresh)
  const unknown = new Set<string>()
  const told = (id: string) => store.told.get('C2C' + id)
  for (let i = 0; i < asked.length; i += 100) {
    const part = asked.slice(i, i + 100)
    const before = part.map(told)
    const a = await core.call('user.get', { To_Account: part })
    const late = tries > 1 ? part.filter((id, n) => told(id) !== before[n]) : []
    for (const one of a.UserProfileItem as Wire[]) {
      if (one.ResultCode) unknown.add(one.To_Account)
      else if (!late.includes(one.To_Account)) store.profile(one.To_Account, one.ProfileItem ?? [], true)
    }
    if (late.length > 0) await knowUsers(core, late, tries - 1)
  }
  return unknown
}

export interface ProfileChange extends Partial<Omit<Profile, 'userID' | 'lastUpdatedTime' | 'profileCustomField' | 'adminForbidType'>> {
  profileCustomField?: Custom[]
}

export function peopleMethods(core: Core) {
  async function myProfile(): Promise<Profile> {
    need(core.me, 'a login')
    if (core.features.has('profiles') && !core.store.user(core.me).at) await knowUsers(core, [core.me])
    return core.store.user(core.me).profile
  }

  async function changeBlacklist(method: string, ids: string[]): Promise<string[]> {
    need(Array.isArray(ids) && ids.length > 0, 'userIDList')
    await loadBlacklist(core)
    const a = await core.call(method, { To_Account: ids })
    const items = a.ResultItem as Wire[]
    const done = items.filter((r) => !r.ResultCode).map((r) => r.To_Account as string)
    const [failure] = items.filter((r) => r.ResultCode)
    if (failure && done.length === 0) throw new ChatError(failure.ResultCode, failure.ResultInfo)
    const rest = core.store.black!.filter((id) => !done.includes(id))
    core.store.black = method === 'black.add' ? [...done, ...rest] : rest
    return [...core.store.black]
  }

  return {
    getMyProfile: async () => reply(await myProfile()),

    async getUserProfile(o: { userIDList: string[] }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length <= 100, 'userIDList')
      const unknown = await knowUsers(core, o.userIDList)
      return reply(o.userIDList.filter((id) => !unknown.has(id)).map((id) => core.store.user(id).profile))
    },

    async updateMyProfile(o: ProfileChange) {
      const items: Wire[] = (o?.profileCustomField ?? []).map(({ key, value }) => ({ Tag: key, Value: value }))
      for (const [field, tag] of profileTags) {
        const value = (o as Wire)[field]
        if (value === undefined || String(value).startsWith('data:')) continue
        items.push({ Tag: `Tag_Profile_IM_${tag}`, Value: value })
      }
      need(items.length > 0, 'a field of the profile')
      await core.call('user.set', { ProfileItem: items })
      const mine = core.store.profile(core.me, items, false)
      core.emit(EVENT.PROFILE_UPDATED, [mine])
      return reply(mine)
    },

    getBlacklist: async () => reply([...(await loadBlacklist(core))]),
    addToBlacklist: async (o: { userIDList: string[] }) => reply(await changeBlacklist('black.add', o?.userIDList)),
    removeFromBlacklist: async (o: { userIDList: string[] }) => reply(await changeBlacklist('black.delete', o?.userIDList)),

    async getUserStatus(o: { userIDList: string[] }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length <= 500, 'userIDList')
      const a = await core.call('status.get', { To_Account: o.userIDList })
      const successUserList = (a.QueryResult as Wire[]).map((q): UserStatus => ({
        userID: q.To_Account, statusType: statusOf[q.State] ?? 0, customStatus: q.CustomStatus ?? '',
      }))
      const failureUserList = ((a.ErrorList ?? []) as Wire[]).map((e): Failure => ({ userID: e.To_Account, code: e.ErrorCode, message: '' }))
      return reply({ successUserList, failureUserList })
    },

    async subscribeUserStatus(o: { userIDList: string[] }) {
      need(Array.isArray(o?.userIDList) && o.userIDList.length <= 100, 'userIDList')
      const a = await core.call('status.watch', { To_Account: o.userIDList })
      const failed = new Set(((a.ErrorList ?? []) as Wire[]).map((e) => e.To_Account as string))
      for (const id of o.userIDList) if (!failed.has(id)) core.store.watched.add(id)
      return reply({ failureUserList: ((a.ErrorList ?? []) as Wire[]).map((e): Failure => ({ userID: e.To_Account, code: e.ErrorCode, message: '' })) })
    },

    async unsubscribeUserStatus(o: { userIDList?: string[] } = {}) {
      await core.call('status.unwatch', o.userIDList?.length ? { To_Account: o.userIDList } : {})
      if (!o.userIDList?.length) core.store.watched.clear()
      for (const id of o.userIDList ?? []) core.store.watched.delete(id)
      return reply({ failureUserList: [] as Failure[] })
    },

    setSelfStatus({ customStatus = '' }: { customStatus: string }) {
      return core.done<UserStatus>('status.set', { CustomStatus: customStatus }, { userID: core.me, statusType: 1, customStatus })
    },
  }
}

