// Messages: from what the server says to the one object that applications keep.

import type { Message, MessageInner, Wire } from '../types.ts'
import { CONV_SYSTEM, bodyOf, person, readElement, readTip } from './elements.ts'
import { shownType } from './models.ts'

/** What reading a message needs to know of its surroundings. */
export interface Context {
  me: string
  /** Completes an address that is relative to the server. */
  url(address: string): string
  userPicture(id: string, address?: string): string
  nick(id: string): string
  remark(id: string): string
  groupName(id: string): string
}

export function emptyMessage(ID: string, conversationID: string): Message {
  const m = {
    ID, conversationID,
    conversationType: conversationID.startsWith('C2C') ? 'C2C' : conversationID === CONV_SYSTEM ? CONV_SYSTEM : 'GROUP',
    type: 'TIMTextElem', payload: { text: '' }, from: '', to: '', flow: 'in', time: 0, clientTime: 0, sequence: 0, random: 0, status: 'success',
    nick: '', avatar: '', nameCard: '', friendRemark: '', cloudCustomData: '', atUserList: [], priority: 'Normal',
    receiverList: [], isRevoked: false, revoker: '', revokerInfo: { userID: '', nick: '', avatar: '' },
    revokeReason: '', isDeleted: false, isModified: false, isPeerRead: false, needReadReceipt: false,
    readReceiptInfo: { readCount: 0, unreadCount: 0, isPeerRead: false }, isSupportExtension: false, isPinned: false,
    progress: 0, isBroadcastMessage: false, hasRiskContent: false, _isExcludedFromUnreadCount: false,
    _isExcludedFromLastMessage: false, _elements: [],
  } as unknown as Message
  const inner: MessageInner = { timeMs: 0, version: 0 }
  Object.defineProperty(m, '_own', { value: inner, enumerable: false })
  return m
}

/** update takes over what the server says of a message; the object stays the same. */
export function update(m: Message, raw: Wire, c: Context): Message {
  const own = m._own
  m.from = raw.From_Account ?? ''
  m.to = raw.GroupId ?? raw.To_Account ?? m.to
  m.flow = m.from === c.me ? 'out' : 'in'
  m.time = raw.MsgTime ?? m.time
  if (!m.clientTime) m.clientTime = m.time
  m.sequence = raw.MsgSeq ?? m.sequence
  m.random = raw.MsgRandom ?? 0
  m.status = 'success'
  own.timeMs = raw.MsgTimeMs ?? m.time * 1000
  own.version = raw.MsgVersion ?? 0
  own.clientID = raw.ClientMsgId ?? own.clientID
  names(m, raw, c)
  m.cloudCustomData = raw.CloudCustomData ?? ''
  m.atUserList = ((raw.GroupAtInfo ?? []) as Wire[]).map((a) => (a.GroupAtAllFlag === 1 ? '__kImSDK_MesssageAtALL__' : a.GroupAt_Account))
  m.priority = raw.MsgPriority ?? 'Normal'
  m.receiverList = raw.To_AccountList ?? []
  m.isModified = raw.IsModified === 1 || m.isModified
  m.needReadReceipt = raw.IsNeedReadReceipt === 1
  m.isSupportExtension = raw.SupportMessageExtension === 1
  m.isPinned = raw.IsPinned === 1
  if (raw.ReadNum !== undefined || raw.UnreadNum !== undefined) receipt(m, raw)
  const control: string[] = raw.SendMsgControl ?? []
  m._isExcludedFromUnreadCount = control.includes('NoUnread')
  m._isExcludedFromLastMessage = control.includes('NoLastMsg')
  if (raw.Quote) m.quoteInfo = { msgID: raw.Quote.MsgId ?? '', messageSequence: raw.Quote.MsgSeq ?? 0, messageTime: raw.Quote.MsgTime ?? 0 }
  const push: Wire | undefined = raw.OfflinePushInfo
  if (push) m.offlinePushInfo = { title: push.Title ?? '', description: push.Desc ?? '', extension: push.Ext ?? '' }
  if (raw.IsPlaceMsg) revoke(m, { by: raw.Revoker_Account ?? '', reason: raw.RevokeReason ?? '' }, c)
  if (raw.MsgBody?.length) body(m, raw.MsgBody, c)
  return m
}

function names(m: Message, raw: Wire, c: Context): void {
  m.nick = raw.From_Nick || m.nick || c.nick(m.from)
  m.avatar = c.userPicture(m.from, raw.From_FaceUrl || m.avatar)
  m.nameCard = raw.From_NameCard ?? m.nameCard
  m.friendRemark = c.remark(m.from)
}

export function receipt(m: Message, raw: Wire): void {
  m.readReceiptInfo = { readCount: raw.ReadNum ?? 0, unreadCount: raw.UnreadNum ?? 0, isPeerRead: raw.IsPeerRead === 1 }
}

export function revoke(m: Message, why: { by: string; nick?: string; avatar?: string; reason: string }, c: Context): void {
  m.isRevoked = true
  m.revoker = why.by
  m.revokerInfo = { userID: why.by, nick: why.nick || c.nick(why.by), avatar: c.userPicture(why.by, why.avatar) }
  m.revokeReason = why.reason
}

