// The messages of the conversation that is open: a run without a hole, either up to the
// newest one or somewhere in the past, and what of it has changed.

import { signal } from '@preact/signals'
import { EVENT, type Chat, type Message, type Reaction } from '@teahouse-im/chat'
import { unseen } from '../call/signal.ts'
import { typingOf } from './typing.ts'
import { chat, onChat, onEnd } from './session.ts'

/** How many messages a page upward has. */
const page = 50
const firstPage = 30

export const hidden = (m: Message): boolean =>
  m.isDeleted || typingOf(m) !== undefined || unseen(m) || (m.type === 'TIMGroupTipElem' && !m.payload.operationType) || (m.type === 'TIMCustomElem' && m._isExcludedFromLastMessage && m._isExcludedFromUnreadCount)

/** before orders messages: by sequence, and those that are not stored by time. */
function before(a: Message, b: Message): boolean {
  if (a.sequence && b.sequence && a.sequence !== b.sequence) return a.sequence < b.sequence
  if (a.status !== b.status && (a.status === 'success' || b.status === 'success')) return a.status === 'success'
  return a.time < b.time
}

export class Thread {
  readonly list = signal<Message[]>([])
  /** The first page is there, or has failed. */
  readonly loaded = signal(false)
  /** There is nothing older. */
  readonly begun = signal(false)
  /** The newest message is in the list; false while one looks at the past. */
  readonly now = signal(true)
  readonly loading = signal(false)
  readonly failure = signal<unknown>(null)
  /** Moves with every change inside of messages; stamps say which. */
  readonly tick = signal(0)
  readonly stamps = new Map<string, number>()
  /** How many came while the newest were not shown. */
  readonly below = signal(0)
  readonly reactions = new Map<string, Reaction[]>()
  /** How many were unread when the conversation was opened. */
  unreadAtFirst = 0
  private next = ''
  private closed = false
  private asked = new Set<string>()

  constructor(readonly id: string) {}

  close(): void {
    this.closed = true
  }

  stamp = (m: Message): number => this.stamps.get(m.ID) ?? 0

  /** changed draws messages anew. */
  changed(list: Message[]): void {
    for (const m of list) this.stamps.set(m.ID, this.stamp(m) + 1)
    this.tick.value++
  }

  async load(): Promise<void> {
    this.failure.value = null
    try {
      const { data } = await chat().getMessageList({ conversationID: this.id, count: firstPage })
      if (this.closed) return
      this.next = data.nextReqMessageID
      this.begun.value = data.isCompleted
      this.now.value = true
      this.below.value = 0
      this.set(data.messageList)
    } catch (err) {
      this.failure.value = err
    }
    this.loaded.value = true
  }

  private set(list: Message[]): void {
    this.list.value = list.filter((m) => !hidden(m))
    this.askReactions(this.list.value)
  }

  /** older puts a page in front; it answers how many came. */
  async older(): Promise<number> {
    if (this.loading.value || this.begun.value || !this.loaded.value) return 0
    this.loading.value = true
    try {
      return this.now.value || this.next ? await this.olderByID() : await this.olderBySequence()
    } catch (err) {
      this.failure.value = err
      return 0
    } finally {
      this.loading.value = false
    }
  }

  private async olderByID(): Promise<number> {
    const { data } = await chat().getMessageList({ conversationID: this.id, nextReqMessageID: this.next, count: page })
    if (this.closed) return 0
    this.next = data.nextReqMessageID
    return this.prepend(data.messageList, data.isCompleted)
  }

  private async olderBySequence(): Promise<number> {
    const first = this.list.value.find((m) => m.sequence > 0)
    if (!first || first.sequence <= 1) return this.prepend([], true)
    const { data } = await chat().getMessageListHopping({ conversationID: this.id, sequence: first.sequence - 1, direction: 0, count: page })
    return this.closed ? 0 : this.prepend(data.messageList, data.isCompleted)
  }

  private prepend(list: Message[], isCompleted: boolean): number {
    const known = new Set(this.list.value)
    const fresh = list.filter((m) => !known.has(m) && !hidden(m))
    this.begun.value = isCompleted
    if (fresh.length > 0) this.list.value = [...fresh, ...this.list.value]
    this.askReactions(fresh)
    return fresh.length
  }

  /** newer goes on toward the newest, while one looks at the past. */
  async newer(): Promise<void> {
    const last = this.list.value[this.list.value.length - 1]
    if (this.now.value || this.loading.value || !last) return
    this.loading.value = true
    try {
      const { data } = await chat().getMessageListHopping({ conversationID: this.id, sequence: last.sequence + 1, direction: 1, count: page })
      if (this.closed) return
      const fresh = data.messageList.filter((m) => m.sequence > last.sequence && !hidden(m))
      this.list.value = [...this.list.value, ...fresh]
      if (data.isCompleted) this.now.value = true
      if (data.isCompleted) this.below.value = 0
      this.askReactions(fresh)
    } catch (err) {
      this.failure.value = err
    } finally {
      this.loading.value = false
    }
  }

  /** hop makes a message known by its number, with its surroundings; null: it is not there any more. */
  async hop(sequence: number): Promise<Message | null> {
    const known = () => this.list.value.find((m) => m.sequence === sequence && m.status === 'success')
    if (known()) return known()!
    const to = { conversationID: this.id, count: 15 }
    const [up, down] = await Promise.all([
      chat().getMessageListHopping({ ...to, sequence, direction: 0 }), chat().getMessageListHopping({ ...to, sequence: sequence + 1, direction: 1 }),
    ])
    if (this.closed || !up.data.messageList.some((m) => m.sequence === sequence)) return null
    this.next = ''
    this.begun.value = up.data.isCompleted
    this.now.value = down.data.isCompleted
    this.set([...up.data.messageList, ...down.data.messageList.filter((m) => m.sequence > sequence)])
    return known() ?? null
  }

