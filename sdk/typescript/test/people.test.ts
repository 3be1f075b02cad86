// People: profiles, friends, the blocklist, who is there, and search.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Server } from './server.ts'
import { c2c, rejects, say, toGroup, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob', undefined, { userAvatar: (id: string) => `/pictures/${id}.png` })
  await Promise.all([alice.login(), bob.login()])
})

afterAll(async () => {
  await Promise.all([alice, bob].map((u) => u.chat.destroy()))
  await server.close()
})

describe('profiles', () => {
  test('mine, and the one of others; a change is told', async () => {
    await say(alice, c2c('bob', 'hello'))
    await bob.got('hello')
    expect((await alice.chat.getMyProfile()).data).toMatchObject({ userID: 'alice', gender: 'Gender_Type_Unknown' })
    const mine = alice.until('onProfileUpdated')
    const told = bob.until('onProfileUpdated')
    const { data } = await alice.chat.updateMyProfile({ nick: 'Alice', gender: 'Gender_Type_Female', birthday: 20000101, avatar: 'data:image/png;base64,no' })
    expect(data).toMatchObject({ nick: 'Alice', gender: 'Gender_Type_Female', birthday: 20000101 })
    expect((await mine)[0]).toBe(data)
    expect((await told)[0]).toMatchObject({ userID: 'alice', nick: 'Alice', avatar: '/pictures/alice.png' })
    const { conversationList } = (await bob.chat.getConversationList(['C2Calice'])).data
    expect(conversationList[0]!.userProfile!.nick).toBe('Alice')
    const list = (await bob.chat.getUserProfile({ userIDList: ['nobody', 'alice', 'bob'] })).data
    expect(list.map((p) => p.userID)).toEqual(['alice', 'bob'])
    expect((await say(alice, c2c('bob', 'with a name'))).nick).toBe('Alice')
    expect((await bob.got('with a name')).nick).toBe('Alice')
  })
})

test('the blocklist', async () => {
  expect((await alice.chat.getBlacklist()).data).toEqual([])
  const told = alice.until('blacklistUpdated')
  expect((await alice.chat.addToBlacklist({ userIDList: ['carol'] })).data).toEqual(['carol'])
  expect(await told).toEqual(['carol'])
  const gone = alice.until('blacklistUpdated')
  expect((await alice.chat.removeFromBlacklist({ userIDList: ['carol'] })).data).toEqual([])
  expect(await gone).toEqual([])
})

describe('friends', () => {
  test('one asks, the other agrees; both are told', async () => {
    await bob.chat.updateMyProfile({ allowType: 'AllowType_Type_NeedConfirm' })
    expect((await bob.chat.getFriendApplicationList()).data).toEqual({ friendApplicationList: [], unreadCount: 0 })
    const asked = bob.until('onFriendApplicationListUpdated')
    const added = (await alice.chat.addFriend({ to: 'bob', source: 'AddSource_Type_Web', wording: 'it is me', remark: 'Bobby' })).data
    expect(added).toMatchObject({ userID: 'bob', code: 30539 })
    expect(await asked).toMatchObject({ friendApplicationList: [{ userID: 'alice', type: 'Pendency_Type_ComeIn', wording: 'it is me' }], unreadCount: 1 })
    await bob.chat.setFriendApplicationRead()
    expect((await bob.chat.getFriendApplicationList()).data.unreadCount).toBe(0)
    const [atAlice, atBob] = [alice, bob].map((u) => u.until('onFriendListUpdated'))
    await bob.chat.acceptFriendApplication({ userID: 'alice', type: 'Response_Action_AgreeAndAdd' })
    expect((await atAlice)[0]).toMatchObject({ userID: 'bob', remark: 'Bobby' })
    expect((await atBob)[0]).toMatchObject({ userID: 'alice', profile: { nick: 'Alice' } })
    expect((await alice.chat.getFriendList()).data.map((f) => f.userID)).toEqual(['bob'])
    const relation = (await alice.chat.checkFriend({ userIDList: ['bob'], type: 'CheckResult_Type_Both' })).data
    expect(relation.successUserIDList).toEqual([{ userID: 'bob', code: 0, relation: 'CheckResult_Type_BothWay' }])
  })

  test('a remark is in the conversation and in what is said next', async () => {
    expect((await alice.chat.updateFriend({ userID: 'bob', remark: 'B.' })).data.remark).toBe('B.')
    await say(bob, c2c('alice', 'with a remark'))
    expect((await alice.got('with a remark')).friendRemark).toBe('B.')
    expect((await alice.chat.getConversationProfile('C2Cbob')).data.conversation.remark).toBe('B.')
    const { friendList, failureUserIDList } = (await alice.chat.getFriendProfile({ userIDList: ['bob', 'carol'] })).data
    expect(friendList).toMatchObject([{ userID: 'bob', remark: 'B.' }])
    expect(failureUserIDList).toMatchObject([{ userID: 'carol' }])
  })

  test('friend groups', async () => {
    const told = alice.until('onFriendGroupListUpdated')
    const made = (await alice.chat.createFriendGroup({ name: 'family', userIDList: ['bob'] })).data
    expect(made).toEqual({ friendGroup: { name: 'family', userIDList: ['bob'], count: 1 }, failureUserIDList: [] })
    expect((await told)[0]).toMatchObject({ name: 'family', count: 1 })
    expect((await alice.chat.removeFromFriendGroup({ name: 'family', userIDList: ['bob'] })).data.friendGroup.count).toBe(0)
    expect((await alice.chat.addToFriendGroup({ name: 'family', userIDList: ['bob'] })).data.friendGroup.count).toBe(1)
    expect((await alice.chat.renameFriendGroup({ oldName: 'family', newName: 'kin' })).data).toMatchObject({ name: 'kin', userIDList: ['bob'] })
    expect((await alice.chat.getFriendGroupList()).data.map((g) => g.name)).toEqual(['kin'])
    expect((await alice.chat.deleteFriendGroup({ name: 'kin' })).data.name).toBe('kin')
    expect((await alice.chat.getFriendGroupList()).data).toEqual([])
  })

  test('a refusal, a request that is taken back, and an end', async () => {
    const carol = await user(server, 'carol')
    await carol.login()
    await carol.chat.updateMyProfile({ allowType: 'AllowType_Type_NeedConfirm' })
    await alice.chat.addFriend({ to: 'carol', source: 'AddSource_Type_Web' })
    const done = alice.until('onFriendApplicationListUpdated', (d) => d.friendApplicationList.length === 0)
    await carol.chat.refuseFriendApplication({ userID: 'alice' })
    await done
    await alice.chat.addFriend({ to: 'carol', source: 'AddSource_Type_Web' })
    await alice.chat.deleteFriendApplication({ userID: 'carol', type: 'Pendency_Type_SendOut' })
    expect((await alice.chat.getFriendApplicationList()).data.friendApplicationList).toEqual([])
    await carol.chat.updateMyProfile({ allowType: 'AllowType_Type_DenyAny' })
    expect((await rejects(alice.chat.addFriend({ to: 'carol', source: 'AddSource_Type_Web' }))).code).toBe(30516)
    const gone = bob.until('onFriendListUpdated', (l) => l.length === 0)
    expect((await alice.chat.deleteFriend({ userIDList: ['bob'], type: 'Delete_Type_Both' })).data.successUserIDList).toEqual([{ userID: 'bob' }])
    await gone
    await carol.chat.destroy()
  })
})

