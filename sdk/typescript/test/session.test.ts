// Login, logout, kicks, and a network that comes and goes.

import { afterEach, beforeAll, afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { Network, Server, userSig } from './server.ts'
import { c2c, rejects, say, user, type User } from './user.ts'

let server: Server
const open: User[] = []

async function someone(id: string, url?: string, more?: object): Promise<User> {
  const u = await user(server, id, url, more)
  open.push(u)
  return u
}

beforeAll(async () => {
  server = Server.shared(import.meta.url)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((u) => u.chat.destroy()))
})
afterAll(() => server.close())

const states = (u: User) => u.log.filter((e) => e.name === 'netStateChange').map((e) => e.data.state)
const names = (u: User) => u.log.map((e) => e.name)

describe('create', () => {
  test('one instance for each SDKAppID, which takes over the other options', async () => {
    const { sdk, chat } = await someone('alice')
    expect(sdk.create({ SDKAppID: server.app.sdkappid, userAvatar: 'pic' })).toBe(chat)
    expect(sdk.create({ SDKAppID: 1 })).not.toBe(chat)
    expect(sdk.default.VERSION.split('.')).toHaveLength(3)
    const err = await rejects(() => sdk.create({} as never))
    expect(err.code).toBe(2080)
  })

  test('before a login calls are refused with 2024, and nobody is logged in', async () => {
    const { chat } = await someone('alice')
    expect((await rejects(chat.request('me'))).code).toBe(2024)
    expect(chat.getLoginUser()).toBe('')
    expect(chat.isReady()).toBe(false)
  })
})

describe('login', () => {
  test('what was told before it is not told again with the next event', async () => {
    const put = (GroupId: string) => server.rest('group_open_http_svc/create_group', {
      Type: 'Public', Name: GroupId, GroupId, Owner_Account: 'alice', MemberList: [{ Member_Account: 'nora' }],
    })
    for (const UserID of ['alice', 'nora']) await server.rest('im_open_login_svc/account_import', { UserID })
    await put('earlier')
    const nora = await someone('nora')
    await nora.login()
    const told = nora.until('onMessageReceived')
    await put('later')
    expect((await told).map((m: any) => [m.type, m.payload.groupProfile?.groupID])).toEqual([['TIMGroupSystemNoticeElem', 'later']])
  })

  test('resolves first, and is ready later', async () => {
    const alice = await someone('alice')
    const order: string[] = []
    const ready = alice.until('sdkStateReady').then(() => order.push('ready'))
    const { code, data } = await alice.chat.login({ userID: 'alice', userSig: server.sig('alice') })
    order.push('login')
    expect(code).toBe(0)
    expect(data).toEqual({ actionStatus: 'OK', errorCode: 0, errorInfo: '', userID: 'alice' })
    expect(alice.chat.getLoginUser()).toBe('alice')
    expect(alice.chat.isReady()).toBe(false)
    await ready
    expect(order).toEqual(['login', 'ready'])
    expect(alice.chat.isReady()).toBe(true)
    expect(states(alice)).toEqual(['connecting', 'connected'])
  })

  test('again for the same user is no second connection, and renews the ticket', async () => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    await alice.login()
    const userSig = server.sig('alice', 3600)
    expect((await alice.chat.login({ userID: 'alice', userSig })).data.repeatLogin).toBe(true)
    expect((await alice.chat.login({ userID: 'alice', userSig })).data.repeatLogin).toBe(true)
    expect(net.connections).toBe(1)
    await net.close()
  })

  test('a ticket that is renewed is used for the next connection', async () => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    await alice.chat.login({ userID: 'alice', userSig: server.sig('alice', 3600) })
    await alice.chat.login({ userID: 'alice', userSig: server.sig('alice', 7200) })
    const back = alice.until('netStateChange', (d) => d.state === 'connected')
    net.cut()
    await back
    await net.close()
  })

  test('of another user logs out first', async () => {
    const alice = await someone('alice')
    await alice.login()
    const ready = alice.until('sdkStateReady')
    await alice.chat.login({ userID: 'bob', userSig: server.sig('bob') })
    await ready
    expect(alice.chat.getLoginUser()).toBe('bob')
    expect(names(alice)).toContain('sdkStateNotReady')
  })

  test.each([
    ['a ticket that is none', () => 'nonsense', 70003],
    ['an expired ticket', () => server.sig('alice', -10), 70001],
    ['a ticket of another user', () => server.sig('bob'), 70013],
    ['a ticket of another key', () => userSig({ ...server.app, key: 'x'.repeat(64) }, 'alice', 60), 70009],
  ])('%s is refused with its code, and not tried again', async (_, sig, code) => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    const err = await rejects(alice.chat.login({ userID: 'alice', userSig: sig() }))
    expect(err).toBeInstanceOf(Error)
    expect(err.code).toBe(code)
    expect(net.connections).toBe(1)
    expect(alice.chat.getLoginUser()).toBe('')
    await net.close()
  })

  test('waits for a network that comes within its patience', async () => {
    const net = await Network.to(server)
    net.down = true
    const alice = await someone('alice', net.url)
    const tried = alice.until('netStateChange', (d) => d.state === 'connecting')
    const login = alice.login()
    await tried
    net.down = false
    await login
    await net.close()
  })
})

