// Sending, and what is done to messages that were sent.

import { CODE, ChatError, need, reply, type Reply } from '../errors.ts'
import { deleted, shown } from '../events.ts'
import { bodyOf } from '../codec/elements.ts'
import { draft, readEntry, receipt, revoke, update } from '../codec/message.ts'
import { readReaction } from '../codec/models.ts'
import { isLive, keyOf, type Conv } from '../store.ts'
import { upload } from '../media.ts'
import type { Core } from '../core.ts'
import type { Message, Profile, Reaction, Wire } from '../types.ts'

/** How long a send waits for its answer, in ms. Tests shorten it. */
export const patience = { send: 20_000 }
/** How many messages one request may name. */
const atOnce = 30

export interface SendOptions {
  onlineUserOnly?: boolean
  offlinePushInfo?: { title?: string; description?: string; extension?: string; disablePush?: boolean }
  messageControlInfo?: { excludedFromUnreadCount?: boolean; excludedFromLastMessage?: boolean }
}

export interface Extension {
  key?: string
  value?: string
  extensionKey?: string
  extensionValue?: string
}

/** The options of a send, noted in the message so that a repeat has them, too. */
function note(m: Message, o: SendOptions): void {
  const push = o.offlinePushInfo
  const control = o.messageControlInfo
  if (o.onlineUserOnly) m._own.onlineOnly = true
  if (push) {
    const { title, description, extension } = push
    m.offlinePushInfo = { title: title ?? '', description: description ?? '', extension: extension ?? '' }
    m._own.push = {
      ...(title && { Title: title }), ...(description && { Desc: description }), ...(extension && { Ext: extension }),
      ...(push.disablePush && { PushFlag: 1 }),
    }
  }
  if (!control) return
  m._isExcludedFromUnreadCount = control.excludedFromUnreadCount === true
  m._isExcludedFromLastMessage = control.excludedFromLastMessage === true
  m._own.control = [...(m._isExcludedFromUnreadCount ? ['NoUnread'] : []), ...(m._isExcludedFromLastMessage ? ['NoLastMsg'] : [])]
}

/** A kit may hand over a copy of the message: what it has changed counts. */
function takeOver(m: Message, given: Message): void {
  if (m === given) return
  const { payload, cloudCustomData, needReadReceipt, quoteInfo, onProgress } = given
  Object.assign(m, { payload, cloudCustomData, needReadReceipt, ...(quoteInfo && { quoteInfo }), ...(onProgress && { onProgress }) })
}

