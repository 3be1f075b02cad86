// Keeps the store equal to the server: the first list, what is missed while the line
// is lost, the order of what comes in, and holes in it.

import { CODE, ChatError } from './errors.ts'
import { EVENT } from './constants.ts'
import { hidden } from './codec/message.ts'
import { apply, tipped } from './events.ts'
import { counts, idOf, isLive, type Conv, type Store } from './store.ts'
import type { Core } from './core.ts'
import type { Message, Wire } from './types.ts'
import { parse } from './wire.ts'

/** How long a hole may fill by itself, in ms. */
const holePatience = 150
/** Not more often than this a catch-up because of a hole in events, in ms. */
const syncPause = 200
/** So much is fetched of what was missed in a conversation; else the newest page. */
const fetchLimit = 500
const nameLimit = 1000
/** The body of a `sync` may have so many bytes, and a packet some more. */
const nameBytes = 100_000
const page = 100

/** ours says that an error is no verdict of the server: the line is lost, or late. */
const ours = (err: unknown): boolean => !(err instanceof ChatError) || [CODE.timeout, CODE.network, CODE.notLoggedIn].includes(err.code as never)

export class Sync {
  private eventSeq = -1
  private since: string | undefined
  /** What comes in while a catch-up runs; null: none does. */
  private held: (() => void)[] | null = null
  private received: Message[] = []
  private modified: Message[] = []
  private meeting = new Set<Conv>()
  private flushing: ReturnType<typeof setTimeout> | undefined
  private again: ReturnType<typeof setTimeout> | undefined
  /** The list has to be shown again with what was received. */
  private listMoved = false
  private closed = false

  constructor(private core: Core) {}

  private get store(): Store {
    return this.core.store
  }

  close(): void {
    this.closed = true
    this.received = []
    this.modified = []
    clearTimeout(this.flushing)
    clearTimeout(this.again)
  }

  // The beginning, and coming back.

  /** start gets who I am and the list; `ready` is called after its first page. */
  async start(ready: () => void): Promise<void> {
    this.held = []
    const me = await this.ask('me', {})
    this.core.features = new Set(me.Features ?? [])
    this.store.person({ UserID: me.UserID, Nick: me.Nick, FaceUrl: me.FaceUrl })
    this.eventSeq = me.EventSeq
    let cursor: string | undefined
    do {
      const list: Wire = await this.ask('conv.list', { Count: page, ...(cursor && { Cursor: cursor }) })
      for (const raw of list.Convs) await this.listed(raw)
      this.store.listComplete = !list.Cursor
      if (list.Since) this.since = list.Since
      this.store.showNow()
      if (cursor === undefined) {
        ready()
        this.release()
      }
      cursor = list.Cursor
    } while (cursor)
  }

  /** listed takes an item of the list, and what is missing of a conversation known before. */
  private async listed(raw: Wire): Promise<void> {
    const { top } = this.store.conv(idOf(raw.Conv))
    const c = this.store.item(raw)
    c.listed = true
    if (top >= 0 && raw.MaxSeq > top) await this.fetchMissed(c, raw.MaxSeq, top).catch((err) => this.notForMe(c, raw.MaxSeq, err))
    c.rev = Math.max(c.rev, raw.Rev)
  }

  /** comeBack brings what was missed since the line was lost. */
  async comeBack(ready: () => void): Promise<void> {
    this.held = []
    if (this.since === undefined) return this.start(ready)
    await this.catchUp()
    ready()
    this.release()
  }

  private async catchUp(): Promise<void> {
    const answered = new Map<Conv, number>()
    let finished = false
    while (!finished) {
      const a = await this.ask('sync', { EventSeq: this.eventSeq, Since: this.since, Convs: this.named() })
      for (const raw of a.Convs as Wire[]) answered.set(await this.missed(raw), raw.Rev)
      for (const e of a.Events as Wire[]) this.event(e, true)
      this.eventSeq = Math.max(this.eventSeq, a.EventSeq)
      this.since = a.Since ?? this.since
      finished = a.IsFinished !== 0
    }
    for (const c of this.store.conversations.values()) c.moved = false
    for (const [c, rev] of answered) c.rev = Math.max(c.rev, rev)
    this.flush()
    this.store.touch()
  }