describe('the end', () => {
  test('logout drops what was known, and says so once', async () => {
    const alice = await someone('alice')
    await alice.login()
    expect((await alice.chat.logout()).data).toEqual({})
    expect(alice.chat.isReady()).toBe(false)
    expect(alice.chat.getLoginUser()).toBe('')
    expect(names(alice).filter((n) => n === 'sdkStateNotReady')).toHaveLength(1)
    await alice.chat.logout()
    expect(names(alice).filter((n) => n === 'sdkStateNotReady')).toHaveLength(1)
    await alice.login()
    expect(alice.chat.isReady()).toBe(true)
  })

  test('destroy forgets the instance and its handlers', async () => {
    const alice = await someone('alice')
    await alice.login()
    await alice.chat.destroy()
    expect(alice.sdk.create({ SDKAppID: server.app.sdkappid })).not.toBe(alice.chat)
  })

  test('a kick by the backend ends it', async () => {
    const carol = await someone('carol')
    await carol.login()
    const kicked = carol.until('kickedOut')
    await server.rest('im_open_login_svc/kick', { UserID: 'carol' })
    expect(await kicked).toEqual({ type: 'REST_API_Kick' })
    expect(carol.chat.isReady()).toBe(false)
    expect(names(carol).slice(-2)).toEqual(['kickedOut', 'sdkStateNotReady'])
  })

  test('a ticket that expires ends it', async () => {
    const alice = await someone('alice')
    const kicked = alice.until('kickedOut')
    await alice.chat.login({ userID: 'alice', userSig: server.sig('alice', 2) })
    expect(await kicked).toEqual({ type: 'userSigExpired' })
  })
})

describe('handlers', () => {
  test('are called once each, with their context, and one that throws disturbs nobody', async () => {
    const alice = await someone('alice')
    const seen: unknown[] = []
    const console_ = console.error
    console.error = () => {}
    const bad = () => { throw new Error('bad') }
    function good(this: unknown) { seen.push(this) }
    const context = {}
    alice.chat.on('sdkStateReady', bad)
    alice.chat.on('sdkStateReady', good, context)
    alice.chat.on('sdkStateReady', good, context)
    const gone = () => seen.push('gone')
    alice.chat.on('sdkStateReady', () => alice.chat.off('sdkStateReady', gone))
    alice.chat.on('sdkStateReady', gone)
    await alice.login()
    console.error = console_
    expect(seen).toEqual([context])
  })
})

