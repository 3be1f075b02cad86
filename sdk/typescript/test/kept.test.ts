// What is kept of many messages: all of those that are looked at, and a bounded number of others.

import { expect, test } from 'vitest'
import { Core } from '../src/core.ts'
import { historyMethods } from '../src/methods/history.ts'
import type { Line } from '../src/wire.ts'
import type { Wire } from '../src/types.ts'

const said = (from: string, seq: number): Wire => ({
  From_Account: from, To_Account: 'me', MsgId: `${from}-${seq}`, MsgSeq: seq, MsgRandom: seq, MsgTime: seq, MsgTimeMs: seq * 1000,
  MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: `${seq}` } }],
})

/** A server that holds what everybody has said up to a number. */
const newest = 12_000
async function request(method: string, body: Wire): Promise<Wire> {
  const from = String(body.Conv).slice(4)
  if (method === 'me') return { UserID: 'me', EventSeq: 0 }
  if (method === 'conv.list') return { Convs: [], Cursor: '', Since: 's' }
  if (method === 'msg.get') return { MsgList: [said(from, Number(body.MsgIds[0].split('-')[1]))] }
  if (method !== 'msg.history') return { Conv: body.Conv, Rev: 0, MaxSeq: newest, ReadSeq: 0, UnreadNum: 0, LastMsg: said(from, newest), Peer: { UserID: from } }
  const first = Math.max(1, (body.Before ?? newest + 1) - body.Limit)
  const count = (body.Before ?? newest + 1) - first
  return { MsgList: Array.from({ length: count }, (_, i) => said(from, first + i)), IsFinished: first === 1 ? 1 : 0 }
}

async function loggedIn(): Promise<Core> {
  const core = new Core({ SDKAppID: 1, proxyServer: 'ws://127.0.0.1/mqtt' })
  core.me = 'me'
  core.forget()
  core.line = { request, busy: false } as unknown as Line
  await core.sync.start(() => {})
  return core
}

const hear = (core: Core, from: string, seq: number) => core.sync.packet(`im/in/c2c/${from}`, JSON.stringify(said(from, seq)))

test('of conversations that nobody looks at the newest messages are kept, and older ones are asked for again', async () => {
  const core = await loggedIn()
  const { getMessageList } = historyMethods(core)
  await getMessageList({ conversationID: 'C2Cbob', count: 1 })
  for (let seq = 1; seq <= newest; seq++) hear(core, 'carol', seq)
  expect(core.store.messages.size).toBeLessThan(11_100)
  expect(core.store.find('carol-1')).toBeNull()
  expect(core.store.find(`carol-${newest}`)).not.toBeNull()

  const { messageList } = (await getMessageList({ conversationID: 'C2Ccarol', count: newest })).data
  expect(messageList.map((m) => m.sequence)).toEqual(Array.from({ length: newest }, (_, i) => i + 1))
  const page = (await getMessageList({ conversationID: 'C2Cbob', nextReqMessageID: 'bob-100', count: 5 })).data // not known here
  expect(page.messageList.map((m) => m.sequence)).toEqual([95, 96, 97, 98, 99])
  core.forget()
})

test('of one that is looked at all are kept', async () => {
  const core = await loggedIn()
  const { getMessageList } = historyMethods(core)
  hear(core, 'bob', 1)
  await getMessageList({ conversationID: 'C2Cbob', count: 1 })
  for (let seq = 2; seq <= newest; seq++) hear(core, 'bob', seq)
  for (let seq = 1; seq <= newest; seq++) hear(core, 'carol', seq)
  expect(core.store.find('bob-2')).not.toBeNull()
  core.forget()
})