export function sendMethods(core: Core) {
  async function send(given: Message, o: SendOptions = {}): Promise<Reply<{ message: Message }>> {
    need(given?.ID, 'message')
    const { store } = core
    const m = store.own(given)
    if (m.status === 'success') return reply({ message: m })
    takeOver(m, given)
    note(m, o ?? {})
    const c = store.conv(m.conversationID)
    m.status = 'unSend'
    c.local.add(m)
    try {
      if (m._own.file) await upload(core, m, store.uploads.signal)
      const a = await core.call('msg.send', draft(m, c.key), patience.send)
      stored(c, m, a)
    } catch (err) {
      if (m.status as string !== 'success') throw lost(m, err)
    }
    c.local.delete(m)
    return reply({ message: m })
  }

  /** stored notes that the server has a message of mine. */
  function stored(c: Conv, m: Message, a: Wire): void {
    m.status = 'success'
    m.time = a.MsgTime
    m._own.timeMs = a.MsgTimeMs ?? a.MsgTime * 1000
    if (m._own.onlineOnly) return
    m.sequence = a.MsgSeq ?? m.sequence
    m._elements = bodyOf(m)
    const members = core.store.groups.get(m.to)?.memberCount ?? 0
    if (m.needReadReceipt && m.conversationType === 'GROUP') m.readReceiptInfo = { readCount: 0, unreadCount: Math.max(0, members - 1), isPeerRead: false }
    if (m.sequence <= c.peerReadSeq && m.conversationType === 'C2C') m.isPeerRead = true
    if (!isLive(c) && a.MsgSeq) {
      core.store.insert(c, [m])
      core.sync.sent(c, a.MsgSeq, a.PrevSeq ?? a.MsgSeq - 1)
    }
    core.sync.latest(c, m)
    if (c.rev < 0 || !c.listed) core.sync.meet(c)
    core.store.touch()
  }

  /** lost gives what a send rejects with: the message has failed, and the error names it. */
  function lost(m: Message, err: unknown): ChatError {
    m.status = 'fail'
    const e = err instanceof ChatError ? err : new ChatError(CODE.timeout, String(err))
    e.data = { ...e.data, message: m }
    return e
  }

  async function withSeqs<T>(list: Message[], ask: (key: string, seqs: number[]) => Promise<T>): Promise<T[]> {
    const answers: T[] = []
    const key = list.length > 0 ? keyOf(list[0]!.conversationID) : ''
    for (let i = 0; i < list.length; i += atOnce) answers.push(await ask(key, list.slice(i, i + atOnce).map((m) => m.sequence)))
    return answers
  }

  const own = (list: Message[]): Message[] => {
    need(Array.isArray(list), 'messageList')
    return list.map((m) => core.store.own(m))
  }
  const at = (m: Message): Wire => {
    need(m?.ID, 'message')
    return { Conv: keyOf(m.conversationID), MsgSeq: m.sequence }
  }
  const mine = (m: Message): Set<string> => {
    const known = core.store.mine.get(m.ID) ?? new Set<string>()
    core.store.mine.set(m.ID, known)
    return known
  }

  return {
    sendMessage: send,
    resendMessage: send,

    async revokeMessage(given: Message) {
      need(given?.ID, 'message')
      const message = core.store.own(given)
      await core.call('msg.recall', { Conv: keyOf(message.conversationID), MsgId: message.ID })
      const { nick, avatar } = core.store.user(core.me).profile
      if (!message.isRevoked) revoke(message, { by: core.me, nick, avatar, reason: '' }, core.store)
      shown(core, core.store.conv(message.conversationID), message)
      return reply({ message })
    },

    async deleteMessage(list: Message[]) {
      const messageList = own(list)
      need(messageList.length > 0, 'messageList')
      const sent = messageList.filter((m) => m.status === 'success')
      await withSeqs(sent, (Conv, MsgSeqs) => core.call('msg.delete', { Conv, MsgSeqs }))
      const c = core.store.conv(messageList[0]!.conversationID)
      for (const m of messageList) {
        m.isDeleted = true
        c.local.delete(m)
      }
      deleted(core, c, (m) => m.isDeleted)
      return reply({ messageList })
    },

    async modifyMessage(given: Message) {
      need(given?.ID, 'message')
      const m = core.store.own(given)
      const { payload, cloudCustomData } = given
      const body = {
        Conv: keyOf(m.conversationID), MsgId: m.ID, MsgBody: bodyOf({ type: m.type, payload }),
        CloudCustomData: cloudCustomData, MsgVersion: m._own.version,
      }
      try {
        const { Message: raw } = await core.call('msg.modify', body)
        update(m, raw, core.store)
        shown(core, core.store.conv(m.conversationID), m)
        return reply({ message: m })
      } catch (err) {
        if (!(err instanceof ChatError) || err.code !== 20027) throw err
        if (err.data.Message) update(m, err.data.Message as Wire, core.store)
        throw new ChatError(CODE.modifyConflict, 'somebody was faster', { message: m })
      }
    },

    findMessage: (ID: string): Message | null => core.store.find(ID),

    async sendMessageReadReceipt(list: Message[]) {
      const wanted = own(list).filter((m) => m.needReadReceipt && m.flow === 'in' && m.sequence > 0)
      await withSeqs(wanted, (Conv, MsgSeqs) => core.call('msg.receipt.send', { Conv, MsgSeqs }))
      return reply({})
    },

    async getMessageReadReceiptList(list: Message[]) {
      const messageList = own(list)
      const wanted = messageList.filter((m) => m.needReadReceipt && m.flow === 'out' && m.status === 'success')
      const answers = await withSeqs(wanted, (Conv, MsgSeqs) => core.call('msg.receipts', { Conv, MsgSeqs }))
      for (const r of answers.flatMap((a) => a.ReceiptList as Wire[])) {
        const m = core.store.messages.get(r.MsgId)
        if (m && !r.Code) receipt(m, r)
      }
      return reply({ messageList })
    },

    async getGroupMessageReadMemberList(o: { message: Message; filter?: number; cursor?: string; count?: number }) {
      const body = { ...at(o?.message), Filter: o.filter ?? 0, Count: o.count ?? 100, ...(o.cursor && { Cursor: o.cursor }) }
      const a = await core.call('msg.readers', body)
      return reply({
        messageID: o.message.ID, cursor: a.Cursor ?? '', isCompleted: a.IsFinished === 1,
        readUserIDList: (a.ReadList ?? []).map((r: Wire) => r.Read_Account as string) as string[],
        unreadUserIDList: (a.UnreadList ?? []).map((r: Wire) => r.Unread_Account as string) as string[],
      })
    },

    async addMessageReaction(m: Message, reactionID: string) {
      need(typeof reactionID === 'string' && reactionID, 'reactionID')
      await core.call('msg.react', { ...at(m), ReactionId: reactionID })
      mine(m).add(reactionID)
      return reply({})
    },

    async removeMessageReaction(m: Message, reactionID: string) {
      await core.call('msg.unreact', { ...at(m), ReactionId: reactionID })
      mine(m).delete(reactionID)
      return reply({})
    },

    async getMessageReactions(o: { messageList: Message[]; maxUserCountPerReaction?: number }) {
      const list = own(o?.messageList).filter((m) => m.status === 'success' && m.sequence > 0 && core.features.has('reactions'))
      const MaxUsers = o.maxUserCountPerReaction ?? 10
      const answers = await withSeqs(list, (Conv, MsgSeqs) => core.call('msg.reactions', { Conv, MsgSeqs, MaxUsers }))
      const resultList = answers.flatMap((a) => a.List as Wire[]).map((one) => ({
        messageID: one.MsgId as string, reactionList: reactions(core, one),
      }))
      return reply({ resultList })
    },

    async getAllUserListOfMessageReaction(o: { message: Message; reactionID: string; nextSeq?: number | string; count?: number }) {
      const body = { ...at(o?.message), ReactionId: o.reactionID, Count: o.count ?? 100, ...(o.nextSeq && { Cursor: String(o.nextSeq) }) }
      const a = await core.call('msg.reaction.users', body)
      const userList = (a.Users as Wire[]).map(core.store.person)
      return reply({ userList: userList as Profile[], nextSeq: (a.Cursor || 0) as number | string, isCompleted: !a.Cursor })
    },

    async setMessageExtensions(m: Message, list: Extension[]) {
      need(Array.isArray(list) && list.length > 0, 'extensions')
      const ExtensionList = list.map((x) => ({ Key: x.key ?? x.extensionKey, Value: x.value ?? x.extensionValue }))
      const a = await core.call('msg.ext.set', { ...at(m), ExtensionList })
      const extensions = (a.ExtensionList as Wire[]).map((x) => ({
        key: x.Extension.Key as string, value: (x.Extension.Value ?? '') as string,
        ...(x.ErrorCode && { code: x.ErrorCode as number }),
      }))
      return reply({ extensions })
    },

    async getMessageExtensions(m: Message, keys: string[] = []) {
      const a = await core.call('msg.ext.get', at(m))
      const all = (a.ExtensionList as Wire[]).map((x) => ({ key: x.Key as string, value: x.Value as string }))
      return reply({ extensions: keys.length > 0 ? all.filter((x) => keys.includes(x.key)) : all })
    },

    async deleteMessageExtensions(m: Message, keys: string[] = []) {
      const a = await core.call('msg.ext.delete', { ...at(m), ...(keys.length > 0 && { Keys: keys }) })
      const extensions = (a.ExtensionList as Wire[]).map((x) => ({ key: (x.Extension?.Key ?? x.Key) as string, value: '', ...(x.ErrorCode && { code: x.ErrorCode as number }) }))
      return reply({ extensions })
    },

    /** The answer is the message itself, and has `code` and `data` besides: each kit reads another. */
    async downloadMergerMessage(given: Message): Promise<Message & Reply<{ messageList: object[] }>> {
      need(given?.payload, 'message')
      const m = core.store.own(given)
      const { payload } = m
      for (let cursor: string | undefined; payload.messageList.length === 0 || cursor;) {
        const a = await core.call('msg.merged', { JsonMsgKey: payload.downloadKey, ...(cursor && { Cursor: cursor }) })
        payload.messageList = [...payload.messageList, ...a.MsgList.map((raw: Wire) => readEntry(raw, core.store))]
        cursor = a.Cursor
        if (a.MsgList.length === 0 && !cursor) break
      }
      return Object.assign(Object.create(m), { code: 0, data: { messageList: payload.messageList } })
    },

    async pinGroupMessage(o: { groupID: string; message: Message; isPinned: boolean }) {
      await core.call(o?.isPinned ? 'msg.pin' : 'msg.unpin', at(o?.message))
      core.store.own(o.message).isPinned = o.isPinned
      return reply({})
    },

    async getPinnedGroupMessageList(groupID: string) {
      const a = await core.call('msg.pins', { Conv: 'group/' + groupID })
      return reply({ messageList: (a.MsgList as Wire[]).map((raw) => core.store.message(raw, 'GROUP' + groupID)) })
    },
  }
}

function reactions(core: Core, one: Wire): Reaction[] {
  const list = one.ReactionList as Wire[]
  core.store.mine.set(one.MsgId, new Set(list.filter((r) => r.ReactedByMyself === 1).map((r) => r.ReactionId as string)))
  return list.map((r) => readReaction(r, r.ReactedByMyself === 1, core.store.person))
}

