// Groups: making them, coming in, members and their rights, attributes and counters.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Group, Message } from '../src/index.ts'
import { Server } from './server.ts'
import { rejects, say, toGroup, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User
let carol: User

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob')
  carol = await user(server, 'carol')
  await Promise.all([alice, bob, carol].map((u) => u.login()))
})

afterAll(async () => {
  await Promise.all([alice, bob, carol].map((u) => u.chat.destroy()))
  await server.close()
})

const isNotice = (n: number) => (m: Message) => m.type === 'TIMGroupSystemNoticeElem' && m.payload.operationType === n
const isTip = (n: number) => (m: Message) => m.type === 'TIMGroupTipElem' && m.payload.operationType === n
const wait = (u: User, is: (m: Message) => boolean): Promise<Message> =>
  u.until('onMessageReceived', (list: Message[]) => list.some(is)).then((list: Message[]) => list.find(is)!)

describe('a Work group', () => {
  test('is made with its first members, who see it with its first message', async () => {
    const told = wait(bob, (m) => isNotice(7)(m) && m.to === 'team')
    const { group, overLimitUserIDList } = (await alice.chat.createGroup({
      name: 'Team', type: 'Private', groupID: 'team', avatar: 'data:image/png;base64,xx', introduction: 'about', memberList: [{ userID: 'bob' }],
    })).data
    expect(group).toMatchObject({ name: 'Team', type: 'Private', introduction: 'about', ownerID: 'alice', memberCount: 2, selfInfo: { role: 'Owner' } })
    expect(group.avatar).not.toContain('base64')
    expect(overLimitUserIDList).toEqual([])
    const id = group.groupID
    await say(alice, toGroup(id, 'first'))
    expect(await told).toMatchObject({ conversationID: '@TIM#SYSTEM', to: id, payload: { groupProfile: { groupID: id, name: 'Team' } } })
    await bob.got('first')
    const { conversation } = (await bob.chat.getConversationProfile('GROUP' + id)).data
    expect(conversation).toMatchObject({ subType: 'Private', groupProfile: { name: 'Team', type: 'Private' } })
    expect((await bob.chat.getConversationList()).data.conversationList.some((v) => v.conversationID === '@TIM#SYSTEM')).toBe(false)
  })

  test('takes in who is invited, and the tip tells an invitation from a join', async () => {
    const inside = bob.until('onGroupListUpdated', (list) => list.some((g: Group) => g.name === 'Invites'))
    const { group } = (await alice.chat.createGroup({ name: 'Invites', type: 'Private', memberList: [{ userID: 'bob' }] })).data
    await say(alice, toGroup(group.groupID, 'open'))
    await Promise.all([bob.got('open'), inside])
    const tip = wait(bob, isTip(1))
    const counted = bob.until('onGroupListUpdated', (list) => list.some((g: Group) => g.groupID === group.groupID && g.memberCount === 3))
    const { data } = await alice.chat.addGroupMember({ groupID: group.groupID, userIDList: ['carol', 'bob'] })
    expect(data).toMatchObject({ successUserIDList: ['carol'], existedUserIDList: ['bob'], failureUserIDList: [], overLimitUserIDList: [] })
    expect((await tip).payload).toMatchObject({
      operatorID: 'alice', operatorInfo: { userID: 'alice' }, userIDList: ['carol'], memberList: [{ userID: 'carol', role: 0, avatar: expect.stringMatching(/^data:image.*%3EC%3C/) }], memberCount: 3,
    })
    expect((await counted).find((g: Group) => g.groupID === group.groupID).avatar).toMatch(/%3EI%3C/) // of Invites, not of @TGS#…
  })
})