  /** named says how far the conversations are that have moved, the newest first. */
  private named(): Wire {
    const moved = [...this.store.conversations.values()].filter((c) => c.moved && c.rev >= 0 && c.top >= 0)
    moved.sort((a, b) => b.timeMs - a.timeMs)
    let room = nameBytes
    const named = moved.slice(0, nameLimit).filter((c) => (room -= 3 * c.key.length + 50) > 0)
    return Object.fromEntries(named.map((c) => [c.key, { MsgSeq: c.top, Rev: c.rev }]))
  }

  /** missed takes one conversation of a `sync`: its messages, then its events. */
  private async missed(raw: Wire): Promise<Conv> {
    const { top } = this.store.conv(idOf(raw.Conv))
    const c = this.store.item(raw)
    c.moved = true
    c.listed = true
    const after = top >= 0 ? top : raw.MaxSeq - raw.UnreadNum // a new one: what is unread in it
    if (raw.MaxSeq > after) await this.fetchMissed(c, raw.MaxSeq, after).catch((err) => this.notForMe(c, raw.MaxSeq, err))
    for (const e of (raw.Events ?? []) as Wire[]) this.event(e, true)
    return c
  }

  /** fetchMissed takes what lies above `after`, or only the newest page when that is too much. */
  private async fetchMissed(c: Conv, max: number, after: number): Promise<void> {
    if (after < c.top) c.top = after
    if (max - after > fetchLimit) {
      c.window = []
      c.complete = false
      const { MsgList } = await this.ask('msg.history', { Conv: c.key, Limit: page })
      for (const raw of MsgList) this.join(c, raw)
    } else if (!isLive(c)) {
      for (let finished = false; !finished;) {
        const a = await this.ask('msg.history', { Conv: c.key, After: c.top, Limit: page })
        for (const raw of a.MsgList) this.join(c, raw)
        finished = a.IsFinished === 1 || a.MsgList.length === 0
      }
    }
    this.joinAll(c, max)
    c.top = Math.max(c.top, max)
    this.advance(c)
  }

  /** notForMe goes on without a history that the server refuses, such as that of a group I am in no more. */
  private notForMe(c: Conv, max: number, err: unknown): void {
    if (ours(err)) throw err
    this.joinAll(c, max)
    c.top = Math.max(c.top, max)
  }

  /** ask asks on the present connection, for what is of no use on the next. */
  private ask(method: string, body: object): Promise<Wire> {
    return this.core.line.request(method, body, 30_000, true)
  }

  /** release lets what came in meanwhile through, in its order. */
  private release(): void {
    const held = this.held ?? []
    this.held = null
    for (const one of held) one()
  }

  // What comes in.

  packet(topic: string, payload: string): void {
    const [, what, kind, id] = topic.split('/')
    if (what !== 'in' && what !== 'event') return
    if (kind === 'typing') return
    const body = parse(payload)
    if (!body) return
    if (what === 'event' && kind === 'presence') return apply(this.core, { ...body, Kind: 'presence', UserID: decodeURIComponent(id ?? '') })
    const handle = what === 'in' ? () => this.arrived(`${kind}/${decodeURIComponent(id ?? '')}`, body) : () => this.event({ Kind: kind, ...body })
    if (this.held) this.held.push(handle)
    else handle()
  }