describe('what a call of mine has caused', () => {
  let usual: number
  beforeAll(() => {
    usual = alice.holds.calls
    alice.holds.calls = 20_000 // a slow machine is no fault
  })
  afterAll(() => void (alice.holds.calls = usual))

  test('is told after its end', async () => {
    const order: string[] = []
    const told = alice.until('onFriendGroupListUpdated', () => order.push('told') > 0)
    await alice.chat.createFriendGroup({ name: 'tea', userIDList: [] }).then(() => order.push('ended'))
    await told
    expect(order).toEqual(['ended', 'told'])
  })

  test('and after the end of the call that it leads to', async () => {
    await server.rest('im_open_login_svc/account_import', { UserID: 'eve' })
    const { group: { groupID } } = (await alice.chat.createGroup({ name: 'Tea', type: 'Private' })).data
    await say(alice, toGroup(groupID, 'hello')) // before it a Work group has no tips
    const order: string[] = []
    const told = alice.until('onMessageReceived', (list) => list.some((m: any) => m.type === 'TIMGroupTipElem' && m.to === groupID) && order.push('told') > 0)
    await alice.chat.addGroupMember({ groupID, userIDList: ['eve'] }).then(() => order.push('ended'))
    await alice.chat.getGroupMemberProfile({ groupID, userIDList: ['eve'] }).then(() => order.push('asked on'))
    await told
    expect(order).toEqual(['ended', 'asked on', 'told'])
  })
})

test('who is there, and what they say of themselves', async () => {
  await server.rest('im_open_login_svc/account_import', { UserID: 'dora' })
  const dora = await user(server, 'dora')
  const here = alice.until('onUserStatusUpdated', (d) => d[0].userID === 'dora' && d[0].statusType === 1)
  await alice.chat.subscribeUserStatus({ userIDList: ['dora'] })
  await dora.login()
  await here
  const says = alice.until('onUserStatusUpdated', (d) => d[0].customStatus === 'on tour')
  expect((await dora.chat.setSelfStatus({ customStatus: 'on tour' })).data).toEqual({ userID: 'dora', statusType: 1, customStatus: 'on tour' })
  await says
  const { successUserList } = (await alice.chat.getUserStatus({ userIDList: ['dora', 'bob'] })).data
  expect(successUserList).toMatchObject([{ userID: 'dora', statusType: 1, customStatus: 'on tour' }, { userID: 'bob', statusType: 1 }])
  const gone = alice.until('onUserStatusUpdated', (d) => d[0].userID === 'dora' && d[0].statusType === 2)
  await dora.chat.destroy()
  await gone
  expect((await alice.chat.unsubscribeUserStatus({ userIDList: ['dora'] })).data).toEqual({ failureUserList: [] })
})

describe('search', () => {
  test('groups and members by words', async () => {
    await alice.chat.createGroup({ name: 'Porcelain', type: 'Public', groupID: 'porcelain' })
    const groups = (await alice.chat.searchCloudGroups({ keywordList: ['porcel'] })).data
    expect(groups).toMatchObject({ cursor: '', searchResultList: [{ groupID: 'porcelain', name: 'Porcelain' }] })
    const members = (await alice.chat.searchCloudGroupMembers({ keywordList: ['alice'], groupIDList: ['porcelain'] })).data
    expect(members.searchResultList).toMatchObject([{ groupInfo: { groupID: 'porcelain', name: 'Porcelain' }, memberList: [{ userID: 'alice' }] }])
  })

  test('messages and users, where the server has it; else it is not offered', async () => {
    const { data: me } = await alice.chat.request('me')
    const calls = [alice.chat.searchCloudMessages({ keywordList: ['hello'] }), alice.chat.searchCloudUsers({ keywordList: ['Alice'] })]
    if (!me.Features.includes('search')) for (const call of calls) expect((await rejects(call as Promise<unknown>)).code).toBe(3120)
    else for (const call of calls) expect((await call).code).toBe(0)
  })
})
