// What is done with messages and conversations, between two users and their devices.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../src/index.ts'
import { Server } from './server.ts'
import { c2c, rejects, say, toGroup, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User
let phone: User // bob's other device

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob')
  phone = await user(server, 'bob')
  await Promise.all([alice.login(), bob.login(), phone.login()])
})

afterAll(async () => {
  await Promise.all([alice, bob, phone].map((u) => u.chat.destroy()))
  await server.close()
})

const texts = (list: Message[]) => list.map((m) => m.payload.text)

async function send(from: User, m: Message, o?: object): Promise<Message> {
  return (await from.chat.sendMessage(m, o)).data.message
}

/** arrived waits for a message by its id. */
async function arrived(at: User, ID: string): Promise<Message> {
  const is = (m: Message) => m.ID === ID
  return at.received.find(is) ?? (await at.until('onMessageReceived', (d: Message[]) => d.some(is))).find(is)
}

describe('kinds of messages', () => {
  const to = { to: 'bob', conversationType: 'C2C' }
  test.each<[string, () => Message, object]>([
    ['custom', () => alice.chat.createCustomMessage({ ...to, payload: { data: '{"a":1}', description: 'd', extension: 'e' } }), { data: '{"a":1}', description: 'd', extension: 'e' }],
    ['face', () => alice.chat.createFaceMessage({ ...to, payload: { index: 3, data: 'smile' } }), { index: 3, data: 'smile' }],
    ['location', () => alice.chat.createLocationMessage({ ...to, payload: { description: 'tea house', longitude: 12.5, latitude: -3.25 } }), { description: 'tea house', longitude: 12.5, latitude: -3.25 }],
  ])('%s', async (_, make, payload) => {
    const m = await send(alice, make())
    const got = await arrived(bob, m.ID)
    expect(got.payload).toEqual(payload)
    expect(got.type).toBe(m.type)
  })

  test('with options: cloud data, priority, push, control', async () => {
    const m = alice.chat.createTextMessage({ ...c2c('bob', 'with all'), cloudCustomData: 'cloud', priority: 'High' })
    const before = bob.chat.getTotalUnreadMessageCount()
    await send(alice, m, {
      offlinePushInfo: { title: 't', description: 'd', extension: '', disablePush: true },
      messageControlInfo: { excludedFromUnreadCount: true, excludedFromLastMessage: true },
    })
    const got = await arrived(bob, m.ID)
    expect(got).toMatchObject({ cloudCustomData: 'cloud', _isExcludedFromUnreadCount: true, _isExcludedFromLastMessage: true })
    expect(bob.chat.getTotalUnreadMessageCount()).toBe(before)
    const { conversation } = (await bob.chat.getConversationProfile('C2Calice')).data
    expect(conversation.lastMessage.messageForShow).not.toBe('with all')
  })

  test('online only: received, and in no list, count or history', async () => {
    const m = alice.chat.createCustomMessage({ ...to, payload: { data: '{"businessID":"user_typing_status","typingStatus":1}' } })
    const before = bob.chat.getTotalUnreadMessageCount()
    await send(alice, m, { onlineUserOnly: true })
    await arrived(bob, m.ID)
    expect(bob.chat.getTotalUnreadMessageCount()).toBe(before)
    const { messageList } = (await bob.chat.getMessageList({ conversationID: 'C2Calice', count: 50 })).data
    expect(messageList.some((one) => one.ID === m.ID)).toBe(false)
  })

  test('a merged message, a forwarded one, and a quote', async () => {
    const first = await say(alice, c2c('bob', 'first'))
    const second = await say(alice, c2c('bob', 'second'))
    const merged = alice.chat.createMergerMessage({ ...to, payload: { messageList: [first, second], title: 'chat', abstractList: ['first', 'second'], compatibleText: 'old' } })
    await send(alice, merged)
    const got = await arrived(bob, merged.ID)
    expect(got.payload).toMatchObject({ title: 'chat', abstractList: ['first', 'second'], version: 1, layersOverLimit: false })
    const opened = await bob.chat.downloadMergerMessage(got)
    expect(opened.code).toBe(0)
    expect(texts(opened.data.messageList as Message[])).toEqual(['first', 'second'])
    expect(opened.payload.messageList[0].messageBody).toEqual([{ type: 'TIMTextElem', payload: { text: 'first' } }])

    const forwarded = await send(bob, bob.chat.createForwardMessage({ to: 'alice', conversationType: 'C2C', payload: got }))
    expect((await arrived(alice, forwarded.ID)).payload.messageList).toHaveLength(2)

    const quote = bob.chat.createQuoteMessage(bob.chat.createTextMessage(c2c('alice', 'about it')), bob.chat.findMessage(first.ID)!)
    await send(bob, quote)
    expect((await arrived(alice, quote.ID)).quoteInfo).toEqual({ msgID: first.ID, messageSequence: first.sequence, messageTime: first.time })
  })

  test('a merged message that is too long for a message is opened page by page', async () => {
    const list = await Promise.all(Array.from({ length: 40 }, (_, i) => say(alice, c2c('bob', `${i} ${'x'.repeat(700)}`))))
    const merged = alice.chat.createMergerMessage({ ...to, payload: { messageList: list, title: 'long', abstractList: [], compatibleText: 'old' } })
    await send(alice, merged)
    const got = await arrived(bob, merged.ID)
    expect(got.payload.messageList).toEqual([])
    expect(got.payload.downloadKey).not.toBe('')
    const opened = await bob.chat.downloadMergerMessage(got)
    expect(opened.data.messageList).toHaveLength(40)
    expect(got.payload.messageList).toHaveLength(40)
  })

  test('what cannot be written is refused with 2080', async () => {
    expect((await rejects(() => alice.chat.createTextMessage({ to: '', conversationType: 'C2C', payload: { text: 'x' } }))).code).toBe(2080)
    expect((await rejects(() => alice.chat.createTextMessage({ to: 'bob', conversationType: 'else', payload: { text: 'x' } }))).code).toBe(2080)
    expect((await rejects(() => alice.chat.createTextMessage({ to: 'bob', conversationType: 'C2C', payload: {} as never }))).code).toBe(2080)
  })
})

