// In a group: who is there, what happens in it, mentions, receipts.

import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'
import { chatOf } from './parts.mjs'
import { gone } from './wait.mjs'

let server, browser, alice, bob
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  await server.users({ carol: 'Carol', dora: 'Dora' })
  await server.rest('group_open_http_svc/create_group', {
    Owner_Account: 'alice', Type: 'Public', GroupId: 'tea', Name: 'Tea round', MemberList: ['bob', 'carol'].map((Member_Account) => ({ Member_Account })),
  })
  ;[alice, bob] = (await Promise.all([browser.openPage(server.link('alice')), browser.openPage(server.link('bob'))])).map(chatOf)
  await Promise.all([alice.goto('GROUPtea'), bob.page.locator('.shell').waitFor()])
})
after(() => finish(browser, server))

test('a mention is chosen by keys, and shown in the list of whom it meets', async () => {
  await alice.field.pressSequentially('hello @bo')
  await alice.reads(alice.page.locator('.mentions [aria-selected="true"]'), 'bob')
  await alice.field.press('Enter')
  await alice.field.press('Enter')
  await alice.sees('hello @bob')
  await bob.reads(bob.row('GROUPtea'), '[@you]')
  await bob.open('GROUPtea')
  await bob.reads(bob.message('hello @bob').locator('.at'), '@bob')
})

test('receipts count, and say who', async () => {
  const ticks = alice.message('hello @bob').locator('button.tick')
  await alice.page.locator('.message-row button.tick[aria-label="Read by 1 of 2"]').waitFor()
  await ticks.click()
  const dialog = alice.page.getByRole('dialog')
  await alice.reads(dialog.locator('.row'), 'bob')
  await dialog.getByRole('tab', { name: 'Not read yet' }).click()
  await alice.reads(dialog.locator('.row'), 'Carol')
  await alice.page.keyboard.press('Escape')
})

test('what happens in the group is told in words', async () => {
  await server.rest('group_open_http_svc/add_group_member', { GroupId: 'tea', MemberList: [{ Member_Account: 'dora' }] })
  await alice.reads(alice.page.locator('.tip-text').last(), 'Dora')
  await server.rest('group_open_http_svc/modify_group_base_info', { GroupId: 'tea', Name: 'Five o’clock' })
  await alice.reads(alice.page.locator('.tip-text').last(), 'named the group “Five o’clock”')
  await alice.reads(alice.page.locator('.thread-words h1'), 'Five o’clock')
  await server.rest('group_open_http_svc/delete_group_member', { GroupId: 'tea', MemberToDel_Account: ['dora'] })
  await alice.reads(alice.page.locator('.tip-text').last(), 'Dora')
})

test('a pinned message stands below the head for all, and leads to itself', async () => {
  await alice.choose('hello @bob', 'Pin to the group')
  await bob.reads(bob.page.locator('.pin-bar'), 'hello @bob')
  await bob.page.locator('.pin-bar').click()
  await bob.page.locator('.message-row.flash').filter({ hasText: 'hello @bob' }).waitFor()
  await alice.choose('hello @bob', 'Unpin')
  await gone(bob.page.locator('.pin-bar'))
})

test('who is muted reads so where one writes', async () => {
  await server.rest('group_open_http_svc/forbid_send_msg', { GroupId: 'tea', Members_Account: ['bob'], MuteTime: 600 })
  await bob.reads(bob.page.locator('.composer.closed'), 'You are muted here for')
  await server.rest('group_open_http_svc/forbid_send_msg', { GroupId: 'tea', Members_Account: ['bob'], MuteTime: 0 })
  await bob.field.waitFor()
})

test('one hundred unread: the way to the first of them, and back to the newest', async () => {
  await bob.goto('GROUPlobby')
  for (let i = 1; i <= 100; i++) {
    await server.rest('group_open_http_svc/send_group_msg', { GroupId: 'tea', From_Account: 'carol', Random: i, MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: `cup ${i}.` } }] })
  }
  await bob.reads(bob.row('GROUPtea').locator('.badge'), '99+')
  await bob.open('GROUPtea')
  await bob.sees('cup 100.')
  await bob.page.locator('.pill').filter({ hasText: 'unread' }).click()
  await bob.sees('cup 1.')
  await server.rest('group_open_http_svc/send_group_msg', { GroupId: 'tea', From_Account: 'carol', Random: 1000, MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'one more' } }] })
  await bob.reads(bob.page.locator('.pill.round .badge'), '1')
  await bob.page.locator('.pill.round').click()
  await bob.sees('one more')
})

test('an address leads to a message in the middle, and from there to both ends', async () => {
  await bob.goto('GROUPlobby')
  await bob.goto('GROUPtea', 40)
  await bob.page.locator('.message-row.flash').waitFor()
  await bob.page.locator('.pill.round').click()
  await bob.sees('one more')
})
