// What each kind of event changes in the store, and what applications are told of it.

import { EVENT } from './constants.ts'
import { body, notice, receipt, revoke, update } from './codec/message.ts'
import { person } from './codec/elements.ts'
import { readApplication, readReaction } from './codec/models.ts'
import { counts, idOf, lastOf, type Conv } from './store.ts'
import { dropApplication, dropFriend, keepFriend, loadApplications, loadFriendGroups, loadFriends } from './methods/friends.ts'
import { knowUsers, loadBlacklist } from './methods/people.ts'
import { loadConversationGroups, regroup } from './methods/conversations.ts'
import { loadGroups } from './methods/groups.ts'
import type { Core } from './core.ts'
import type { Message, Wire } from './types.ts'

type Handle = (core: Core, e: Wire, c: Conv) => void

/** apply does what an event says. Its conversation is made when it is new here. */
export function apply(core: Core, e: Wire): void {
  const handle = handlers[e.Kind]
  const c: Conv = e.Conv ? core.store.conv(idOf(e.Conv)) : (undefined as never)
  if (e.Cut) void cut(core, e, c).catch(core.report)
  else if (handle) handle(core, e, c)
}

/** cut asks for what an event had to leave out because it was too long. */
async function cut(core: Core, e: Wire, c: Conv): Promise<void> {
  const { store } = core
  if (e.MsgId) {
    const { MsgList: [raw] } = await core.call('msg.get', { Conv: c.key, MsgIds: [e.MsgId] })
    if (raw) modify(core, { Message: raw }, c)
  } else if (e.UserID) {
    store.user(e.UserID).at = 0
    await knowUsers(core, [e.UserID])
    core.emit(EVENT.PROFILE_UPDATED, [store.user(e.UserID).profile])
  } else if (e.Kind === 'friendgroup') await friendGroups(core)
  else if (e.Kind === 'friend') {
    store.friends = null
    core.emit(EVENT.FRIEND_LIST_UPDATED, [...(await loadFriends(core)).values()])
  } else if (c) refresh(core, c)
}

const handlers: Record<string, Handle> = {
  read: (core, e, c) => (e.By === core.me ? readByMe(core, e, c) : readByPeer(core, e, c)),
  receipt: receipts,
  recall,
  modify,
  reaction,
  extension,
  pin: (core, e, c) => void pin(core, e, c).catch(core.report),
  attrs,
  counters,
  conversation,
  delete: (core, e, c) => deleted(core, c, (m) => e.MsgSeqs.includes(m.sequence)),
  clear: cleared,
  group: groupNotice,
  friend: (core, e) => void friend(core, e).catch(core.report),
  friendgroup: (core) => void friendGroups(core).catch(core.report),
  black: (core, e) => void black(core, e).catch(core.report),
  convgroup: (core, e) => void conversationGroup(core, e).catch(core.report),
  profile,
  presence,
}

/** named finds the message that an event is about. */
function named(core: Core, e: Wire, c: Conv): Message | null {
  return core.store.messages.get(e.MsgId) ?? c.window.find((m) => m.sequence === e.MsgSeq) ?? null
}

/** shown renews what the list says of the last message, if it is this one. */
export function shown(core: Core, c: Conv, m: Message): void {
  if (c.last !== m) return
  c.view.lastMessage = lastOf(m)
  core.store.touch()
}

function readByPeer(core: Core, e: Wire, c: Conv): void {
  if (!e.Conv.startsWith('c2c/')) return
  c.peerReadSeq = Math.max(c.peerReadSeq, e.ReadSeq)
  const fresh = c.window.filter((m) => m.flow === 'out' && !m.isPeerRead && m.status === 'success' && m.sequence <= c.peerReadSeq)
  for (const m of fresh) m.isPeerRead = true
  if (c.last?.flow === 'out' && c.last.sequence <= c.peerReadSeq) c.last.isPeerRead = true
  if (fresh.length > 0) core.emit(EVENT.MESSAGE_READ_BY_PEER, fresh)
  if (c.last) shown(core, c, c.last)
}

