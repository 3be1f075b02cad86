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

function words(o: SearchOptions): Wire {
  need(o && typeof o === 'object', 'options')
  return {
    Keywords: o.keywordList ?? [], ...(o.keywordListMatchType && { Match: o.keywordListMatchType }), ...(o.count && { Count: o.count }),
    ...(o.cursor && { Cursor: o.cursor }),
  }
}

export function searchMethods(core: Core) {
  return {
    async searchCloudMessages(o: MessageSearch) {
      const a = await core.call('msg.search', {
        ...words(o), ...(o.senderUserIDList?.length && { Senders: o.senderUserIDList }), ...(o.messageTypeList?.length && { MsgTypes: o.messageTypeList }),
        ...(o.conversationID && { Conv: keyOf(o.conversationID) }), ...(o.timePosition && { TimePosition: o.timePosition }),
        ...(o.timePeriod && { TimePeriod: o.timePeriod }),
      })
      const searchResultList = (a.List as Wire[]).map((one) => ({
        conversationID: idOf(one.Conv), messageCount: one.Count as number,
        messageList: (one.MsgList as Wire[]).map((raw) => core.store.message(raw, idOf(one.Conv))),
      }))
      return reply({ totalCount: (a.TotalCount ?? 0) as number, cursor: (a.Cursor ?? '') as string, searchResultList })
    },

    async searchCloudUsers(o: SearchOptions & { gender?: string; miniBirthday?: number; maxBirthday?: number }) {
      const a = await core.call('user.search', {
        ...words(o), ...(o.gender && { Gender: o.gender }), ...(o.miniBirthday && { MinBirthDay: o.miniBirthday }),
        ...(o.maxBirthday && { MaxBirthDay: o.maxBirthday }),
      })
      const searchResultList = (a.List as Wire[]).map((one) => core.store.profile(one.To_Account, one.ProfileItem ?? [], true))
      return reply({ totalCount: (a.TotalCount ?? searchResultList.length) as number, cursor: (a.Cursor ?? '') as string, searchResultList })
    },

    async searchCloudGroups(o: SearchOptions) {
      const a = await core.call('group.search', words(o))
      const searchResultList = (a.List as Wire[]).map((one) => core.store.group(one.GroupId, one))
      return reply({ totalCount: (a.TotalCount ?? searchResultList.length) as number, cursor: (a.Cursor ?? '') as string, searchResultList })
    },

    async searchCloudGroupMembers(o: SearchOptions & { groupIDList?: string[] }) {
      const a = await core.call('group.member.search', { ...words(o), ...(o.groupIDList?.length && { GroupIds: o.groupIDList }) })
      const searchResultList = (a.List as Wire[]).map((one) => ({
        groupInfo: { groupID: one.GroupId as string, name: one.Group?.Name as string, avatar: core.store.groupPicture(one.GroupId, one.Group?.FaceUrl) },
        memberList: (one.MemberList as Wire[]).map((m) => readMember(m, core.store.userPicture, core.store.remark(m.Member_Account))),
      }))
      return reply({ totalCount: (a.TotalCount ?? searchResultList.length) as number, cursor: (a.Cursor ?? '') as string, searchResultList })
    },
  }
}