describe('a lost network', () => {
  test('is no end: what was missed comes, what was said meanwhile goes out', async () => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    const bob = await someone('bob')
    await Promise.all([alice.login(), bob.login()])
    await say(bob, c2c('alice', 'before'))
    await alice.got('before')

    const lost = alice.until('netStateChange', (d) => d.state === 'disconnected')
    net.down = true
    net.cut()
    await lost
    expect(alice.chat.isReady()).toBe(true)
    const m = alice.chat.createTextMessage(c2c('bob', 'from afar'))
    const sent = alice.chat.sendMessage(m)
    await say(bob, c2c('alice', 'missed 1'))
    await say(bob, c2c('alice', 'missed 2'))
    net.down = false
    await alice.until('netStateChange', (d) => d.state === 'connected')
    await sent
    await bob.got('from afar')
    expect(alice.received.map((r) => r.payload.text).filter((t) => t)).toEqual(['before', 'missed 1', 'missed 2'])
    expect(names(alice)).not.toContain('sdkStateNotReady')
    await net.close()
  })

  test('a message whose answer is lost is not sent twice', async () => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    const bob = await someone('bob')
    await Promise.all([alice.login(), bob.login()])
    const lost = net.lose('ClientMsgId') // the answer has it
    const sent = say(alice, c2c('bob', 'only once'))
    await bob.got('only once')
    await lost
    net.cut()
    expect((await sent).status).toBe('success')
    const { messageList } = (await bob.chat.getMessageList({ conversationID: 'C2Calice' })).data
    expect(messageList.filter((m) => m.payload.text === 'only once')).toHaveLength(1)
    await net.close()
  })

  test('a message without an answer has failed in time, and turns to success when it was stored all the same', async () => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    const bob = await someone('bob')
    await Promise.all([alice.login(), bob.login()])
    const lost = net.lose('ClientMsgId')
    alice.waits.send = 500
    const m = alice.chat.createTextMessage(c2c('bob', 'unanswered'))
    const sent = rejects(alice.chat.sendMessage(m))
    await lost
    const err = await sent
    expect(err.code).toBe(2081)
    expect(err.data.message).toBe(m)
    expect(m.status).toBe('fail')
    const turned = alice.until('onMessageModified')
    net.cut()
    expect((await turned)[0]).toBe(m)
    expect(m.status).toBe('success')
    expect(alice.received.some((one) => one.ID === m.ID)).toBe(false)
    await net.close()
  })

  test('a message that got lost on a living connection is fetched, in order', async () => {
    const net = await Network.to(server)
    const alice = await someone('alice', net.url)
    const bob = await someone('bob')
    await Promise.all([alice.login(), bob.login()])
    const first = alice.received.length
    const lost = net.lose('lost one')
    await say(bob, c2c('alice', 'lost one'))
    await lost
    await say(bob, c2c('alice', 'the next'))
    await alice.got('the next')
    expect(alice.received.slice(first).map((m) => m.payload.text)).toEqual(['lost one', 'the next'])
    await net.close()
  })
})

test('a server that is killed and comes back is the same chat', async () => {
  const server = await Server.start()
  onTestFinished(() => server.close())
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((id) => user(server, id)))
  open.push(alice!, bob!)
  await Promise.all([alice!.login(), bob!.login()])
  await say(alice!, c2c('bob', 'before the fall'))
  await bob!.got('before the fall')
  const lost = Promise.all([alice!, bob!].map((u) => u.until('netStateChange', (d) => d.state === 'disconnected')))
  await server.kill()
  await lost
  const sent = say(alice!, c2c('bob', 'into the dark'))
  const back = Promise.all([alice!, bob!].map((u) => u.until('netStateChange', (d) => d.state === 'connected')))
  await server.run()
  await back
  expect((await sent).status).toBe('success')
  await bob!.got('into the dark')
  expect(bob!.received.filter((m) => m.payload.text === 'before the fall')).toHaveLength(1)
})

test('twenty instances in one process talk in a group', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => `many${i}`)
  await server.rest('im_open_login_svc/multiaccount_import', { Accounts: ids })
  const users = await Promise.all(ids.map((id) => someone(id)))
  await server.rest('group_open_http_svc/create_group', {
    Type: 'Public', Name: 'Many', GroupId: 'many', MemberList: ids.map((Member_Account) => ({ Member_Account })),
  })
  await Promise.all(users.map((u) => u.login()))
  await Promise.all(users.map((u) => u.chat.sendMessage(u.chat.createTextMessage({ to: 'many', conversationType: 'GROUP', payload: { text: 'I am ' + u.id } }))))
  await Promise.all(users.flatMap((u) => ids.filter((id) => id !== u.id).map((id) => u.got('I am ' + id))))
  for (const u of users) {
    const seqs = u.received.filter((m) => m.conversationID === 'GROUPmany' && m.type === 'TIMTextElem').map((m) => m.sequence)
    expect(seqs).toHaveLength(19)
    expect([...seqs].sort((a, b) => a - b)).toEqual(seqs)
  }
})