test('a refused message has failed, keeps its place, and can be sent again', async () => {
  const carol = await user(server, 'carol')
  await carol.login()
  const mute = (MuteTime: number) => server.rest('group_open_http_svc/forbid_send_msg', { GroupId: 'lobby', Members_Account: ['carol'], MuteTime })
  await mute(600)
  const m = carol.chat.createTextMessage(toGroup('lobby', 'let me speak'))
  const err = await rejects(carol.chat.sendMessage(m))
  expect(err.code).toBe(10017)
  expect(err.data.message).toBe(m)
  expect(m.status).toBe('fail')
  const { messageList } = (await carol.chat.getMessageList({ conversationID: 'GROUPlobby' })).data
  expect(messageList.at(-1)).toBe(m)
  await mute(0)
  expect((await carol.chat.resendMessage(m)).data.message.status).toBe('success')
  expect((await arrived(alice, m.ID)).payload.text).toBe('let me speak')
  await carol.chat.destroy()
})

test('what I say on one device comes to the other', async () => {
  const m = await say(bob, c2c('alice', 'from the desk'))
  expect(await arrived(phone, m.ID)).toMatchObject({ flow: 'out', from: 'bob', to: 'alice', conversationID: 'C2Calice' })
  expect(bob.received.some((one) => one.ID === m.ID)).toBe(false)
})