/** readByMe counts what is left; from the window when it reaches that far, else the server does. */
function readByMe(core: Core, e: Wire, c: Conv): void {
  c.readSeq = Math.max(c.readSeq, e.ReadSeq)
  c.view.groupAtInfoList = c.view.groupAtInfoList.filter((a) => a.messageSequence > c.readSeq)
  const first = c.window[0]
  if (c.readSeq >= c.top) c.view.unreadCount = 0
  else if (first && first.sequence <= c.readSeq + 1) c.view.unreadCount = c.window.filter((m) => counts(m, c)).length
  else refresh(core, c)
  core.store.touch()
}

/** refresh asks the server for a conversation's item again. */
export function refresh(core: Core, c: Conv): void {
  const { store } = core
  core.latest(c.view.conversationID, 'conv.get', { Conv: c.key }).then((raw) => {
    if (core.store !== store) return
    c.last = null
    store.item(raw)
    store.touch()
  }, core.report)
}

function receipts(core: Core, e: Wire, c: Conv): void {
  const list = []
  for (const r of e.ReceiptList as Wire[]) {
    const m = core.store.messages.get(r.MsgId)
    if (m) receipt(m, r)
    if (m?.flow === 'in') continue
    const { conversationID, type } = c.view
    const where = type === 'C2C' ? { userID: conversationID.slice(3) } : { groupID: conversationID.slice(5) }
    const readReceipt = { readCount: r.ReadNum ?? 0, unreadCount: r.UnreadNum ?? 0, isPeerRead: r.IsPeerRead === 1 }
    list.push({ messageID: r.MsgId, ...where, ...readReceipt, timestamp: Math.floor(e.EventTime / 1000) })
  }
  if (list.length > 0) core.emit(EVENT.MESSAGE_READ_RECEIPT_RECEIVED, list)
}

function recall(core: Core, e: Wire, c: Conv): void {
  const m = named(core, e, c)
  if (!m) return
  revoke(m, { by: e.Operator_Account, nick: e.Nick, avatar: e.FaceUrl, reason: e.Reason ?? '' }, core.store)
  core.emit(EVENT.MESSAGE_REVOKED, [m])
  shown(core, c, m)
}

function modify(core: Core, e: Wire, c: Conv): void {
  const m = core.store.messages.get(e.Message.MsgId)
  if (!m) return
  update(m, e.Message, core.store)
  if (e.Message.MsgBody) body(m, e.Message.MsgBody, core.store)
  m.isModified = true
  core.emit(EVENT.MESSAGE_MODIFIED, [m])
  shown(core, c, m)
}

/** reactedByMe: the event names some users; where it does not name all, what is known stays. */
function reactedByMe(core: Core, messageID: string, raw: Wire): boolean {
  const users: Wire[] = raw.Users ?? []
  const known = core.store.mine.get(messageID) ?? new Set<string>()
  core.store.mine.set(messageID, known)
  const mine = users.some((u) => u.UserID === core.me) || (users.length < raw.TotalUserCount && known.has(raw.ReactionId))
  if (mine) known.add(raw.ReactionId)
  else known.delete(raw.ReactionId)
  return mine
}

function reaction(core: Core, e: Wire): void {
  const list = e.ReactionList as Wire[]
  const reactionList = list.map((r) => readReaction(r, reactedByMe(core, e.MsgId, r), core.store.person))
  core.emit(EVENT.MESSAGE_REACTIONS_UPDATED, { messageID: e.MsgId, reactionList })
}

function extension(core: Core, e: Wire): void {
  const set = e.Set as Wire[]
  if (set.length > 0) {
    const extensions = set.map((x) => ({ key: x.Key, value: x.Value }))
    core.emit(EVENT.MESSAGE_EXTENSIONS_UPDATED, { messageID: e.MsgId, extensions })
  }
  if (e.Deleted.length > 0) core.emit(EVENT.MESSAGE_EXTENSIONS_DELETED, { messageID: e.MsgId, keyList: e.Deleted })
}

async function pin(core: Core, e: Wire, c: Conv): Promise<void> {
  let message = named(core, e, c)
  if (!message) {
    const { MsgList: [raw] } = await core.call('msg.get', { Conv: c.key, MsgIds: [e.MsgId] })
    if (!raw) return
    message = core.store.message(raw, c.view.conversationID)
  }
  message.isPinned = e.Pinned === 1
  const data = { groupID: message.to, message, isPinned: message.isPinned, operatorInfo: person(e.Operator) }
  core.emit(EVENT.PINNED_GROUP_MESSAGE_UPDATED, data)
}

