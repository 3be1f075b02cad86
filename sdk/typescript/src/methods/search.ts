// Search in what the server holds. A page may have fewer finds than asked; `cursor`
// is '' when there is no more.

import { need, reply } from '../errors.ts'
import { idOf, keyOf } from '../store.ts'
import { readMember } from '../codec/models.ts'
import type { Core } from '../core.ts'
import type { Wire } from '../types.ts'

export interface SearchOptions {
  keywordList?: string[]
  keywordListMatchType?: string
  count?: number
  cursor?: string
}

export interface MessageSearch extends SearchOptions {
  senderUserIDList?: string[]
  messageTypeList?: string[]
  conversationID?: string
  timePosition?: number
  timePeriod?: number
}

export interface UserSearch extends SearchOptions {
  gender?: string
  miniBirthday?: number
  maxBirthday?: number
}

export function searchMethods(core: Core) {
  /** search asks for a page; `more` are the conditions beside the words, read makes a find of an entry. */
  async function search<T>(method: string, o: SearchOptions, more: Wire, read: (one: Wire) => T) {
    need(o && typeof o === 'object', 'options')
    const words = { Keywords: o.keywordList ?? [], Match: o.keywordListMatchType || undefined }
    const a = await core.call(method, { ...words, Count: o.count || undefined, Cursor: o.cursor || undefined, ...more })
    const searchResultList = (a.List as Wire[]).map(read)
    const totalCount: number = a.TotalCount ?? searchResultList.length
    return reply({ totalCount, cursor: (a.Cursor ?? '') as string, searchResultList })
  }
  const some = (list?: string[]) => (list?.length ? list : undefined)

  return {
    searchCloudMessages(o: MessageSearch) {
      const more = {
        Senders: some(o?.senderUserIDList), MsgTypes: some(o?.messageTypeList),
        TimePosition: o?.timePosition || undefined, TimePeriod: o?.timePeriod || undefined,
        Conv: o?.conversationID ? keyOf(o.conversationID) : undefined,
      }
      return search('msg.search', o, more, (one) => ({
        conversationID: idOf(one.Conv), messageCount: one.Count as number,
        messageList: (one.MsgList as Wire[]).map((raw) => core.store.message(raw, idOf(one.Conv))),
      }))
    },

    searchCloudUsers(o: UserSearch) {
      const more = {
        Gender: o?.gender || undefined, MinBirthDay: o?.miniBirthday || undefined,
        MaxBirthDay: o?.maxBirthday || undefined,
      }
      return search('user.search', o, more, (one) => core.store.profile(one.To_Account, one.ProfileItem ?? [], true))
    },

    searchCloudGroups: (o: SearchOptions) => search('group.search', o, {}, (one) => core.store.group(one.GroupId, one)),

    searchCloudGroupMembers: (o: SearchOptions & { groupIDList?: string[] }) =>
      search('group.member.search', o, { GroupIds: some(o?.groupIDList) }, (one) => ({
        groupInfo: {
          groupID: one.GroupId as string, name: one.Group?.Name as string,
          avatar: core.store.groupPicture(one.GroupId, one.Group?.FaceUrl),
        },
        memberList: (one.MemberList as Wire[]).map((m) => readMember(m, core.store)),
      })),
  }
}
