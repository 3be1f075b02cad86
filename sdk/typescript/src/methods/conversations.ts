// Conversations: the list, and what a user sets of them.

import { ChatError, need, reply } from '../errors.ts'
import { CONV_SYSTEM } from '../codec/elements.ts'
import { cleared } from '../events.ts'
import { keyOf, type Conv } from '../store.ts'
import type { Core } from '../core.ts'
import type { Conversation, Wire } from '../types.ts'

/** At most one read mark in this time, in ms. */
const readPause = 300
/** A draft is told when it has rested so long, in ms. */
const draftRest = 1000

export interface ConversationFilter {
  type?: string
  groupName?: string
  markType?: number
  hasUnreadCount?: boolean
  hasGroupAtInfo?: boolean
}

const matches = (v: Conversation, f: ConversationFilter): boolean =>
  (!f.type || v.type === f.type) &&
  (f.groupName === undefined || (f.groupName === '' ? v.conversationGroupList.length === 0 : v.conversationGroupList.includes(f.groupName))) &&
  (f.markType === undefined || (f.markType === 0 ? v.markList.length === 0 : v.markList.includes(f.markType))) &&
  (!f.hasUnreadCount || v.unreadCount > 0) && (!f.hasGroupAtInfo || v.groupAtInfoList.length > 0)

/** loadConversationGroups asks for the names once. */
export async function loadConversationGroups(core: Core): Promise<string[]> {
  const { store } = core
  if (store.conversationGroups) return store.conversationGroups
  const names = new Set<string>()
  for await (const a of core.pages('convgroup.get')) for (const g of a.Groups as Wire[]) names.add(g.GroupName)
  return (store.conversationGroups ??= [...names])
}

/** regroup does what happened to a group of conversations: what a `convgroup` event says, or an answer. */
export function regroup({ store }: Core, e: Wire): void {
  const old: string = e.OldName ?? e.GroupName
  const names = (store.conversationGroups ?? []).filter((name) => name !== e.GroupName && name !== old)
  if (store.conversationGroups) store.conversationGroups = e.Deleted ? names : [...names, e.GroupName]
  for (const { view, key } of store.conversations.values()) {
    const was = view.conversationGroupList.includes(old)
    const is = !e.Deleted && (e.Convs ? e.Convs.includes(key) : was)
    if (!was && !is) continue
    const others = view.conversationGroupList.filter((name) => name !== old && name !== e.GroupName)
    view.conversationGroupList = is ? [...others, e.GroupName] : others
  }
}

/** Read marks of one conversation: one under way, and the next that waits for the pause. */
interface Reading {
  next: Promise<unknown> | null
  last: number
}