describe('a Public group', () => {
  let id: string
  beforeAll(async () => {
    id = (await alice.chat.createGroup({ name: 'Chess', type: 'Public', groupID: 'chess', joinOption: 'NeedPermission' })).data.group.groupID
  })

  test('one asks to come in, and the owner lets them', async () => {
    expect((await rejects(bob.chat.getGroupProfile({ groupID: id }))).code).toBe(10007)
    expect((await bob.chat.searchGroupByID(id)).data.group).toMatchObject({ groupID: id, name: 'Chess' })
    const asked = wait(alice, isNotice(1))
    expect((await bob.chat.joinGroup({ groupID: id, applyMessage: 'please' })).data.status).toBe('WaitAdminApproval')
    const notice = await asked
    expect(notice.payload).toMatchObject({ operatorID: 'bob', requestMsg: 'please', groupProfile: { groupID: id } })
    const { applicationList } = (await alice.chat.getGroupApplicationList()).data
    expect(applicationList).toMatchObject([{ groupID: id, applicant: 'bob', applicationType: 0, note: 'please', authentication: 0 }])
    const [agreed, groups, tip] = [wait(bob, isNotice(2)), bob.until('onGroupListUpdated', (list) => list.some((g: Group) => g.groupID === id)), wait(alice, isTip(1))]
    await alice.chat.handleGroupApplication({ handleAction: 'Agree', handleMessage: 'welcome', application: applicationList[0]! })
    expect((await agreed).payload).toMatchObject({ handledMsg: 'welcome' })
    await groups
    expect((await tip).payload).toMatchObject({ userIDList: ['bob'], memberList: [{ userID: 'bob', role: 'Member' }] })
    expect((await rejects(alice.chat.handleGroupApplication({ handleAction: 'Agree', message: notice }))).code).toBe(10024)
    expect((await bob.chat.joinGroup({ groupID: id })).data.status).toBe('AlreadyInGroup')
    expect((await bob.chat.getGroupList()).data.groupList.some((g) => g.groupID === id)).toBe(true)
  })

  test('a refusal is told', async () => {
    const asked = wait(alice, isNotice(1))
    await carol.chat.joinGroup({ groupID: id })
    const refused = wait(carol, isNotice(3))
    await alice.chat.handleGroupApplication({ handleAction: 'Reject', handleMessage: 'full', message: await asked })
    expect((await refused).payload).toMatchObject({ handledMsg: 'full', operatorID: 'alice' })
  })

  test('a change of its profile is a tip with what changed', async () => {
    const tip = wait(bob, isTip(6))
    const list = bob.until('onGroupListUpdated', (l) => l.some((g: any) => g.name === 'Chess Club'))
    const { group } = (await alice.chat.updateGroupProfile({ groupID: id, name: 'Chess Club', notification: 'Mondays', joinOption: 'FreeAccess' })).data
    expect(group).toMatchObject({ name: 'Chess Club', notification: 'Mondays', joinOption: 'FreeAccess' })
    const { newGroupProfile } = (await tip).payload
    expect(newGroupProfile).toMatchObject({ groupName: 'Chess Club' })
    await list
    expect((await bob.chat.getGroupProfile({ groupID: id })).data.group.name).toBe('Chess Club')
    expect((await alice.chat.updateGroupProfile({ groupID: id, muteAllMembers: true })).data.group.muteAllMembers).toBe(true)
    expect((await rejects(say(bob, toGroup(id, 'shh')))).code).toBeGreaterThan(0)
    await alice.chat.updateGroupProfile({ groupID: id, muteAllMembers: false })
  })

  test('members: the list, a name card, a role, a mute', async () => {
    const { memberList, offset } = (await alice.chat.getGroupMemberList({ groupID: id, count: 10, offset: 0 })).data
    expect(memberList.map((m) => [m.userID, m.role])).toEqual([['alice', 'Owner'], ['bob', 'Member']])
    expect(offset).toBe(0)
    const first = (await alice.chat.getGroupMemberList({ groupID: id, count: 1 })).data
    expect(first.offset).toBe(1)
    expect((await alice.chat.getGroupMemberList({ groupID: id, count: 1, offset: 1 })).data).toMatchObject({ memberList: [{ userID: 'bob' }], offset: 0 })
    expect((await bob.chat.setGroupMemberNameCard({ groupID: id, nameCard: 'Bobby' })).data.member).toMatchObject({ userID: 'bob', nameCard: 'Bobby' })
    const admin = wait(bob, isNotice(9))
    expect((await alice.chat.setGroupMemberRole({ groupID: id, userID: 'bob', role: 'Admin' })).data.member.role).toBe('Admin')
    await admin
    expect((await bob.chat.getGroupMemberList({ groupID: id, role: 'Admin' })).data.memberList.map((m) => m.userID)).toEqual(['bob'])
    await alice.chat.setGroupMemberRole({ groupID: id, userID: 'bob', role: 'Member' })
    const muted = wait(bob, isTip(7))
    const { member } = (await alice.chat.setGroupMemberMuteTime({ groupID: id, userID: 'bob', muteTime: 600 })).data
    expect(member.muteUntil).toBeGreaterThan(Date.now() / 1000)
    expect((await muted).payload.memberList[0]).toMatchObject({ userID: 'bob', muteTime: 600 })
    expect((await rejects(say(bob, toGroup(id, 'muted')))).code).toBe(10017)
    await alice.chat.setGroupMemberMuteTime({ groupID: id, userID: 'bob', muteTime: 0 })
    expect((await alice.chat.getGroupMemberProfile({ groupID: id, userIDList: ['bob'] })).data.memberList).toMatchObject([{ userID: 'bob', nameCard: 'Bobby', muteUntil: 0 }])
  })

  test('attributes', async () => {
    const told = bob.until('groupAttributesUpdated', (d) => d.updatedKeyList.includes('pot'))
    await alice.chat.initGroupAttributes({ groupID: id, groupAttributes: { pot: 'green', cup: 'white' } })
    expect(await told).toMatchObject({ groupID: id, groupAttributes: { pot: 'green', cup: 'white' } })
    expect(bob.log.filter((e) => e.name === 'groupAttributesUpdated').at(-1)).toMatchObject({ groupID: id })
    await alice.chat.setGroupAttributes({ groupID: id, groupAttributes: { pot: 'black' } })
    expect((await bob.chat.getGroupAttributes({ groupID: id, keyList: ['pot'] })).data.groupAttributes).toEqual({ pot: 'black' })
    await alice.chat.deleteGroupAttributes({ groupID: id, keyList: ['pot'] })
    expect((await bob.chat.getGroupAttributes({ groupID: id })).data.groupAttributes).toEqual({ cup: 'white' })
    expect((await alice.chat.deleteGroupAttributes({ groupID: id })).data.keyList).toEqual(['cup'])
  })

  test('counters', async () => {
    const told = bob.until('onGroupCounterUpdated')
    expect((await alice.chat.setGroupCounters({ groupID: id, counters: { likes: 5 } })).data.counters).toEqual({ likes: 5 })
    expect(await told).toEqual({ groupID: id, key: 'likes', value: 5 })
    expect((await alice.chat.increaseGroupCounter({ groupID: id, key: 'likes', value: 2 })).data.counters).toEqual({ likes: 7 })
    expect((await alice.chat.decreaseGroupCounter({ groupID: id, key: 'likes', value: 1 })).data.counters).toEqual({ likes: 6 })
    expect((await bob.chat.getGroupCounters({ groupID: id, keyList: ['likes'] })).data.counters).toEqual({ likes: 6 })
  })

  test('who is removed, leaves, or hands it over', async () => {
    const removed = wait(bob, isNotice(4))
    expect((await alice.chat.deleteGroupMember({ groupID: id, userIDList: ['bob'], reason: 'noise' })).data).toMatchObject({ userIDList: ['bob'], group: { memberCount: 1 } })
    expect((await removed).payload.handledMsg).toBe('noise')
    await bob.chat.joinGroup({ groupID: id })
    await carol.chat.joinGroup({ groupID: id })
    const owner = wait(carol, (m) => isTip(6)(m) && m.payload.newGroupProfile.ownerID === 'bob')
    expect((await alice.chat.changeGroupOwner({ groupID: id, newOwnerID: 'bob' })).data.group.ownerID).toBe('bob')
    expect((await owner).payload.memberList).toMatchObject([{ userID: 'bob' }])
    const left = wait(bob, isTip(2))
    expect((await carol.chat.quitGroup(id)).data).toEqual({ groupID: id })
    expect((await left).payload).toMatchObject({ operatorInfo: { userID: 'carol' }, userIDList: ['carol'] })
    expect((await carol.chat.getGroupList()).data.groupList.some((g) => g.groupID === id)).toBe(false)
    expect((await carol.chat.getConversationList(['GROUP' + id])).data.conversationList).toHaveLength(1)
    const ended = wait(alice, isNotice(5))
    await bob.chat.dismissGroup(id)
    await ended
    expect((await rejects(alice.chat.getGroupProfile({ groupID: id }))).code).toBe(10010)
  })
})

test('a room that is watched: messages come, and again after a cut', async () => {
  const { group } = (await alice.chat.createGroup({ name: 'Live', type: 'AVChatRoom' })).data
  const id = group.groupID
  await alice.chat.joinGroup({ groupID: id })
  expect((await bob.chat.joinGroup({ groupID: id })).data.status).toBe('JoinedSuccess')
  const m = await say(alice, toGroup(id, 'live'))
  expect(m.status).toBe('success')
  await bob.got('live')
  expect(bob.received.filter((one) => one.payload.text === 'live')).toHaveLength(1)
  expect((await alice.chat.getGroupOnlineMemberCount(id)).data.memberCount).toBeGreaterThan(0)
  expect((await bob.chat.getMessageList({ conversationID: 'GROUP' + id })).data.isCompleted).toBe(true)
})
