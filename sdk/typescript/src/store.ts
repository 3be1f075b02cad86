// What is known while somebody is logged in: conversations with their numbers, one
// object for each message, users and groups. Memory is the only store.

import { wordsFor } from './codec/elements.ts'
import { emptyMessage, update, type Context } from './codec/message.ts'
import { emptyGroup, emptyProfile, shownType, updateGroup, updateProfile } from './codec/models.ts'
import type { Conversation, Friend, FriendApplication, FriendGroup, Group, LastMessage, Message, Options, Profile, Wire } from './types.ts'

/** At most one whole list in this time, in ms. */
const listPause = 50
/** So many messages that are not stored are remembered, to know a repeat. */
const looseMessages = 500
/** So many messages are kept beside those of conversations that are looked at. */
const keptMessages = 10_000
/** So many conversations are looked at: those of which messages were asked for last. */
const lookedAt = 4

/** A conversation with what the SDK needs beside what applications see. */
export interface Conv {
  view: Conversation
  /** `c2c/…` or `group/…`. */
  key: string
  listed: boolean
  /** The highest number below which nothing that I may see is missing; −1: not known. */
  top: number
  /** Numbers above top that are known; those with `raw` have not been shown yet. */
  have: Map<number, { prev: number; raw?: Wire }>
  /** −1: not known. */
  rev: number
  readSeq: number
  peerReadSeq: number
  /** Up to here the server has counted what is unread. */
  counted: number
  /** Something has come since the last `Since`. */
  moved: boolean
  /** A run of messages without a hole up to the newest. */
  window: Message[]
  /** The window begins with the first message there is. */
  complete: boolean
  /** Mine that are under way or have failed. */
  local: Set<Message>
  last: Message | null
  timeMs: number
  repair?: ReturnType<typeof setTimeout>
  repairing: boolean
}

export const keyOf = (conversationID: string): string =>
  conversationID.startsWith('C2C') ? 'c2c/' + conversationID.slice(3) : 'group/' + conversationID.slice(5)
export const idOf = (key: string): string => (key.startsWith('c2c/') ? 'C2C' + key.slice(4) : 'GROUP' + key.slice(6))

export class Store implements Context {
  conversations = new Map<string, Conv>()
  /** All of them in the order of the last list, so that the next is made quickly. */
  private order: Conv[] = []
  messages = new Map<string, Message>()
  /** When there are so many, some are forgotten. */
  private room = keptMessages
  /** Whose messages were asked for, the last one at the end. */
  private looked: Conv[] = []
  loose = new Map<string, Message>()
  users = new Map<string, { profile: Profile; at: number; remark: string }>()
  groups = new Map<string, Group>()
  /** Asked once, then kept up by events; null: not asked yet. */
  joined: Promise<void> | null = null
  friends: Map<string, Friend> | null = null
  black: string[] | null = null
  friendGroups: Map<string, FriendGroup> | null = null
  applications: { list: FriendApplication[]; unread: number } | null = null
  conversationGroups: string[] | null = null
  /** What a new connection has to be told again: whose state is watched, which live rooms I am in. */
  watched = new Set<string>()
  rooms = new Set<string>()
  /** Reactions of mine, by message. */
  mine = new Map<string, Set<string>>()
  listComplete = false
  /** How often something was told about a conversation, its peer or its group. */
  told = new Map<string, number>()
  readonly uploads = new AbortController()
  /** Called when a message that has failed turns out to be stored all the same. */
  turned: (m: Message) => void = () => {}
  private pause: ReturnType<typeof setTimeout> | undefined
  private dirty = false

  constructor(readonly me: string, private options: Options, private address: () => string, private show: (list: Conversation[], unread: number) => void) {}

  // What reading a message needs to know.

  url = (address: string): string => {
    if (!address.startsWith('/')) return address
    const base = new URL(this.address())
    return `${base.protocol === 'wss:' ? 'https:' : 'http:'}//${base.host}${address}`
  }

  userPicture = (id: string, address?: string): string => address || picture(this.options.userAvatar, id, this.nick(id))
  groupPicture = (id: string, address?: string): string => address || picture(this.options.groupAvatar, id, this.groupName(id))
  nick = (id: string): string => this.users.get(id)?.profile.nick ?? ''
  remark = (id: string): string => this.users.get(id)?.remark ?? ''
  groupName = (id: string): string => this.groups.get(id)?.name ?? ''