describe('history', () => {
  let carol: User
  beforeAll(async () => {
    carol = await user(server, 'carol')
    await carol.login()
    for (let i = 0; i < 40; i++) await say(bob, c2c('carol', `h ${i}`))
    await carol.got('h 39')
  })
  afterAll(() => carol.chat.destroy())

  test('goes down page by page, to the end', async () => {
    const late = await user(server, 'carol')
    await late.login()
    const pages: string[][] = []
    let nextReqMessageID: string | undefined
    for (let done = false; !done;) {
      const { data } = await late.chat.getMessageList({ conversationID: 'C2Cbob', count: 15, ...(nextReqMessageID && { nextReqMessageID }) })
      pages.unshift(texts(data.messageList))
      nextReqMessageID = data.nextReqMessageID
      done = data.isCompleted
      if (!done) expect(nextReqMessageID).toBe(data.messageList[0]!.ID)
    }
    expect(nextReqMessageID).toBe('')
    expect(pages.map((p) => p.length)).toEqual([10, 15, 15])
    expect(pages.flat()).toEqual(Array.from({ length: 40 }, (_, i) => `h ${i}`))
    await late.chat.destroy()
  })

  test('hops to a number and a time, both ways, with the named one', async () => {
    const at = (await carol.got('h 20'))
    const group = await say(alice, toGroup('lobby', 'hop here'))
    await say(alice, toGroup('lobby', 'and there'))
    const up = (await bob.chat.getMessageListHopping({ conversationID: 'GROUPlobby', sequence: group.sequence, direction: 1, count: 5 })).data
    expect(texts(up.messageList)).toEqual(['hop here', 'and there'])
    expect(up).toMatchObject({ isCompleted: true, nextMessageSeq: group.sequence + 1 })
    const down = (await carol.chat.getMessageListHopping({ conversationID: 'C2Cbob', time: at.time, direction: 0, count: 15 })).data
    const list = down.messageList
    expect(list.every((m, i) => i === 0 || m.sequence === list[i - 1]!.sequence + 1)).toBe(true)
    expect(list.at(-1)!.time).toBeLessThanOrEqual(at.time)
    expect(down.isCompleted || list[0]!.time < at.time).toBe(true)
  })

  test('deleting takes messages out of my view alone', async () => {
    const m = await carol.got('h 39')
    const { data } = await carol.chat.deleteMessage([m])
    expect(data.messageList[0]!.isDeleted).toBe(true)
    const { messageList } = (await carol.chat.getMessageList({ conversationID: 'C2Cbob' })).data
    expect(texts(messageList).at(-1)).toBe('h 38')
    expect(texts((await bob.chat.getMessageList({ conversationID: 'C2Ccarol' })).data.messageList).at(-1)).toBe('h 39')
    const { conversation } = (await carol.chat.getConversationProfile('C2Cbob')).data
    expect(conversation.lastMessage.messageForShow).toBe('h 38')
  })

  test('clearing empties it', async () => {
    await carol.chat.clearHistoryMessage('C2Cbob')
    expect((await carol.chat.getMessageList({ conversationID: 'C2Cbob' })).data).toMatchObject({ messageList: [], isCompleted: true })
    const { conversationList } = (await carol.chat.getConversationList(['C2Cbob'])).data
    expect(conversationList[0]).toMatchObject({ unreadCount: 0, lastMessage: { fromAccount: '' } })
  })
})