  /** event applies an event when it is the next one; a hole is a reason to catch up. */
  private event(e: Wire, catching = false): void {
    if (e.EventTime && !catching) this.core.heard(e.EventTime)
    if (e.EventSeq !== undefined) {
      if (e.EventSeq <= this.eventSeq) return
      if (!catching && e.EventSeq > this.eventSeq + 1) return this.catchUpSoon()
      this.eventSeq = e.EventSeq
    } else if (e.Rev !== undefined) {
      const c = this.store.conv(idOf(e.Conv))
      if (c.rev >= 0 && e.Rev <= c.rev) return
      if (!catching && c.rev >= 0 && e.Rev > c.rev + 1) {
        c.moved = true
        return this.catchUpSoon()
      }
      c.rev = e.Rev
      c.moved = true
    }
    if (e.Gap) return this.catchUpSoon()
    apply(this.core, e)
  }

  private catchUpSoon(): void {
    if (this.again || this.since === undefined) return
    this.again = setTimeout(() => {
      this.again = undefined
      if (this.held) return
      this.held = []
      this.catchUp().catch((err) => this.lostMeanwhile(err)).finally(() => !this.closed && this.release())
    }, syncPause)
  }

  /** A catch-up that ends with its connection is done again by the next. */
  private lostMeanwhile(err: unknown): void {
    if (!(err instanceof ChatError) || (err.code !== CODE.network && err.code !== CODE.notLoggedIn)) this.core.report(err)
  }

  private arrived(key: string, raw: Wire): void {
    if (raw.MsgTimeMs) this.core.heard(raw.MsgTimeMs)
    const id = idOf(key)
    const c = this.store.conv(id)
    if (raw.MsgSeq === undefined || isLive(c)) return this.loose(c, raw)
    const n: number = raw.MsgSeq
    const prev: number = raw.PrevSeq ?? n - 1
    if (c.top < 0) c.top = prev
    if (c.rev < 0 || !c.listed) this.meet(c)
    if (n <= c.top || c.have.has(n)) return
    c.moved = true
    c.have.set(n, { prev, raw })
    this.advance(c)
  }

  /** loose takes what is not stored, or said in a live room: as it comes. */
  private loose(c: Conv, raw: Wire): void {
    const m = this.store.fleeting(this.store.detached(raw, c.view.conversationID))
    if (!m) return
    if (isLive(c) && raw.MsgSeq !== undefined) {
      c.listed = this.listMoved = true
      this.store.setLast(c, m)
    }
    this.receive(m)
  }

  /** meet asks for a conversation that is new here; its messages are shown meanwhile. */
  meet(c: Conv): void {
    c.listed = true
    if (this.meeting.has(c)) return
    this.meeting.add(c)
    this.core.latest(c.view.conversationID, 'conv.get', { Conv: c.key }).then((raw) => {
      if (this.closed) return
      this.store.item(raw)
      this.store.touch()
    }).catch((err) => this.lostMeanwhile(err)).finally(() => this.meeting.delete(c))
  }

  /** sent notes the number of a message of mine, which never comes to this connection. */
  sent(c: Conv, n: number, prev: number): void {
    c.moved = true
    if (c.top < 0) c.top = prev
    if (n > c.top) c.have.set(n, { prev })
    this.advance(c)
  }

  /** advance takes all that joins, and waits a little for what is missing. */
  private advance(c: Conv): void {
    for (const n of [...c.have.keys()].sort((a, b) => a - b)) {
      const { prev, raw } = c.have.get(n)!
      if (prev > c.top) break
      c.have.delete(n)
      if (raw && n > c.top) this.take(c, raw)
      c.top = Math.max(c.top, n)
    }
    if (c.have.size === 0) {
      clearTimeout(c.repair)
      c.repair = undefined
    } else if (!c.repair && !c.repairing) c.repair = setTimeout(() => void this.repair(c), holePatience)
  }

  /** join takes a message of the history, which is the next one that I may see. */
  private join(c: Conv, raw: Wire): void {
    if (raw.MsgSeq <= c.top) return
    const known = c.have.get(raw.MsgSeq)
    c.have.delete(raw.MsgSeq)
    if (!known || known.raw) this.take(c, raw)
    c.top = raw.MsgSeq
  }

