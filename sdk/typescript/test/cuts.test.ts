// Nothing is lost, nothing comes twice, and all in order, however often the line is cut.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Network, Server } from './server.ts'
import { c2c, say, toGroup, user, type User } from './user.ts'

let server: Server
let net: Network
let alice: User
let bob: User

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  net = await Network.to(server)
  alice = await user(server, 'alice', net.url)
  bob = await user(server, 'bob')
  await Promise.all([alice.login(), bob.login()])
})

afterAll(async () => {
  await alice.chat.destroy()
  await bob.chat.destroy()
  await net.close()
  await server.close()
})

const texts = (u: User, prefix: string) => u.received.map((m) => m.payload.text as string).filter((t) => t?.startsWith(prefix))
const wanted = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix} ${i}`)

test('1,000 messages each way in a group, with a cut every 100', async () => {
  const sends: Promise<unknown>[] = []
  for (let i = 0; i < 1000; i++) {
    sends.push(say(bob, toGroup('lobby', `b ${i}`)), say(alice, toGroup('lobby', `a ${i}`)))
    if (i % 100 === 50) {
      const back = alice.until('netStateChange', (d) => d.state === 'connected')
      net.cut()
      await back
    }
  }
  await Promise.all(sends)
  await Promise.all([alice.got('b 999'), bob.got('a 999')])
  expect(texts(alice, 'b ')).toEqual(wanted('b', 1000))
  expect(texts(bob, 'a ')).toEqual(wanted('a', 1000))
  const { messageList } = (await alice.chat.getMessageList({ conversationID: 'GROUPlobby', count: 2000 })).data
  const spoken = messageList.filter((m) => m.type === 'TIMTextElem')
  expect(new Set(spoken.map((m) => m.ID)).size).toBe(2000)
  expect(spoken.map((m) => m.sequence)).toEqual(spoken.map((_, i) => spoken[0]!.sequence + i))
}, 120_000)

test('20 cuts: no message is lost, none comes twice', async () => {
  let said = 0
  for (let cut = 0; cut < 20; cut++) {
    const sends = [say(bob, c2c('alice', `down ${said}`)), say(alice, c2c('bob', `up ${said}`))]
    if (cut % 2) await bob.got(`up ${said}`) // it is stored, and its answer is under way
    const back = alice.until('netStateChange', (d) => d.state === 'connected')
    net.cut()
    said++
    sends.push(say(bob, c2c('alice', `down ${said}`)), say(alice, c2c('bob', `up ${said}`)))
    said++
    await Promise.all([back, ...sends])
  }
  await Promise.all([alice.got(`down ${said - 1}`), bob.got(`up ${said - 1}`)])
  expect(texts(alice, 'down ')).toEqual(wanted('down', said))
  expect(texts(bob, 'up ')).toEqual(wanted('up', said))
  const { conversationList } = (await bob.chat.getConversationList(['C2Calice'])).data
  expect(conversationList[0]!.unreadCount).toBe(said)
}, 120_000)

test('more missed than is fetched: the newest page, and a window that begins anew', async () => {
  const lost = alice.until('netStateChange', (d) => d.state === 'disconnected')
  net.down = true
  net.cut()
  await lost
  await Promise.all(Array.from({ length: 700 }, (_, i) => say(bob, toGroup('lobby', `much ${i}`))))
  net.down = false
  await alice.got('much 699')
  expect(texts(alice, 'much ')).toEqual(wanted('much', 700).slice(-100))
  const { messageList, isCompleted } = (await alice.chat.getMessageList({ conversationID: 'GROUPlobby', count: 300 })).data
  expect(messageList.map((m) => m.payload.text)).toEqual(wanted('much', 700).slice(-300))
  expect(isCompleted).toBe(false)
}, 120_000)

test('events of a lost time are caught up: a read mark, a recall, a pin of the conversation', async () => {
  const m = await say(bob, c2c('alice', 'will be taken back'))
  const mine = await say(alice, c2c('bob', 'will be read'))
  const got = await alice.got('will be taken back')
  const lost = alice.until('netStateChange', (d) => d.state === 'disconnected')
  net.down = true
  net.cut()
  await lost
  const phone = await user(server, 'alice')
  await phone.login()
  await bob.chat.setMessageRead({ conversationID: 'C2Calice' })
  await bob.chat.revokeMessage(m)
  await phone.chat.pinConversation({ conversationID: 'C2Cbob', isPinned: true })
  const back = alice.until('netStateChange', (d) => d.state === 'connected')
  net.down = false
  await back
  expect(mine.isPeerRead).toBe(true)
  expect(got).toMatchObject({ isRevoked: true, revoker: 'bob' })
  expect((await alice.chat.getConversationList()).data.conversationList[0]).toMatchObject({ conversationID: 'C2Cbob', isPinned: true })
  await phone.chat.destroy()
})

test('a mute whose answer is lost is done once, with one tip', async () => {
  await server.rest('group_open_http_svc/create_group', {
    Type: 'Public', Name: 'Quiet', GroupId: 'quiet', Owner_Account: 'alice', MemberList: [{ Member_Account: 'bob' }],
  })
  await say(bob, toGroup('quiet', 'all in'))
  await alice.got('all in')
  await alice.chat.getGroupProfile({ groupID: 'quiet' }) // nothing else is under way
  const tips = async () => {
    const { messageList } = (await bob.chat.getMessageList({ conversationID: 'GROUPquiet' })).data
    return messageList.filter((m) => m.type === 'TIMGroupTipElem').length
  }
  const before = await tips()
  const lost = net.lose('im/res/')
  const muted = alice.chat.setGroupMemberMuteTime({ groupID: 'quiet', userID: 'bob', muteTime: 600 })
  await lost
  await new Promise<void>((next) => setTimeout(next, 1100)) // its end is counted from now, in seconds
  net.cut()
  await muted
  await say(alice, toGroup('quiet', 'thank you'))
  await bob.got('thank you')
  expect(await tips()).toBe(before + 1)
})

test('a group is left once, though the answer is lost', async () => {
  await server.rest('group_open_http_svc/create_group', { Type: 'Public', Name: 'Left', GroupId: 'left', Owner_Account: 'bob', MemberList: [{ Member_Account: 'alice' }] })
  await alice.chat.getGroupProfile({ groupID: 'left' })
  const lost = net.lose('im/res/')
  const quit = alice.chat.quitGroup('left')
  await lost
  net.cut()
  await expect(quit).resolves.toMatchObject({ data: { groupID: 'left' } })
  await expect(alice.chat.quitGroup('left')).rejects.toMatchObject({ code: 10007 })
})

test('who was removed from a group while away comes back, and to the others', async () => {
  await server.rest('group_open_http_svc/create_group', { Type: 'Public', Name: 'Out', GroupId: 'out', MemberList: ['alice', 'bob'].map((Member_Account) => ({ Member_Account })) })
  await say(bob, toGroup('out', 'all in'))
  await alice.got('all in')
  const lost = alice.until('netStateChange', (d) => d.state === 'disconnected')
  net.down = true
  net.cut()
  await lost
  await say(bob, toGroup('out', 'not for alice'))
  await server.rest('group_open_http_svc/delete_group_member', { GroupId: 'out', MemberToDel_Account: ['alice'] })
  await say(bob, c2c('alice', 'still here?'))
  const back = alice.until('netStateChange', (d) => d.state === 'connected')
  net.down = false
  await back
  await alice.got('still here?')
  const notices = (await alice.chat.getMessageList({ conversationID: '@TIM#SYSTEM' })).data.messageList
  expect(notices.at(-1)!.payload).toMatchObject({ operationType: 4, groupProfile: { groupID: 'out' } })
  await alice.chat.setMessageRead({ conversationID: '@TIM#SYSTEM' })
})