  user(id: string): { profile: Profile; at: number; remark: string } {
    let u = this.users.get(id)
    if (!u) this.users.set(id, (u = { profile: { ...emptyProfile(id), avatar: this.userPicture(id) }, at: 0, remark: '' }))
    return u
  }

  /** remarked knows what I call somebody. */
  remarked(id: string, remark: string): void {
    this.user(id).remark = remark
    const c = this.conversations.get('C2C' + id)
    if (!c || c.view.remark === remark) return
    c.view.remark = remark
    this.touch()
  }

  /** tell notes that what is asked about it now may be answered with what was before. */
  tell(id: string): void {
    this.told.set(id, (this.told.get(id) ?? 0) + 1)
  }

  /** person knows somebody by what an event or a message says of them. */
  person = (p: Wire): Profile => {
    const { profile } = this.user(p.UserID)
    if (p.Nick) profile.nick = p.Nick
    if (p.FaceUrl) profile.avatar = p.FaceUrl
    return profile
  }

  profile(id: string, items: Wire[], whole: boolean): Profile {
    const u = this.user(id)
    if (whole) u.at = Date.now()
    return updateProfile(u.profile, items, whole, this.userPicture)
  }

  group(id: string, raw: Wire = {}): Group {
    let g = this.groups.get(id)
    if (!g) this.groups.set(id, (g = emptyGroup(id)))
    return updateGroup(g, raw, this.me, this.groupPicture)
  }

  /** A group I am in. */
  isMember = (g: Group): boolean => g.selfInfo.role !== ''

  // Messages.

  find(ID: string): Message | null {
    return this.messages.get(ID) ?? this.loose.get(ID) ?? null
  }

  /** own gives the one object of a message, also for a copy or a proxy of it. */
  own(m: Message): Message {
    return this.find(m.ID) ?? m
  }

  /** message gives the one object, with what the server says of it now. */
  message(raw: Wire, conversationID: string): Message {
    let m = this.messages.get(raw.MsgId)
    if (!m) {
      this.messages.set(raw.MsgId, (m = emptyMessage(raw.MsgId, conversationID)))
      this.forgetSome()
    }
    const failed = m.status === 'fail'
    update(m, raw, this)
    const conv = this.conversations.get(conversationID)
    if (failed) this.turned(m)
    if (conv && m.flow === 'out' && m.conversationType === 'C2C') m.isPeerRead = m.sequence <= conv.peerReadSeq
    return m
  }

  /** look keeps the messages of a conversation, for it is looked at. */
  look(c: Conv): void {
    if (this.looked.at(-1) === c) return
    this.looked = [...this.looked.filter((one) => one !== c), c].slice(-lookedAt)
  }

  /** forgetSome drops the oldest messages that nobody looks at, many at a time: a map is slow at its beginning. */
  private forgetSome(): void {
    if (this.messages.size < this.room) return
    let over = this.messages.size - keptMessages
    for (const m of this.messages.values()) {
      if (over-- <= 0) break
      const c = this.conversations.get(m.conversationID)
      if (c && c.last !== m && !c.local.has(m) && !this.looked.includes(c)) this.forget(c, m)
    }
    this.room = this.messages.size + keptMessages / 10
  }

  /** forget drops a message, and what is older in its window, which has no hole. */
  private forget(c: Conv, m: Message): void {
    const at = c.window.indexOf(m)
    const gone = at < 0 ? [m] : c.window.splice(0, at + 1)
    if (at >= 0) c.complete = false
    for (const one of gone) {
      this.mine.delete(one.ID)
      this.messages.delete(one.ID)
    }
  }

  /** detached reads a message that the store does not keep. */
  detached(raw: Wire, conversationID: string): Message {
    return update(emptyMessage(raw.MsgId, conversationID), raw, this)
  }

  /** fleeting keeps a message that is not stored, for a while; null: it was here already. */
  fleeting(m: Message): Message | null {
    if (this.find(m.ID)) return null
    this.loose.set(m.ID, m)
    if (this.loose.size > looseMessages) this.loose.delete(this.loose.keys().next().value!)
    return m
  }