  /** joinAll takes what is known up to a number below which nothing more will come. */
  private joinAll(c: Conv, upTo: number): void {
    for (const n of [...c.have.keys()].sort((a, b) => a - b)) {
      if (n > upTo) break
      const { raw } = c.have.get(n)!
      c.have.delete(n)
      if (raw && n > c.top) this.take(c, raw)
      c.top = Math.max(c.top, n)
    }
  }

  /** repair asks for what is missing below what is known, until it joins. */
  private async repair(c: Conv): Promise<void> {
    c.repair = undefined
    c.repairing = true
    let covered = 0
    try {
      while (c.have.size > 0) {
        covered = Math.max(...c.have.keys())
        const a = await this.core.call('msg.history', { Conv: c.key, After: c.top, Limit: page })
        if (this.closed) return
        for (const raw of a.MsgList) this.join(c, raw)
        if (a.IsFinished === 1 || a.MsgList.length === 0) this.joinAll(c, covered)
        else this.advance(c)
      }
    } catch (err) {
      if (this.closed) return
      if (!ours(err)) this.joinAll(c, covered) // there is no history for me
    }
    c.repairing = false
    this.advance(c)
  }

  /** take shows a message that is the next of its conversation. */
  private take(c: Conv, raw: Wire): void {
    const before = this.store.messages.get(raw.MsgId)
    const mine = before !== undefined && c.local.has(before)
    const m = this.store.message(raw, c.view.conversationID)
    if (hidden(m)) return
    if (m.type === 'TIMGroupTipElem') tipped(this.core, m, raw.MsgBody?.[0]?.MsgContent ?? {})
    c.listed = true
    this.listMoved = true
    this.store.insert(c, [m])
    this.latest(c, m)
    if (mine) c.local.delete(m) // it was stored, though its answer did not come
    else {
      if (m.from) this.store.person({ UserID: m.from, Nick: raw.From_Nick, FaceUrl: raw.From_FaceUrl })
      if (m.sequence > c.counted && counts(m, c)) this.unread(c, m)
      this.received.push(m)
    }
    this.flushSoon()
  }

  private unread(c: Conv, m: Message): void {
    if (c.view.subType !== 'ChatRoom') c.view.unreadCount++
    const all = m.atUserList.includes('__kImSDK_MesssageAtALL__')
    const me = m.atUserList.includes(this.core.me)
    if (!all && !me) return
    c.view.groupAtInfoList.push({ from: m.from, groupID: m.to, messageSequence: m.sequence, atTypeArray: [(me ? 1 : 0) + (all ? 2 : 0)] })
  }

  /** latest makes m the last message of its conversation, if it is. */
  latest(c: Conv, m: Message): void {
    if (m._isExcludedFromLastMessage) return
    if (!c.last || m.sequence >= c.last.sequence) this.store.setLast(c, m)
  }

  // What applications are told of it.

  /** receive tells of a message that is not in a conversation's order: a notice, or fleeting. */
  receive(m: Message): void {
    this.received.push(m)
    this.flushSoon()
  }

  /** turned tells that a message of mine which had failed is stored all the same. */
  turned(m: Message): void {
    this.store.conv(m.conversationID).local.delete(m)
    this.modified.push(m)
    this.flushSoon()
  }

  private flushSoon(): void {
    this.flushing ??= setTimeout(() => this.flush(), 0)
  }

  /** flush tells of all that came within this turn, ascending in each conversation. */
  flush(): void {
    clearTimeout(this.flushing)
    this.flushing = undefined
    const { received, modified } = this
    if (received.length === 0 && modified.length === 0) return
    this.received = []
    this.modified = []
    if (received.length > 0) this.core.emit(EVENT.MESSAGE_RECEIVED, received)
    if (modified.length > 0) this.core.emit(EVENT.MESSAGE_MODIFIED, modified)
    if (this.listMoved) this.store.touch()
    this.listMoved = false
  }
}