/** body shows the first element; several texts in one body are one text. */
export function body(m: Message, elements: Wire[], c: Context): void {
  const first = elements[0]!
  m._elements = elements
  m.type = first.MsgType
  if (m.type === 'TIMGroupTipElem') return tip(m, first.MsgContent ?? {}, c)
  m.payload = readElement(first, c.url, (raw) => readEntry(raw, c))
  if (m.type === 'TIMTextElem' && elements.length > 1) {
    m.payload.text = elements.filter((e) => e.MsgType === m.type).map((e) => e.MsgContent?.Text ?? '').join('')
  }
}

function tip(m: Message, content: Wire, c: Context): void {
  const payload = readTip(content, { groupID: m.to, name: c.groupName(m.to) })
  m.payload = payload ?? { operationType: 0 }
  m.from = m.payload.operatorID || m.from
  m.nick = m.payload.operatorInfo?.nick || m.nick
  for (const p of payload ? [payload.operatorInfo, ...payload.memberList] : []) p.avatar = c.userPicture(p.userID, p.avatar)
}

/** A tip that is not shown: of a topic, or of a pin. */
export const hidden = (m: Message): boolean => m.type === 'TIMGroupTipElem' && m.payload.operationType === 0

/** readEntry reads a message inside a merged one. */
export function readEntry(raw: Wire, c: Context): object {
  const parts = ((raw.MsgBody ?? []) as Wire[]).map((e) => ({ type: e.MsgType as string, payload: readElement(e, c.url, (r) => readEntry(r, c)) }))
  const first = parts[0] ?? { type: 'TIMTextElem', payload: { text: '' } }
  return {
    ID: raw.MsgId ?? '', from: raw.From_Account ?? '', to: raw.GroupId ?? raw.To_Account ?? '',
    conversationType: raw.GroupId ? 'GROUP' : 'C2C', nick: raw.From_Nick || c.nick(raw.From_Account),
    avatar: c.userPicture(raw.From_Account, raw.From_FaceUrl), time: raw.MsgTimeStamp ?? raw.MsgTime ?? 0,
    sequence: raw.MsgSeq ?? 0, random: raw.MsgRandom ?? 0,
    type: first.type, payload: first.payload, messageBody: parts, cloudCustomData: raw.CloudCustomData ?? '',
  }
}

/** draft writes what `msg.send` wants of a message. */
export function draft(m: Message, conv: string): Wire {
  const own = m._own
  const at = m.atUserList.map((id) => (id === '__kImSDK_MesssageAtALL__' ? { GroupAtAllFlag: 1 } : { GroupAtAllFlag: 0, GroupAt_Account: id }))
  return {
    Conv: conv, ClientMsgId: own.clientID, MsgRandom: m.random, MsgBody: bodyOf(m),
    ...(m.cloudCustomData && { CloudCustomData: m.cloudCustomData }),
    ...(at.length > 0 && { GroupAtInfo: at }),
    ...(m.receiverList.length > 0 && { To_Account: m.receiverList }),
    ...(m.priority !== 'Normal' && { MsgPriority: m.priority }),
    ...(m.needReadReceipt && { IsNeedReadReceipt: 1 }),
    ...(m.isSupportExtension && { SupportMessageExtension: 1 }),
    ...(m.quoteInfo && { Quote: { MsgId: m.quoteInfo.msgID, MsgSeq: m.quoteInfo.messageSequence, MsgTime: m.quoteInfo.messageTime } }),
    ...(own.control?.length && { SendMsgControl: own.control }),
    ...(own.push && { OfflinePushInfo: own.push }),
    ...(own.onlineOnly && { OnlineOnlyFlag: 1 }),
  }
}

/** Notices that have another number at this door, and those that are no message. */
const noticeNumbers: Record<number, number> = { 11: 5, 15: 0, 16: 255, 20: 0, 21: 0 }

/** notice makes the message of a `group` event; null: it is none. */
export function notice(event: Wire): Message | null {
  const operationType = noticeNumbers[event.OpType] ?? event.OpType
  if (!operationType) return null
  const m = emptyMessage(event.EventSeq ? `notice-${event.EventSeq}` : `notice-${event.EventTime}-${event.GroupId}`, CONV_SYSTEM)
  const operator = person(event.Operator)
  m.type = 'TIMGroupSystemNoticeElem'
  m.from = CONV_SYSTEM
  m.to = event.GroupId
  m.time = m.clientTime = Math.floor(event.EventTime / 1000)
  m._own.timeMs = event.EventTime
  m.nick = operator.nick
  m.payload = {
    operationType, operatorID: operator.userID,
    groupProfile: { groupID: event.GroupId, name: event.Group?.Name ?? '', type: shownType(event.Group?.Type ?? ''), avatar: event.Group?.FaceUrl ?? '' },
    requestMsg: event.RequestMsg ?? '', handledMsg: event.HandleMsg ?? event.Reason ?? '',
    userDefinedField: event.Content ?? '', muteTime: event.MuteTime ?? 0, messageKey: event.ApplicationId ?? '',
  }
  return m
}
