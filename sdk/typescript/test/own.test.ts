// What a call of one's own has changed is known with its answer: no event is waited for,
// and the event that comes later changes nothing more.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Server } from './server.ts'
import { c2c, say, toGroup, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User
let release: () => void

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob')
  await Promise.all([alice.login(), bob.login()])
  await bob.chat.updateMyProfile({ allowType: 'AllowType_Type_NeedConfirm' })
})
afterAll(async () => {
  await Promise.all([alice, bob].map((u) => u.chat.destroy()))
  await server.close()
})

beforeEach(() => void (release = alice.hold()))
afterEach(() => release())

const view = async (id: string) => (await alice.chat.getConversationList([id])).data.conversationList[0]!
const requests = async () => (await alice.chat.getFriendApplicationList()).data.friendApplicationList
const friends = async () => (await alice.chat.getFriendList()).data

describe('requests to become friends', () => {
  const ask = { to: 'bob', source: 'AddSource_Type_Web', wording: 'it is me' }

  test('one that I make is listed, and no more when I take it back', async () => {
    expect(await requests()).toEqual([])
    await alice.chat.addFriend(ask)
    expect(await requests()).toMatchObject([{ userID: 'bob', type: 'Pendency_Type_SendOut', wording: 'it is me' }])
    await alice.chat.deleteFriendApplication({ userID: 'bob', type: 'Pendency_Type_SendOut' })
    expect(await requests()).toEqual([])
    const told = alice.until('onFriendApplicationListUpdated', (d) => d.friendApplicationList.length === 0)
    release()
    await told
    expect(await requests()).toEqual([])
  })

  test('one that I agree to is over, and makes a friend; one that I refuse is over', async () => {
    await alice.chat.updateMyProfile({ allowType: 'AllowType_Type_NeedConfirm' })
    expect(await friends()).toEqual([])
    await bob.chat.addFriend({ ...ask, to: 'alice' })
    await alice.chat.refuseFriendApplication({ userID: 'bob' })
    expect(await requests()).toEqual([])
    const asked = alice.until('onFriendApplicationListUpdated', (d) => d.friendApplicationList.length === 1)
    await bob.chat.addFriend({ ...ask, to: 'alice' })
    release()
    await asked
    release = alice.hold()
    await alice.chat.acceptFriendApplication({ userID: 'bob', type: 'Response_Action_AgreeAndAdd' })
    expect(await requests()).toEqual([])
    expect(await friends()).toMatchObject([{ userID: 'bob' }])
  })
})

test('a remark is in the conversation at once, friend groups are in the friend, and a former friend has neither', async () => {
  await say(alice, c2c('bob', 'hello'))
  await alice.chat.updateFriend({ userID: 'bob', remark: 'Bobby' })
  expect((await view('C2Cbob')).remark).toBe('Bobby')
  await alice.chat.createFriendGroup({ name: 'family', userIDList: ['bob'] })
  expect((await friends())[0]).toMatchObject({ remark: 'Bobby', groupList: ['family'] })
  await alice.chat.renameFriendGroup({ oldName: 'family', newName: 'kin' })
  expect((await friends())[0]!.groupList).toEqual(['kin'])
  await alice.chat.deleteFriendGroup({ name: 'kin' })
  expect((await friends())[0]!.groupList).toEqual([])
  await alice.chat.deleteFriend({ userIDList: ['bob'] })
  expect(await friends()).toEqual([])
  expect((await view('C2Cbob')).remark).toBe('')
})

test('groups of conversations', async () => {
  await say(alice, toGroup('lobby', 'hello all'))
  const names = async () => [...(await alice.chat.getConversationGroupList()).data]
  const groupsOf = async (id: string) => (await view(id)).conversationGroupList
  expect(await names()).toEqual([])
  await alice.chat.createConversationGroup({ groupName: 'work', conversationIDList: ['C2Cbob'] })
  expect(await names()).toEqual(['work'])
  expect(await groupsOf('C2Cbob')).toEqual(['work'])
  await alice.chat.addConversationsToGroup({ groupName: 'work', conversationIDList: ['GROUPlobby'] })
  expect(await groupsOf('GROUPlobby')).toEqual(['work'])
  expect(await groupsOf('C2Cbob')).toEqual(['work'])
  await alice.chat.deleteConversationsFromGroup({ groupName: 'work', conversationIDList: ['C2Cbob'] })
  expect(await groupsOf('C2Cbob')).toEqual([])
  await alice.chat.renameConversationGroup({ oldName: 'work', newName: 'office' })
  expect(await names()).toEqual(['office'])
  expect(await groupsOf('GROUPlobby')).toEqual(['office'])
  await alice.chat.deleteConversationGroup('office')
  expect(await names()).toEqual([])
  expect(await groupsOf('GROUPlobby')).toEqual([])
  const told = alice.until('onConversationGroupListUpdated', (l) => l.length === 0)
  release()
  await told
  expect(await groupsOf('GROUPlobby')).toEqual([])
})

test('a message that I take back or change is so at once, in the list, too', async () => {
  const m = await say(alice, c2c('bob', 'first'))
  m.payload.text = 'second'
  await alice.chat.modifyMessage(m)
  expect((await view('C2Cbob')).lastMessage.messageForShow).toBe('second')
  expect(m.isModified).toBe(true)
  await alice.chat.revokeMessage(m)
  expect(m).toMatchObject({ isRevoked: true, revoker: 'alice' })
  expect((await view('C2Cbob')).lastMessage).toMatchObject({ isRevoked: true, revoker: 'alice' })
  const told = alice.until('onMessageRevoked', (d) => d[0] === m)
  release()
  await told
})

test('attributes and counters of a group are in the group', async () => {
  const { group } = (await alice.chat.createGroup({ name: 'Tea', type: 'Public', groupID: 'tea' })).data
  await alice.chat.initGroupAttributes({ groupID: 'tea', groupAttributes: { leaf: 'green', cup: 'blue' } })
  expect(group.groupAttributes).toEqual({ leaf: 'green', cup: 'blue' })
  await alice.chat.setGroupAttributes({ groupID: 'tea', groupAttributes: { leaf: 'black' } })
  await alice.chat.deleteGroupAttributes({ groupID: 'tea', keyList: ['cup'] })
  expect(group.groupAttributes).toEqual({ leaf: 'black' })
  await alice.chat.setGroupCounters({ groupID: 'tea', counters: { lumps: 2 } })
  await alice.chat.increaseGroupCounter({ groupID: 'tea', key: 'lumps', value: 1 })
  expect(group.groupCounters).toEqual({ lumps: 3 })
})
