// What was said before: from the window that is known, else from the server.

import { need, reply } from '../errors.ts'
import { CONV_SYSTEM } from '../codec/elements.ts'
import { hidden } from '../codec/message.ts'
import { isLive, keyOf, type Conv } from '../store.ts'
import type { Core } from '../core.ts'
import type { Message, Wire } from '../types.ts'

const usualCount = 15
const page = 100

export interface MessagePage {
  /** Ascending. */
  messageList: Message[]
  nextReqMessageID: string
  isCompleted: boolean
}

export interface Hop {
  conversationID: string
  sequence?: number
  time?: number
  /** 0 older, 1 newer. */
  direction?: 0 | 1
  count?: number
}

export function historyMethods(core: Core) {
  const shown = (m: Message) => !m.isDeleted && !hidden(m)

  /** older asks for what lies below the window, and puts it there. */
  async function older(c: Conv, count: number): Promise<void> {
    const first = c.window[0]
    const bound = first ? { Before: first.sequence } : {}
    const a = await core.call('msg.history', { Conv: c.key, ...bound, Limit: Math.min(page, Math.max(count, usualCount)) })
    const list = (a.MsgList as Wire[]).map((raw) => core.store.message(raw, c.view.conversationID))
    const newest = list[list.length - 1]
    if (!first && c.window.length > 0 && newest && newest.sequence < c.window[0]!.sequence - 1) return // came meanwhile; ask below it
    core.store.insert(c, list)
    if (a.IsFinished === 1 || list.length === 0) c.complete = true
  }

  /** below is a page of messages that are not joined to the window. */
  async function below(c: Conv, sequence: number, count: number): Promise<MessagePage> {
    const found: Message[] = []
    let finished = false
    for (let before = sequence; found.length < count && !finished;) {
      const a = await core.call('msg.history', { Conv: c.key, Before: before, Limit: count - found.length })
      const list = (a.MsgList as Wire[]).map((raw) => core.store.message(raw, c.view.conversationID))
      found.unshift(...list.filter(shown))
      before = list[0]?.sequence ?? 0
      finished = a.IsFinished === 1 || list.length === 0
    }
    return answer(found, finished)
  }

  /** named finds a message of a page that was given; it may have been dropped since. */
  async function named(c: Conv, ID: string): Promise<Message> {
    const known = core.store.messages.get(ID)
    if (known) return known
    const { MsgList: [raw] } = await core.call('msg.get', { Conv: c.key, MsgIds: [ID] })
    need(raw, 'nextReqMessageID')
    return core.store.message(raw, c.view.conversationID)
  }

  function answer(messageList: Message[], isCompleted: boolean): MessagePage {
    return { messageList, isCompleted, nextReqMessageID: isCompleted ? '' : (messageList[0]?.ID ?? '') }
  }

  /** Mine that have failed, or are under way, keep their places. */
  function withLocal(c: Conv, list: Message[], newest: boolean, complete: boolean): Message[] {
    const from = complete ? 0 : (list[0]?.sequence ?? 0)
    const to = newest ? Infinity : (list[list.length - 1]?.sequence ?? 0)
    const all = [...list]
    for (const m of c.local) {
      if (m.sequence < from || m.sequence > to || m._own.onlineOnly) continue
      let i = all.length
      while (i > 0 && all[i - 1]!.sequence >= m.sequence && all[i - 1]!.time > m.time) i--
      all.splice(i, 0, m)
    }
    return all
  }

  async function getMessageList(o: { conversationID: string; nextReqMessageID?: string; count?: number }) {
    need(o?.conversationID, 'conversationID')
    need(core.me, 'a login')
    if (o.conversationID === CONV_SYSTEM) return reply(answer([...core.store.messages.values()].filter((m) => m.conversationID === CONV_SYSTEM), true))
    const c = core.store.conv(o.conversationID)
    const count = o.count ?? usualCount
    core.store.look(c)
    const next = o.nextReqMessageID ? await named(c, o.nextReqMessageID) : undefined
    const bound = next?.sequence ?? Infinity
    if (next && (!c.window[0] || c.window[0].sequence > bound)) return reply(await below(c, bound, count))
    const have = () => c.window.filter((m) => m.sequence < bound && shown(m))
    if (isLive(c)) c.complete = true
    while (have().length < count && !c.complete) await older(c, count - have().length)
    const all = have()
    const list = all.slice(-count)
    const isCompleted = c.complete && list.length === all.length
    const { messageList, nextReqMessageID } = answer(list, isCompleted)
    return reply({ messageList: withLocal(c, messageList, !next, isCompleted), nextReqMessageID, isCompleted })
  }

  async function getMessageListHopping(o: Hop) {
    need(o?.conversationID, 'conversationID')
    need(typeof o.sequence === 'number' || typeof o.time === 'number', 'sequence or time')
    const up = o.direction === 1
    const bySeq = typeof o.sequence === 'number'
    const side = up ? 'After' : 'Before'
    const Limit = Math.min(o.count ?? usualCount, usualCount)
    const Conv = keyOf(o.conversationID)
    const a = await core.call('msg.history', { Conv, [bySeq ? side : side + 'Time']: o.sequence ?? o.time, Inclusive: 1, Limit })
    let raws = a.MsgList as Wire[]
    let finished = a.IsFinished === 1
    const end = () => raws[up ? raws.length - 1 : 0]
    while (!bySeq && !finished && raws.length > 0 && raws.every((raw) => raw.MsgTime === o.time)) { // a page must get past its second
      const more = await core.call('msg.history', { Conv, [side]: end()!.MsgSeq, Limit })
      raws = up ? [...raws, ...more.MsgList] : [...more.MsgList, ...raws]
      finished = more.IsFinished === 1 || more.MsgList.length === 0
    }
    const last = end()
    const messageList = raws.map((raw) => core.store.message(raw, o.conversationID)).filter(shown)
    return reply({ messageList, isCompleted: finished, nextMessageSeq: (last?.MsgSeq ?? 0) as number, nextMessageTime: (last?.MsgTime ?? 0) as number })
  }

  return { getMessageList, getMessageListHopping }
}