  // Conversations.

  conv(conversationID: string): Conv {
    let c = this.conversations.get(conversationID)
    if (!c) this.conversations.set(conversationID, (c = this.newConv(conversationID)))
    return c
  }

  private newConv(conversationID: string): Conv {
    const c2c = conversationID.startsWith('C2C')
    const view: Conversation = {
      conversationID, type: c2c ? 'C2C' : 'GROUP', subType: '', unreadCount: 0, lastMessage: lastOf(null), remark: '',
      isPinned: false, messageRemindType: 'AcceptAndNotify', markList: [], customData: '', conversationGroupList: [],
      draftText: '', groupAtInfoList: [],
    }
    if (c2c) view.userProfile = this.user(conversationID.slice(3)).profile
    else view.groupProfile = this.group(conversationID.slice(5))
    return {
      view, key: keyOf(conversationID), listed: false, top: -1, have: new Map(), rev: -1, readSeq: 0, peerReadSeq: 0,
      counted: 0, moved: false, window: [], complete: false, local: new Set(), last: null, timeMs: 0,
      repairing: false,
    }
  }

  /** item takes over an item of `conv.list`; the numbers only of a conversation that is new. */
  item(raw: Wire): Conv {
    const id = idOf(raw.Conv)
    const c = this.conv(id)
    if (c.rev < 0) c.rev = raw.Rev
    if (c.top < 0) c.top = raw.MaxSeq
    const behind = raw.ReadSeq < c.readSeq // the server does not know yet how far I have read
    c.readSeq = Math.max(c.readSeq, raw.ReadSeq)
    this.names(c, raw)
    this.settings(c, raw)
    if (raw.PeerReadSeq > c.peerReadSeq) c.peerReadSeq = raw.PeerReadSeq
    if (raw.MaxSeq >= c.counted) {
      c.counted = raw.MaxSeq
      const later = c.window.filter((m) => (behind || m.sequence > raw.MaxSeq) && counts(m, c)).length
      c.view.unreadCount = isLive(c) || c.view.subType === 'ChatRoom' ? 0 : later + (behind ? 0 : raw.UnreadNum)
      const mentions = ((raw.GroupAtInfo ?? []) as Wire[]).filter((a) => a.MsgSeq > c.readSeq)
      c.view.groupAtInfoList = mentions.map((a) => ({ from: a.From_Account, groupID: id.slice(5), messageSequence: a.MsgSeq, atTypeArray: [a.AtType] }))
    }
    const m = raw.LastMsg ? this.message(raw.LastMsg, id) : null
    if (!m ? raw.MaxSeq >= c.top : !c.last || m.sequence >= c.last.sequence || c.last.isDeleted) this.setLast(c, m)
    if (!c.last) c.timeMs = (raw.MsgTime ?? 0) * 1000
    return c
  }

  private names(c: Conv, raw: Wire): void {
    if (raw.Peer) {
      const u = this.user(raw.Peer.UserID)
      if (raw.Peer.Nick !== undefined) u.profile.nick = raw.Peer.Nick
      u.profile.avatar = this.userPicture(raw.Peer.UserID, raw.Peer.FaceUrl)
      u.remark = c.view.remark = raw.Peer.Remark ?? ''
    }
    if (raw.Group) {
      c.view.groupProfile = this.group(c.view.conversationID.slice(5), raw.Group)
      c.view.subType = shownType(raw.Group.Type ?? '')
    }
  }

  /** settings takes over what a user sets of a conversation. */
  settings(c: Conv, raw: Wire): void {
    const v = c.view
    if (raw.TopFlag !== undefined) v.isPinned = raw.TopFlag === 1
    if (raw.RecvOpt !== undefined) v.messageRemindType = raw.RecvOpt
    if (raw.RecvOpt !== undefined && v.groupProfile) v.groupProfile.selfInfo.messageRemindType = raw.RecvOpt
    if (raw.Marks !== undefined) v.markList = raw.Marks.map((n: number) => 2 ** (n - 1))
    if (raw.CustomMark !== undefined) v.customData = raw.CustomMark
    if (raw.ContactGroups !== undefined) v.conversationGroupList = raw.ContactGroups
    if (raw.Draft !== undefined) v.draftText = raw.Draft
  }

