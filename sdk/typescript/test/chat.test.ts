// A text chat: login, one to one, in a group, the list, history.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Server } from './server.ts'
import { c2c, rejects, say, toGroup, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob')
  await Promise.all([alice.login(), bob.login()])
})

afterAll(async () => {
  await alice.chat.destroy()
  await bob.chat.destroy()
  await server.close()
})

describe('one to one', () => {
  test('a text arrives, and the list of both moves', async () => {
    const m = alice.chat.createTextMessage(c2c('bob', 'hello bob'))
    expect(m.status).toBe('unSend')
    expect(alice.chat.findMessage(m.ID)).toBe(m)
    const { code, data } = await alice.chat.sendMessage(m)
    expect(code).toBe(0)
    expect(data.message).toBe(m)
    expect(m.status).toBe('success')
    const got = await bob.got('hello bob')
    expect(got).toMatchObject({ ID: m.ID, from: 'alice', to: 'bob', flow: 'in', conversationID: 'C2Calice', sequence: m.sequence, time: m.time })
    expect(bob.chat.findMessage(m.ID)).toBe(got)
    const { conversationList } = (await bob.chat.getConversationList()).data
    expect(conversationList[0]).toMatchObject({ conversationID: 'C2Calice', unreadCount: 1, lastMessage: { fromAccount: 'alice', messageForShow: 'hello bob' } })
    expect(bob.chat.getTotalUnreadMessageCount()).toBe(1)
    expect(alice.received).toEqual([])
  })

  test('reading empties the count and tells the sender', async () => {
    const read = alice.until(alice.sdk.EVENT.MESSAGE_READ_BY_PEER)
    await bob.chat.setMessageRead({ conversationID: 'C2Calice' })
    expect(bob.chat.getTotalUnreadMessageCount()).toBe(0)
    const list = await read
    expect(list[0]).toMatchObject({ isPeerRead: true, payload: { text: 'hello bob' } })
  })
})

describe('a group', () => {
  test('a text arrives with its names', async () => {
    await say(alice, toGroup('lobby', 'hello all'))
    const m = await bob.got('hello all')
    expect(m).toMatchObject({ conversationID: 'GROUPlobby', conversationType: 'GROUP', to: 'lobby', from: 'alice' })
  })
})

test('nobody else may come in with a bad ticket', async () => {
  const mallory = await user(server, 'mallory')
  const err = await rejects(mallory.chat.login({ userID: 'mallory', userSig: 'nonsense' }))
  expect(err.code).toBeGreaterThan(70000)
  expect(mallory.chat.getLoginUser()).toBe('')
})