  /** received takes what came, or was just sent; it answers what is new in the list. */
  received(list: Message[]): Message[] {
    const fresh = list.filter((m) => m.conversationID === this.id && !hidden(m))
    if (fresh.length === 0) return []
    if (!this.now.value) {
      this.below.value += fresh.filter((m) => m.flow === 'in').length
      return []
    }
    const all = [...this.list.value]
    const added = fresh.filter((m) => {
      if (all.lastIndexOf(m) >= 0) return false
      let i = all.length
      while (i > 0 && before(m, all[i - 1]!)) i--
      all.splice(i, 0, m)
      return true
    })
    if (added.length > 0) this.list.value = all
    return added
  }

  /** settle puts a message where it belongs, now that the server has numbered it. */
  settle(m: Message): void {
    const all = this.list.value.filter((one) => one !== m)
    if (!hidden(m)) {
      let i = all.length
      while (i > 0 && before(m, all[i - 1]!)) i--
      all.splice(i, 0, m)
    }
    const same = all.length === this.list.value.length && all.every((one, i) => one === this.list.value[i])
    if (!same) this.list.value = all
    this.changed([m])
  }

  /** sweep removes what was deleted, here or on another device. */
  sweep(): void {
    if (this.list.value.some(hidden)) this.list.value = this.list.value.filter((m) => !hidden(m))
  }

  /** rejoin looks, after a break, whether the list still reaches to the newest without a hole. */
  async rejoin(): Promise<void> {
    if (!this.now.value || !this.loaded.value || this.closed) return
    const { data } = await chat().getMessageList({ conversationID: this.id, count: firstPage })
    if (this.closed) return
    const known = new Set(this.list.value)
    const joined = data.isCompleted || data.messageList.some((m) => known.has(m) && m.status === 'success')
    if (joined && this.list.value.length > 0) return void this.received(data.messageList)
    this.next = data.nextReqMessageID
    this.begun.value = data.isCompleted
    this.set(data.messageList)
  }

  private askReactions(list: Message[]): void {
    const wanted = list.filter((m) => m.status === 'success' && m.sequence > 0 && m.type !== 'TIMGroupTipElem' && !this.asked.has(m.ID))
    if (wanted.length === 0) return
    for (const m of wanted) this.asked.add(m.ID)
    chat().getMessageReactions({ messageList: wanted }).then(({ data }) => {
      const some = data.resultList.filter((one) => one.reactionList.length > 0)
      for (const one of some) this.reactions.set(one.messageID, one.reactionList)
      if (some.length > 0) this.changed(wanted.filter((m) => this.reactions.has(m.ID)))
    }, () => {})
  }

  reacted(messageID: string, list: Reaction[]): void {
    const left = new Map((this.reactions.get(messageID) ?? []).map((r) => [r.reactionID, r]))
    for (const r of list) {
      if (r.totalUserCount > 0) left.set(r.reactionID, r)
      else left.delete(r.reactionID)
    }
    this.reactions.set(messageID, [...left.values()])
    this.stamps.set(messageID, (this.stamps.get(messageID) ?? 0) + 1)
    this.tick.value++
  }
}

/** The thread that is open; null when none is. */
export const open = signal<Thread | null>(null)
/** What has just come into the open thread, for those who scroll and read it out. */
export const arrivals = signal<Message[]>([])

export function openThread(id: string): Thread {
  open.value?.close()
  const one = new Thread(id)
  open.value = one
  void one.load()
  return one
}

export function closeThread(one: Thread): void {
  one.close()
  if (open.value === one) open.value = null
}

onChat((one: Chat) => {
  const mine = (list: Message[]) => list.filter((m) => m.conversationID === open.value?.id)
  const changed = ({ data }: { data: Message[] }) => {
    const list = mine(data)
    if (list.length > 0) open.value!.changed(list)
  }
  one.on(EVENT.MESSAGE_RECEIVED, ({ data }) => {
    const added = open.value?.received(data) ?? []
    if (added.length > 0) arrivals.value = added
  })
  one.on(EVENT.MESSAGE_MODIFIED, ({ data }) => {
    for (const m of mine(data)) open.value!.settle(m)
  })
  one.on(EVENT.MESSAGE_REVOKED, changed)
  one.on(EVENT.MESSAGE_READ_BY_PEER, changed)
  one.on(EVENT.MESSAGE_READ_RECEIPT_RECEIVED, ({ data }) => {
    const ids = new Set((data as { messageID: string }[]).map((r) => r.messageID))
    const list = (open.value?.list.value ?? []).filter((m) => ids.has(m.ID))
    if (list.length > 0) open.value!.changed(list)
  })
  one.on(EVENT.MESSAGE_REACTIONS_UPDATED, ({ data }) => open.value?.reacted(data.messageID, data.reactionList))
  one.on(EVENT.PINNED_GROUP_MESSAGE_UPDATED, ({ data }) => data.message && changed({ data: [data.message] }))
  one.on(EVENT.CONVERSATION_LIST_UPDATED, () => open.value?.sweep())
  one.on(EVENT.NET_STATE_CHANGE, ({ data }) => data.state === 'connected' && void open.value?.rejoin().catch(() => {}))
})
onEnd(() => (open.value = null))