  /** setLast makes m what the list shows of a conversation. */
  setLast(c: Conv, m: Message | null): void {
    c.last = m
    if (m) c.timeMs = m._own.timeMs
    c.view.lastMessage = lastOf(m)
    if (c.view.groupProfile) c.view.groupProfile.lastMessage = { lastTime: c.view.lastMessage.lastTime }
  }

  /** insert puts messages into the window, each once, in order. */
  insert(c: Conv, list: Message[]): void {
    const w = c.window
    for (const m of list) {
      let i = w.length
      while (i > 0 && w[i - 1]!.sequence > m.sequence) i--
      if (w[i - 1]?.sequence !== m.sequence) w.splice(i, 0, m)
    }
  }

  /** list is the whole list in its order; what was sorted before is sorted again quickly. */
  list(): Conversation[] {
    const { order } = this
    if (order.length !== this.conversations.size) {
      const known = new Set(order)
      for (const c of this.conversations.values()) if (!known.has(c)) order.push(c)
    }
    order.sort((a, b) => Number(b.view.isPinned) - Number(a.view.isPinned) || b.timeMs - a.timeMs || (a.key < b.key ? -1 : 1))
    const views: Conversation[] = []
    for (const c of order) if (c.listed) views.push(c.view)
    return views
  }

  totalUnread(): number {
    let n = 0
    for (const c of this.conversations.values()) if (c.listed && c.view.messageRemindType === 'AcceptAndNotify') n += c.view.unreadCount
    return n
  }

  groupList(): Group[] {
    return [...this.groups.values()].filter(this.isMember)
  }

  /** touch shows the whole list: at once, then at most once in the pause. */
  touch(): void {
    if (this.pause) this.dirty = true
    else this.showNow()
  }

  showNow(): void {
    clearTimeout(this.pause)
    this.dirty = false
    this.pause = setTimeout(() => {
      this.pause = undefined
      if (this.dirty) this.showNow()
    }, listPause)
    this.show(this.list(), this.totalUnread())
  }

  close(): void {
    this.uploads.abort()
    clearTimeout(this.pause)
    this.dirty = false
    for (const c of this.conversations.values()) clearTimeout(c.repair)
  }
}

/** counts says whether a message adds to what is unread. */
export const counts = (m: Message, c: Conv): boolean =>
  m.flow === 'in' && m.sequence > c.readSeq && !m._isExcludedFromUnreadCount && !m.isDeleted && m.type !== 'TIMGroupTipElem'

/** isLive: an AVChatRoom, where nothing is stored. */
export const isLive = (c: Conv): boolean => c.view.subType === 'AVChatRoom' || c.view.groupProfile?.type === 'AVChatRoom'

export function lastOf(m: Message | null): LastMessage {
  if (!m) {
    return {
      lastTime: 0, lastSequence: '', fromAccount: '', nick: '', nameCard: '', type: '', payload: {},
      messageForShow: '', isRevoked: false, revoker: null, isPeerRead: false,
    }
  }
  return {
    lastTime: m.time, lastSequence: String(m.sequence), fromAccount: m.from, nick: m.nick, nameCard: m.nameCard,
    type: m.type, payload: m.payload, messageForShow: wordsFor(m.type, m.payload), isRevoked: m.isRevoked,
    revoker: m.revoker || null, isPeerRead: m.isPeerRead,
  }
}

/** picture is what those get who have none: what the application says, else the first letter of the name, or of the id. */
function picture(option: Options['userAvatar'], id: string, name: string): string {
  if (option) return typeof option === 'function' ? option(id) : option
  const letter = encodeURIComponent(([...(name || id.replace('@TGS#', ''))][0] ?? '').toUpperCase().replace(/[<>&]/g, ''))
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E%3Crect width='40' height='40' fill='%23789'/%3E` +
    `%3Ctext x='20' y='27' font-size='20' text-anchor='middle' fill='%23fff'%3E${letter}%3C/text%3E%3C/svg%3E`
}
