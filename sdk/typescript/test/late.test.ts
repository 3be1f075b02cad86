// An answer that was given before an event, and comes after it, puts nothing old over what is new.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { Server } from './server.ts'
import { c2c, say, toGroup, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob')
  await Promise.all([alice.login(), bob.login()])
  await alice.chat.getGroupList()
  await server.rest('im_open_login_svc/account_import', { UserID: 'cat' })
})

afterAll(async () => {
  await alice.chat.destroy()
  await bob.chat.destroy()
  await server.close()
})

const made = (GroupId: string) => server.rest('group_open_http_svc/create_group', {
  Type: 'Public', Name: GroupId, GroupId, Owner_Account: 'bob', MemberList: [{ Member_Account: 'alice' }],
})
const add = (GroupId: string) => server.rest('group_open_http_svc/add_group_member', { GroupId, MemberList: [{ Member_Account: 'cat' }] })
const tipped = (groupID: string) => alice.until('onMessageReceived', (list) => list.some((m: any) => m.type === 'TIMGroupTipElem' && m.to === groupID))

test('the number of members of a group that was asked for', async () => {
  await made('asked')
  await say(bob, toGroup('asked', 'all here'))
  await alice.got('all here')
  const late = alice.late('group.get')
  const asked = alice.chat.getGroupProfile({ groupID: 'asked' })
  await late.came
  const tip = tipped('asked')
  await add('asked')
  await tip
  late.release()
  expect((await asked).data.group.memberCount).toBe(3)
})

test('the number of members of a group that one comes into', async () => {
  const late = alice.late('group.get', 'entered')
  await made('entered')
  await late.came
  await say(bob, toGroup('entered', 'all here, too'))
  await alice.got('all here, too')
  await alice.chat.getConversationProfile('GROUPentered') // nothing else is under way
  const tip = tipped('entered')
  await add('entered')
  await tip
  const then = alice.late('conv.get', 'entered')
  late.release()
  await then.came // asked for after the group, and not known yet
  const group = (await alice.chat.getGroupList()).data.groupList.find((g) => g.groupID === 'entered')
  then.release()
  expect(group!.memberCount).toBe(3)
})

test('the name of a user', async () => {
  const late = alice.late('user.get')
  const asked = alice.chat.getUserProfile({ userIDList: ['bob'] })
  await late.came
  const told = alice.until('onProfileUpdated', (list) => list[0].nick === 'Bobby')
  await alice.chat.getMyProfile()
  await say(bob, c2c('alice', 'a word')) // who is talked to is told
  await bob.chat.updateMyProfile({ nick: 'Bobby' })
  await told
  late.release()
  expect((await asked).data[0]!.nick).toBe('Bobby')
})

test('what I have set of a conversation elsewhere', async () => {
  await say(bob, c2c('alice', 'pin me'))
  await alice.got('pin me')
  await alice.chat.pinConversation({ conversationID: 'C2Cbob', isPinned: true })
  const late = alice.late('conv.get')
  const asked = alice.chat.getConversationProfile('C2Cbob')
  await late.came
  const phone = await user(server, 'alice')
  await phone.login()
  const told = alice.until('onConversationListUpdated', (list) => list.some((c: any) => c.conversationID === 'C2Cbob' && !c.isPinned))
  await phone.chat.pinConversation({ conversationID: 'C2Cbob', isPinned: false })
  await told
  late.release()
  expect((await asked).data.conversation.isPinned).toBe(false)
  await phone.chat.destroy()
})

test('counters of a group', async () => {
  await made('counted')
  await say(bob, toGroup('counted', 'count'))
  await alice.got('count')
  const { group } = (await alice.chat.getGroupProfile({ groupID: 'counted' })).data
  const late = alice.late('group.counters.update')
  const mine = alice.chat.increaseGroupCounter({ groupID: 'counted', key: 'k', value: 1 })
  await late.came
  const told = alice.until('onGroupCounterUpdated', (d) => d.value === 2)
  await bob.chat.increaseGroupCounter({ groupID: 'counted', key: 'k', value: 1 })
  await told
  late.release()
  await mine
  expect(group.groupCounters).toEqual({ k: 2 })
})