export function conversationMethods(core: Core) {
  const reading = new Map<string, Reading>()
  const drafts = new Map<string, ReturnType<typeof setTimeout>>()

  function find(conversationID: string): Conv {
    need(typeof conversationID === 'string' && /^(C2C|GROUP)./.test(conversationID), 'conversationID')
    return core.store.conv(conversationID)
  }

  /** each does something to several, and says which went well. */
  async function each(list: string[], ask: (c: Conv) => Promise<unknown>) {
    need(Array.isArray(list), 'conversationIDList')
    const successConversationIDList: string[] = []
    const failureConversationIDList: Wire[] = []
    for (const id of list) {
      try {
        await ask(find(id))
        successConversationIDList.push(id)
      } catch (err) {
        failureConversationIDList.push({ conversationID: id, code: (err as ChatError).code, message: (err as ChatError).message })
      }
    }
    if (list.length > 0 && successConversationIDList.length === 0) {
      const [first] = failureConversationIDList
      throw new ChatError(first!.code, first!.message, { failureConversationIDList })
    }
    core.store.touch()
    return reply({ successConversationIDList, failureConversationIDList })
  }

  /** sendRead tells the server how far I have read, at once or after the pause; the last wins. */
  function sendRead(c: Conv): Promise<unknown> {
    const r = reading.get(c.key) ?? { next: null, last: 0 }
    reading.set(c.key, r)
    if (r.next) return r.next
    const wait = Math.max(0, r.last + readPause - Date.now())
    const tell = (): Promise<unknown> => {
      r.next = null
      r.last = Date.now()
      return core.call('msg.read', { Conv: c.key, MsgSeq: c.readSeq })
    }
    if (wait === 0) return tell()
    r.next = new Promise((resolve) => setTimeout(resolve, wait)).then(() => (core.me ? tell() : {}))
    return r.next
  }

  async function change(names: string, GroupName: string, list: string[]) {
    need(typeof GroupName === 'string' && GroupName, 'groupName')
    const a = await core.call('convgroup.' + names, { GroupName, Convs: list.map((id) => find(id).key) })
    const items = a.ResultItem as Wire[]
    const id = (r: Wire) => list.find((one) => keyOf(one) === r.Conv)!
    const done = new Set<string>(items.filter((r) => !r.ResultCode).map((r) => r.Conv))
    const inside = [...core.store.conversations.values()].filter((c) => c.view.conversationGroupList.includes(GroupName) && !done.has(c.key))
    regroup(core, { GroupName, Convs: [...inside.map((c) => c.key), ...(names === 'remove' ? [] : done)] })
    return reply({
      successConversationIDList: items.filter((r) => !r.ResultCode).map(id),
      failureConversationIDList: items.filter((r) => r.ResultCode).map((r) => ({ conversationID: id(r), code: r.ResultCode, message: r.ResultInfo })),
    })
  }

  return {
    async getConversationList(o?: string[] | ConversationFilter) {
      need(core.me, 'a login')
      const list = core.store.list()
      const conversationList = !o ? list : list.filter((v) => (Array.isArray(o) ? o.includes(v.conversationID) : matches(v, o)))
      return reply({ conversationList, isSyncCompleted: core.store.listComplete })
    },

    async getConversationProfile(conversationID: string) {
      const c = core.store.item(await core.latest(conversationID, 'conv.get', { Conv: find(conversationID).key }))
      if (!c.listed) { // a kit shows the chat of a conversation that is in its list, and of no other
        c.listed = true
        core.store.touch()
      }
      return reply({ conversation: c.view })
    },

    getTotalUnreadMessageCount: (): number => core.store.totalUnread(),

    async setMessageRead(o: { conversationID: string }) {
      if (o?.conversationID === CONV_SYSTEM) return reply({})
      const c = find(o?.conversationID)
      const newest = Math.max(c.top, c.last?.status === 'success' ? c.last.sequence : 0)
      if (c.view.unreadCount === 0 && c.view.groupAtInfoList.length === 0) return reply({})
      c.readSeq = Math.max(c.readSeq, newest)
      c.view.unreadCount = 0
      c.view.groupAtInfoList = []
      core.store.touch()
      await sendRead(c)
      return reply({})
    },

    async setAllMessageRead(o: { scope?: string } = {}) {
      const scopes: Record<string, string> = { readAllC2CMessage: 'c2c', readAllGroupMessage: 'group' }
      const Filter = scopes[o.scope ?? ''] ?? 'all'
      await core.call('conv.readall', { Filter })
      for (const c of core.store.conversations.values()) {
        if (Filter !== 'all' && !c.key.startsWith(Filter + '/')) continue
        c.readSeq = Math.max(c.readSeq, c.counted, c.top)
        c.view.unreadCount = 0
        c.view.groupAtInfoList = []
      }
      core.store.touch()
      return reply({})
    },

    async deleteConversation(o: string | { conversationIDList: string[]; clearHistoryMessage?: boolean }) {
      const list = typeof o === 'string' ? [o] : o?.conversationIDList
      need(Array.isArray(list), 'conversationIDList')
      const ClearRamble = typeof o === 'string' || o.clearHistoryMessage !== false ? 1 : 0
      for (const id of list) {
        const c = find(id)
        const { top } = c
        await core.call('conv.delete', { Conv: c.key, ClearRamble })
        if (c.top > top) continue // something new was said meanwhile
        c.listed = false
        c.view.unreadCount = 0
        if (ClearRamble) cleared(core, { MsgSeq: top }, c)
      }
      core.store.touch()
      return reply(typeof o === 'string' ? { conversationID: o } : { conversationIDList: list })
    },

    async clearHistoryMessage(conversationID: string) {
      const c = find(conversationID)
      const { top } = c
      await core.call('msg.clear', { Conv: c.key })
      cleared(core, { MsgSeq: top }, c)
      return reply({ conversationID })
    },

    async pinConversation(o: { conversationID: string; isPinned: boolean }) {
      const c = find(o?.conversationID)
      await core.call('conv.pin', { Conv: c.key, TopFlag: o.isPinned ? 1 : 0 })
      c.view.isPinned = o.isPinned
      core.store.touch()
      return reply({ conversationID: o.conversationID })
    },

    async setMessageRemindType(o: { userIDList?: string[]; groupID?: string; messageRemindType: string }) {
      const { messageRemindType, groupID } = o ?? {}
      need(messageRemindType, 'messageRemindType')
      const ids = groupID ? ['GROUP' + groupID] : (o.userIDList ?? []).map((id) => 'C2C' + id)
      need(ids.length > 0, 'userIDList or groupID')
      const done = await each(ids, async (c) => {
        await core.call('conv.mute', { Conv: c.key, RecvOpt: messageRemindType })
        core.store.settings(c, { RecvOpt: messageRemindType })
      })
      if (groupID) return reply({ groupID, messageRemindType })
      return reply({
        successUserIDList: done.data.successConversationIDList.map((id) => id.slice(3)),
        failureUserIDList: done.data.failureConversationIDList.map((f) => ({ userID: f.conversationID.slice(3), code: f.code, message: f.message })),
      })
    },

    markConversation(o: { conversationIDList: string[]; markType: number; enableMark: boolean }) {
      const n = Math.log2(o?.markType) + 1
      need(Number.isInteger(n), 'markType')
      return each(o.conversationIDList, async (c) => {
        await core.call('conv.mark', { Conv: c.key, [o.enableMark ? 'SetMark' : 'ClearMark']: [n] })
        c.view.markList = [...c.view.markList.filter((m) => m !== o.markType), ...(o.enableMark ? [o.markType] : [])]
      })
    },

    setConversationCustomData: (o: { conversationIDList: string[]; customData: string }) =>
      each(o?.conversationIDList, async (c) => {
        await core.call('conv.mark', { Conv: c.key, CustomMark: o.customData })
        c.view.customData = o.customData
      }),

    async setConversationDraft(o: { conversationID: string; draftText: string }) {
      const c = find(o?.conversationID)
      c.view.draftText = o.draftText ?? ''
      clearTimeout(drafts.get(c.key))
      const tell = () => void (core.me && core.call('conv.draft', { Conv: c.key, Draft: c.view.draftText }).catch(core.report))
      drafts.set(c.key, setTimeout(tell, draftRest))
      core.store.touch()
      return reply({ conversation: c.view })
    },

    /** The names, and the same names as a member: one kit reads `data`, another `data.groupList`. */
    async getConversationGroupList() {
      const list = [...(await loadConversationGroups(core))]
      return reply(Object.assign(list, { groupList: [...list] }))
    },

    createConversationGroup: (o: { groupName: string; conversationIDList: string[] }) => change('create', o?.groupName, o?.conversationIDList),
    addConversationsToGroup: (o: { groupName: string; conversationIDList: string[] }) => change('add', o?.groupName, o?.conversationIDList),
    deleteConversationsFromGroup: (o: { groupName: string; conversationIDList: string[] }) => change('remove', o?.groupName, o?.conversationIDList),

    async deleteConversationGroup(name: string) {
      await core.call('convgroup.delete', { GroupName: name })
      regroup(core, { GroupName: name, Deleted: 1 })
      return reply({})
    },

    async renameConversationGroup(o: { oldName: string; newName: string }) {
      await core.call('convgroup.rename', { OldName: o?.oldName, NewName: o?.newName })
      regroup(core, { GroupName: o.newName, OldName: o.oldName })
      return reply({})
    },
  }
}