function attrs(core: Core, e: Wire, c: Conv): void {
  const groupID = c.view.conversationID.slice(5)
  core.store.tell('attributes of ' + groupID)
  const groupAttributes = Object.fromEntries((e.GroupAttr as Wire[]).map((a) => [a.key, a.value]))
  core.store.group(groupID).groupAttributes = groupAttributes
  const data = { groupID, groupAttributes, updatedKeyList: e.Set ?? [], deletedKeyList: e.Deleted ?? [] }
  core.emit(EVENT.GROUP_ATTRIBUTES_UPDATED, data, data)
}

function counters(core: Core, e: Wire, c: Conv): void {
  const groupID = c.view.conversationID.slice(5)
  core.store.tell('counters of ' + groupID)
  const group = core.store.group(groupID)
  const known = (group.groupCounters ??= {})
  const changed = (e.GroupCounter ?? []) as Wire[]
  for (const { Key: key, Value: value } of changed) known[key] = value
  for (const key of e.Deleted ?? []) delete known[key]
  for (const { Key: key, Value: value } of changed) core.emit(EVENT.GROUP_COUNTER_UPDATED, { groupID, key, value })
  for (const key of e.Deleted ?? []) core.emit(EVENT.GROUP_COUNTER_UPDATED, { groupID, key, value: 0 })
}

function conversation(core: Core, e: Wire, c: Conv): void {
  core.store.tell(c.view.conversationID)
  core.store.settings(c, e)
  if (e.Deleted) {
    if (e.ReadSeq === undefined || e.ReadSeq >= c.top) c.listed = false
    c.readSeq = Math.max(c.readSeq, e.ReadSeq ?? 0)
    c.view.unreadCount = 0
    c.view.groupAtInfoList = []
    c.view.isPinned = false
    c.view.draftText = ''
  } else if (!c.listed && (e.TopFlag || e.Draft)) core.sync.meet(c)
  if (e.LastMsg !== undefined) core.store.setLast(c, e.LastMsg && core.store.message(e.LastMsg, c.view.conversationID))
  if (e.UnreadNum !== undefined) c.view.unreadCount = e.UnreadNum
  core.store.touch()
}

/** deleted takes messages out of my view; the next last one is the server's to say. */
export function deleted(core: Core, c: Conv, which: (m: Message) => boolean): void {
  for (const m of c.window) if (which(m)) m.isDeleted = true
  if (c.last && which(c.last)) c.last.isDeleted = true
  c.window = c.window.filter((m) => !m.isDeleted)
  if (c.last?.isDeleted || c.view.unreadCount > 0) refresh(core, c)
}

export function cleared(core: Core, e: Wire, c: Conv): void {
  for (const m of c.window) if (m.sequence <= e.MsgSeq) m.isDeleted = true
  c.window = c.window.filter((m) => !m.isDeleted)
  c.complete = true
  c.top = Math.max(c.top, e.MsgSeq)
  c.view.unreadCount = c.window.filter((m) => counts(m, c)).length
  c.view.groupAtInfoList = []
  const { timeMs } = c
  if (!c.window.includes(c.last!)) core.store.setLast(c, null)
  c.timeMs = timeMs
  core.store.touch()
}

/** tipped takes over what a tip says of its group. */
export function tipped(core: Core, m: Message, content: Wire): void {
  core.store.tell('GROUP' + m.to)
  const g = core.store.group(m.to, content.NewGroupInfo ?? {})
  const { memberCount } = g
  if (content.MemberNum) g.memberCount = g.memberNum = content.MemberNum
  const counted = g.memberCount !== memberCount && g.type !== 'AVChatRoom' // there people come and go all the time
  if (counted || m.payload.operationType === 6) groupsMoved(core)
}