describe('changes', () => {
  test('a recall', async () => {
    const m = await say(alice, c2c('bob', 'take back'))
    const got = await arrived(bob, m.ID)
    const [mine, theirs] = [alice, bob].map((u) => u.until('onMessageRevoked'))
    await alice.chat.revokeMessage(m)
    expect((await theirs!)[0]).toBe(got)
    expect((await mine!)[0]).toBe(m)
    expect(got).toMatchObject({ isRevoked: true, revoker: 'alice', payload: { text: 'take back' } })
    expect((await bob.chat.getConversationProfile('C2Calice')).data.conversation.lastMessage).toMatchObject({ isRevoked: true, revoker: 'alice' })
  })

  test('a change of a message, and a conflict', async () => {
    const m = await say(alice, c2c('bob', 'before'))
    const got = await arrived(bob, m.ID)
    const changed = bob.until('onMessageModified')
    m.payload = { text: 'after' }
    await alice.chat.modifyMessage(m)
    expect((await changed)[0]).toBe(got)
    expect(got).toMatchObject({ payload: { text: 'after' }, isModified: true })
    const stale = { ...got, payload: { text: 'bob says' } }
    got._own.version = 0
    const err = await rejects(bob.chat.modifyMessage(stale))
    expect(err.code).toBe(2480)
    expect(err.data.message.payload.text).toBe('after')
  })

  test('reactions', async () => {
    const m = await say(alice, c2c('bob', 'react'))
    const got = await arrived(bob, m.ID)
    const [mine, theirs] = [bob, alice].map((u) => u.until('onMessageReactionsUpdated'))
    await bob.chat.addMessageReaction(got, 'tea')
    expect(await theirs).toMatchObject({ messageID: m.ID, reactionList: [{ reactionID: 'tea', totalUserCount: 1, reactedByMyself: false, partialUserList: [{ userID: 'bob' }] }] })
    expect((await mine).reactionList[0].reactedByMyself).toBe(true)
    const { resultList } = (await bob.chat.getMessageReactions({ messageList: [got] })).data
    expect(resultList).toMatchObject([{ messageID: m.ID, reactionList: [{ reactionID: 'tea', reactedByMyself: true }] }])
    const { data } = await alice.chat.getAllUserListOfMessageReaction({ message: m, reactionID: 'tea', nextSeq: 0, count: 10 })
    expect(data).toMatchObject({ userList: [{ userID: 'bob' }], isCompleted: true })
    const gone = alice.until('onMessageReactionsUpdated')
    await bob.chat.removeMessageReaction(got, 'tea')
    expect((await gone).reactionList).toMatchObject([{ reactionID: 'tea', totalUserCount: 0 }])
  })

  test('extensions', async () => {
    const m = await send(alice, alice.chat.createTextMessage({ ...c2c('bob', 'extend'), isSupportExtension: true }))
    const got = await arrived(bob, m.ID)
    const set = bob.until('onMessageExtensionsUpdated')
    expect((await alice.chat.setMessageExtensions(m, [{ key: 'a', value: '1' }, { extensionKey: 'b', extensionValue: '2' }])).data.extensions).toHaveLength(2)
    expect(await set).toEqual({ messageID: m.ID, extensions: [{ key: 'a', value: '1' }, { key: 'b', value: '2' }] })
    expect((await bob.chat.getMessageExtensions(got, ['b'])).data.extensions).toEqual([{ key: 'b', value: '2' }])
    const deleted = bob.until('onMessageExtensionsDeleted')
    await alice.chat.deleteMessageExtensions(m)
    expect((await deleted).keyList.sort()).toEqual(['a', 'b'])
    expect((await bob.chat.getMessageExtensions(got)).data.extensions).toEqual([])
  })

  test('receipts, one to one and in a group', async () => {
    const m = await send(alice, alice.chat.createTextMessage({ ...c2c('bob', 'receipt?'), needReadReceipt: true }))
    const got = await arrived(bob, m.ID)
    const receipt = alice.until('onMessageReadReceiptReceived')
    await bob.chat.sendMessageReadReceipt([got])
    expect(await receipt).toMatchObject([{ messageID: m.ID, userID: 'bob', isPeerRead: true }])
    expect(m.readReceiptInfo.isPeerRead).toBe(true)

    await alice.chat.getGroupProfile({ groupID: 'lobby' })
    const g = await send(alice, alice.chat.createTextMessage({ ...toGroup('lobby', 'all?'), needReadReceipt: true }))
    expect(g.readReceiptInfo).toEqual({ readCount: 0, unreadCount: 2, isPeerRead: false })
    const inGroup = alice.until('onMessageReadReceiptReceived')
    await bob.chat.sendMessageReadReceipt([await arrived(bob, g.ID)])
    expect(await inGroup).toMatchObject([{ messageID: g.ID, groupID: 'lobby', readCount: 1, unreadCount: 1 }])
    expect((await alice.chat.getMessageReadReceiptList([g])).data.messageList[0]!.readReceiptInfo).toMatchObject({ readCount: 1, unreadCount: 1 })
    const readers = (await alice.chat.getGroupMessageReadMemberList({ message: g, filter: 0, cursor: '', count: 10 })).data
    expect(readers).toEqual({ messageID: g.ID, cursor: '', isCompleted: true, readUserIDList: ['bob'], unreadUserIDList: [] })
  })

  test('pins in a group', async () => {
    const owner = alice
    const { group } = (await owner.chat.createGroup({ name: 'Pins', type: 'Public', memberList: [] })).data
    const m = await say(owner, toGroup(group.groupID, 'pin me'))
    const pinned = owner.until('onPinnedGroupMessageUpdated')
    await owner.chat.pinGroupMessage({ groupID: group.groupID, message: m, isPinned: true })
    expect(await pinned).toMatchObject({ groupID: group.groupID, message: { ID: m.ID }, isPinned: true, operatorInfo: { userID: 'alice' } })
    expect((await owner.chat.getPinnedGroupMessageList(group.groupID)).data.messageList[0]).toBe(m)
    await owner.chat.pinGroupMessage({ groupID: group.groupID, message: m, isPinned: false })
    expect((await owner.chat.getPinnedGroupMessageList(group.groupID)).data.messageList).toEqual([])
  })
})

