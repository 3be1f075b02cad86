// What many conversations and messages cost, with a server that is none: `npm run bench`.
// It prints milliseconds of the processor and megabytes; nothing is compared with a bound.

import { Core } from '../src/core.ts'
import { EVENT } from '../src/constants.ts'
import { historyMethods } from '../src/methods/history.ts'
import type { Line } from '../src/wire.ts'

const conversations = 5_000
const messages = 100_000
const page = 100
const start = Date.UTC(2026, 0, 1)

const key = (n: number) => (n % 2 ? `c2c/user${n}` : `group/group${n}`)
const said = (conv: string, seq: number, ms: number) => ({
  From_Account: conv.startsWith('c2c/') ? conv.slice(4) : `user${seq % 50}`, MsgSeq: seq, MsgRandom: seq, MsgTime: Math.floor(ms / 1000),
  MsgTimeMs: ms, MsgId: `${conv}-${seq}`, MsgKey: `${seq}_${seq}_1`, MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: `message ${seq}` } }],
  ...(conv.startsWith('c2c/') ? { To_Account: 'me' } : { GroupId: conv.slice(6) }),
})

function item(n: number): object {
  const Conv = key(n)
  const about = n % 2 ? { Peer: { UserID: `user${n}`, Nick: `User ${n}` } } : { Group: { Name: `Group ${n}`, Type: 'Public', MemberNum: 9 } }
  return {
    Conv, MsgTime: start / 1000 - n, LastMsg: said(Conv, 1, start - n * 1000), MaxSeq: 1, Rev: 1, ReadSeq: 1, UnreadNum: 0, TopFlag: 0,
    RecvOpt: 'AcceptAndNotify', Marks: [], CustomMark: '', ContactGroups: [], Draft: '', ...about,
  }
}

async function request(method: string, body: any): Promise<object> {
  if (method === 'me') return { UserID: 'me', EventSeq: 1, Features: [] }
  if (method !== 'conv.list') return { MsgList: [], IsFinished: 1 }
  const from = Number(body.Cursor ?? 0)
  const Convs = Array.from({ length: page }, (_, i) => item(from + i))
  return { Convs, Cursor: from + page < conversations ? String(from + page) : '', Since: 's' }
}

const round = (n: number) => Math.round(n * 100) / 100
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** measured says how long something took, and how much memory it left. */
async function measured(what: string, count: number, run: () => Promise<void> | void): Promise<void> {
  globalThis.gc?.()
  const memory = process.memoryUsage().heapUsed
  const began = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(began)
  const ms = (user + system) / 1000
  await new Promise((resolve) => setTimeout(resolve, 60))
  globalThis.gc?.()
  const grown = (process.memoryUsage().heapUsed - memory) / 2 ** 20
  console.log(`${what.padEnd(44)} ${round(ms)} ms, ${round((1000 * ms) / count)} µs each, ${round(grown)} MB`)
}

async function receive(core: Core, conv: (n: number) => string, next: Map<string, number>): Promise<void> {
  for (let n = 0; n < messages; n++) {
    const at = conv(n)
    const seq = (next.get(at) ?? 1) + 1
    next.set(at, seq)
    const [kind, id] = at.split('/')
    core.sync.packet(`im/in/${kind}/${id}`, JSON.stringify(said(at, seq, start + n)))
    if (n % 20 === 0) await turn()
  }
  await turn()
}

const core = new Core({ SDKAppID: 1, proxyServer: 'ws://127.0.0.1/mqtt' })
core.me = 'me'
core.forget()
core.line = { request } as unknown as Line
let lists = 0
core.emitter.on(EVENT.CONVERSATION_LIST_UPDATED, () => lists++)
const next = new Map<string, number>()

await measured(`login with ${conversations} conversations`, conversations, () => core.sync.start(() => {}))
await measured('the whole list is shown', 100, () => {
  for (let i = 0; i < 100; i++) core.store.showNow()
})
await measured(`${messages} messages in all conversations`, messages, () => receive(core, (n) => key((n * 7919) % conversations), next))
await measured(`${messages} messages in one`, messages, () => receive(core, () => key(0), next))
const { getMessageList } = historyMethods(core)
await getMessageList({ conversationID: 'GROUPgroup2' })
await measured(`${messages} messages in one that is open`, messages, () => receive(core, () => key(2), next))
console.log(`${core.store.messages.size} messages are kept, the list was shown ${lists} times`)
process.exit(0)