/** A notice is a message, and some change which groups I am in, or what I may do there. */
function groupNotice(core: Core, e: Wire): void {
  const { store } = core
  const m = notice(e)
  if (m) {
    store.messages.set(m.ID, m)
    core.sync.receive(m)
  }
  const id: string = e.TopicId ?? e.GroupId
  if (e.TopicId) return
  store.tell('GROUP' + id)
  const self = store.group(id).selfInfo
  if (e.OpType === 9) self.role = 'Admin'
  else if (e.OpType === 10) self.role = 'Member'
  else if (e.OpType === 17) self.muteTime = e.MuteTime ? Math.floor(e.EventTime / 1000) + e.MuteTime : 0
  else if ([4, 5, 8, 11].includes(e.OpType)) {
    self.role = ''
    store.rooms.delete(id)
    groupsMoved(core)
  } else if ([2, 6, 7].includes(e.OpType)) {
    void entered(core, id).catch(core.report)
  }
}

/** entered knows a group that I have come into. */
export async function entered(core: Core, groupID: string): Promise<void> {
  const { store } = core
  const { GroupInfo: [raw] } = await core.latest('GROUP' + groupID, 'group.get', { GroupIdList: [groupID] })
  if (core.store !== store || !raw || raw.ErrorCode) return
  store.group(groupID, raw)
  groupsMoved(core)
  const item = await core.latest('GROUP' + groupID, 'conv.get', { Conv: 'group/' + groupID }).catch(() => null)
  if (!item || core.store !== store) return
  const c = store.item(item)
  if (raw.Type !== 'Work' || item.LastMsg) c.listed = true // a Work group stays out until its first message
  store.touch()
}

export function groupsMoved(core: Core): void {
  const { store } = core
  loadGroups(core).then(() => core.store === store && core.emit(EVENT.GROUP_LIST_UPDATED, store.groupList()), core.report)
}

async function friend(core: Core, e: Wire): Promise<void> {
  if (e.What.startsWith('request')) return requests(core, e)
  const known = await loadFriends(core)
  if (e.What === 'delete') dropFriend(core, e.Friend.To_Account)
  else keepFriend(core, e.Friend)
  core.emit(EVENT.FRIEND_LIST_UPDATED, [...known.values()])
}

async function requests(core: Core, e: Wire): Promise<void> {
  const known = await loadApplications(core)
  if (e.UnreadNum !== undefined) known.unread = e.UnreadNum
  if (e.Request) {
    const application = readApplication(e.Request, core.store.userPicture)
    dropApplication(core, application.userID, application.type)
    if (e.What === 'request') known.list.unshift(application)
  }
  core.emit(EVENT.FRIEND_APPLICATION_LIST_UPDATED, { friendApplicationList: [...known.list], unreadCount: known.unread })
}

/** An event may leave out who is in a large group: the groups are asked for again. */
async function friendGroups(core: Core): Promise<void> {
  const groups = await loadFriendGroups(core, true)
  core.emit(EVENT.FRIEND_GROUP_LIST_UPDATED, [...groups.values()])
}

async function black(core: Core, e: Wire): Promise<void> {
  const { store } = core
  const gone = new Set<string>([...(e.Add ?? []), ...(e.Delete ?? [])])
  const known = await loadBlacklist(core)
  store.black = [...(e.Add ?? []), ...known.filter((id) => !gone.has(id))]
  core.emit(EVENT.BLACKLIST_UPDATED, [...store.black])
}

async function conversationGroup(core: Core, e: Wire): Promise<void> {
  const { store } = core
  await loadConversationGroups(core)
  regroup(core, e)
  core.emit(EVENT.CONVERSATION_GROUP_LIST_UPDATED, [...store.conversationGroups!])
  const conversationList = store.list().filter((v) => v.conversationGroupList.includes(e.GroupName))
  core.emit(EVENT.CONVERSATION_IN_GROUP_UPDATED, { groupName: e.GroupName, conversationList })
}

function profile(core: Core, e: Wire): void {
  core.store.tell('C2C' + e.UserID)
  core.emit(EVENT.PROFILE_UPDATED, [core.store.profile(e.UserID, e.ProfileItem, false)])
  if (core.store.conversations.has('C2C' + e.UserID)) core.store.touch()
}

export const statusOf: Record<string, number> = { Online: 1, PushOnline: 2, Offline: 2, Unknown: 3 }

function presence(core: Core, e: Wire): void {
  const status = { userID: e.UserID, statusType: statusOf[e.State] ?? 0, customStatus: e.CustomStatus ?? '' }
  core.emit(EVENT.USER_STATUS_UPDATED, [status])
}