describe('conversations', () => {
  const find = async (u: User, id: string) => (await u.chat.getConversationList([id])).data.conversationList[0]!

  test('the list: newest first to the millisecond, whole at each event', async () => {
    await say(alice, c2c('bob', 'one'))
    await say(alice, toGroup('lobby', 'two'))
    const ids = () => alice.chat.getConversationList().then((r) => r.data.conversationList.map((v) => v.conversationID))
    expect((await ids()).slice(0, 2)).toEqual(['GROUPlobby', 'C2Cbob'])
    await say(alice, c2c('bob', 'three'))
    expect((await ids()).slice(0, 2)).toEqual(['C2Cbob', 'GROUPlobby'])
    const lists = alice.log.filter((e) => e.name === 'onConversationListUpdated')
    expect(lists.at(-1)!.isSyncCompleted).toBe(true)
  })

  test('pin, mute, mark, custom data, draft: told on the other device', async () => {
    const conversationID = 'C2Calice'
    const changed = (so: (v: any) => boolean) => phone.until('onConversationListUpdated', (l) => l.some((v: any) => v.conversationID === conversationID && so(v)))
    let wait = changed((v) => v.isPinned)
    await bob.chat.pinConversation({ conversationID, isPinned: true })
    expect((await wait)[0].conversationID).toBe(conversationID)
    wait = changed((v) => v.messageRemindType === 'AcceptNotNotify')
    await bob.chat.setMessageRemindType({ userIDList: ['alice'], messageRemindType: 'AcceptNotNotify' })
    await wait
    await say(alice, c2c('bob', 'muted'))
    await bob.got('muted')
    expect((await find(bob, conversationID)).unreadCount).toBeGreaterThan(0)
    const others = (await bob.chat.getConversationList()).data.conversationList.filter((v) => v.conversationID !== conversationID)
    expect(bob.chat.getTotalUnreadMessageCount()).toBe(others.reduce((n, v) => n + v.unreadCount, 0))
    wait = changed((v) => v.markList.includes(8))
    expect((await bob.chat.markConversation({ conversationIDList: [conversationID], markType: 8, enableMark: true })).data.successConversationIDList).toEqual([conversationID])
    await wait
    wait = changed((v) => v.customData === 'mine')
    await bob.chat.setConversationCustomData({ conversationIDList: [conversationID], customData: 'mine' })
    await wait
    wait = changed((v) => v.draftText === 'almost')
    await bob.chat.setConversationDraft({ conversationID, draftText: 'alm' })
    await bob.chat.setConversationDraft({ conversationID, draftText: 'almost' })
    await wait
    expect((await bob.chat.getConversationList({ markType: 8 })).data.conversationList.map((v) => v.conversationID)).toEqual([conversationID])
    await bob.chat.setMessageRemindType({ userIDList: ['alice'], messageRemindType: 'AcceptAndNotify' })
    await bob.chat.pinConversation({ conversationID, isPinned: false })
  })

  test('reading on one device empties the count of the other', async () => {
    await say(alice, c2c('bob', 'unread'))
    await Promise.all([bob.got('unread'), phone.got('unread')])
    const read = phone.until('onConversationListUpdated', (l) => l.some((v: any) => v.conversationID === 'C2Calice' && v.unreadCount === 0))
    for (let i = 0; i < 5; i++) void bob.chat.setMessageRead({ conversationID: 'C2Calice' })
    await read
    expect((await find(phone, 'C2Calice')).unreadCount).toBe(0)
  })

  test('mentions', async () => {
    const m = alice.chat.createTextAtMessage({ to: 'lobby', conversationType: 'GROUP', payload: { text: '@bob @all', atUserList: ['bob', '__kImSDK_MesssageAtALL__'] } })
    await send(alice, m)
    await arrived(bob, m.ID)
    expect(bob.chat.findMessage(m.ID)!.atUserList).toEqual(['bob', '__kImSDK_MesssageAtALL__'])
    expect((await find(bob, 'GROUPlobby')).groupAtInfoList).toMatchObject([{ from: 'alice', groupID: 'lobby', messageSequence: m.sequence, atTypeArray: [3] }])
    expect((await bob.chat.getConversationList({ hasGroupAtInfo: true })).data.conversationList).toHaveLength(1)
    await bob.chat.setMessageRead({ conversationID: 'GROUPlobby' })
    expect((await find(bob, 'GROUPlobby')).groupAtInfoList).toEqual([])
  })

  test('all are read at once', async () => {
    await say(alice, toGroup('lobby', 'for all'))
    await bob.got('for all')
    await bob.chat.setAllMessageRead()
    expect(bob.chat.getTotalUnreadMessageCount()).toBe(0)
  })

  test('a deleted one leaves the list until something is said', async () => {
    const gone = phone.until('onConversationListUpdated', (l) => !l.some((v: any) => v.conversationID === 'C2Calice'))
    await bob.chat.deleteConversation('C2Calice')
    expect(await find(bob, 'C2Calice')).toBeUndefined()
    await gone
    await say(alice, c2c('bob', 'again'))
    await bob.got('again')
    expect((await find(bob, 'C2Calice')).unreadCount).toBe(1)
    expect(texts((await bob.chat.getMessageList({ conversationID: 'C2Calice' })).data.messageList)).toEqual(['again'])
  })

  test('one with somebody new can be opened, and is in the list from then on', async () => {
    await server.rest('im_open_login_svc/account_import', { UserID: 'newcomer', Nick: 'New' })
    const shown = alice.until(alice.sdk.EVENT.CONVERSATION_LIST_UPDATED, (list) => list.some((c: { conversationID: string }) => c.conversationID === 'C2Cnewcomer'))
    const { conversation } = (await alice.chat.getConversationProfile('C2Cnewcomer')).data
    expect(conversation).toMatchObject({ type: 'C2C', userProfile: { userID: 'newcomer', nick: 'New' }, lastMessage: { fromAccount: '' }, groupAtInfoList: [] })
    expect(conversation.userProfile!.avatar).toMatch(/^data:image/)
    expect(await shown).toContain(conversation)
    expect((await rejects(alice.chat.getConversationProfile('C2Cnobody-at-all'))).code).toBeGreaterThan(0)
  })

  test('groups of conversations', async () => {
    const made = phone.until('onConversationGroupListUpdated', (l) => l.length > 0)
    const { data } = await bob.chat.createConversationGroup({ groupName: 'work', conversationIDList: ['C2Calice', 'GROUPlobby'] })
    expect(data.successConversationIDList).toEqual(['C2Calice', 'GROUPlobby'])
    expect(await made).toEqual(['work'])
    const names = (await bob.chat.getConversationGroupList()).data
    expect([...names]).toEqual(['work'])
    expect(names.groupList).toEqual(['work'])
    const out = bob.until('onConversationInGroupUpdated', (d) => d.conversationList.length === 1)
    await bob.chat.deleteConversationsFromGroup({ groupName: 'work', conversationIDList: ['GROUPlobby'] })
    expect((await out).conversationList.map((v: any) => v.conversationID)).toEqual(['C2Calice'])
    expect((await bob.chat.getConversationList({ groupName: 'work' })).data.conversationList).toHaveLength(1)
    const renamed = bob.until('onConversationGroupListUpdated', (l) => l.includes('office'))
    await bob.chat.renameConversationGroup({ oldName: 'work', newName: 'office' })
    expect(await renamed).toEqual(['office'])
    const gone = bob.until('onConversationGroupListUpdated', (l) => l.length === 0)
    await bob.chat.deleteConversationGroup('office')
    await gone
    expect((await find(bob, 'C2Calice')).conversationGroupList).toEqual([])
  })
})

test('both sides know the same moment, to the millisecond: the order of the list needs it', async () => {
  const m = await say(alice, c2c('bob', 'when?'))
  const got = await bob.got('when?')
  expect(m._own.timeMs).toBe(got._own.timeMs)
  expect(Math.floor(m._own.timeMs / 1000)).toBe(m.time)
})

test('call signals inside custom messages are told to their listeners', async () => {
  const seen = new Promise<any>((resolve) => bob.chat.addSignalingListener('newInvitationReceived', resolve))
  const data = JSON.stringify({ businessID: 1, inviteID: 'i1', inviter: 'alice', inviteeList: ['bob'], groupID: '', timeout: 30, actionType: 1, data: '{}' })
  const m = await send(alice, alice.chat.createCustomMessage({ to: 'bob', conversationType: 'C2C', payload: { data } }))
  expect(await seen).toMatchObject({ name: 'newInvitationReceived', data: { inviteID: 'i1', inviter: 'alice', inviteeList: ['bob'] } })
  expect(alice.chat.getSignalingInfo(m)).toMatchObject({ businessID: 1, actionType: 1, timeout: 30 })
  expect(alice.chat.getSignalingInfo(await say(alice, c2c('bob', 'no signal')))).toBeNull()
})
