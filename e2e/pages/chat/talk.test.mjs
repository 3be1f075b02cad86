// Alice and bob talk: what one does with a message is seen by the other.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'
import { chatOf } from './parts.mjs'
import { gone } from './wait.mjs'

let server, browser, alice, bob
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  ;[alice, bob] = (await Promise.all([browser.openPage(server.link('alice')), browser.openPage(server.link('bob'))])).map(chatOf)
  await Promise.all([alice.goto('C2Cbob'), bob.page.locator('.shell').waitFor()])
})
after(() => finish(browser, server))

test('the ticket of a login link is not in the address any more', async () => {
  assert.doesNotMatch(alice.page.url(), /sig=/)
  assert.equal(await alice.page.evaluate(() => localStorage.getItem('teahouse.ticket')), null)
})

test('a message is on the screen within a second of the click, and the other one has read it', async () => {
  await alice.field.fill('tea at four?')
  const ms = await alice.page.evaluate(() => new Promise((resolve) => {
    const began = performance.now()
    new MutationObserver((_, o) => {
      if (!document.querySelector('.messages')?.textContent.includes('tea at four?')) return
      o.disconnect()
      requestAnimationFrame(() => resolve(performance.now() - began))
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
    document.querySelector('.composer button.primary').click()
  }))
  assert.ok(ms < 1000, `it took ${Math.round(ms)} ms`)
  await bob.reads(bob.row('C2Calice').locator('.badge'), '1')
  assert.match(await bob.page.title(), /^\(1\)/)
  await bob.open('C2Calice')
  await bob.sees('tea at four?')
  await bob.page.locator('.unread-line').waitFor()
  await alice.message('tea at four?').locator('.tick.read').waitFor()
  await gone(bob.row('C2Calice').locator('.badge'))
})

test('typing is seen, and ends with the message', async () => {
  await bob.field.pressSequentially('yes')
  await alice.page.locator('.thread-state .typing').waitFor()
  await alice.page.locator('.conversation-line.typing').waitFor()
  await bob.field.press('Enter')
  await alice.sees('yes')
  await gone(alice.page.locator('.thread-state .typing'))
})

test('a quote shows what it answers, and goes there', async () => {
  await bob.choose('tea at four?', 'Reply')
  await bob.page.locator('.above').waitFor()
  await bob.say('four it is')
  const quote = alice.message('four it is').locator('.quote')
  await alice.reads(quote, 'tea at four?')
  await quote.click()
  await alice.page.locator('.message-row.flash').filter({ hasText: 'tea at four?' }).waitFor()
})

test('an edited message is changed for both', async () => {
  await alice.choose('tea at four?', 'Edit')
  await alice.say('tea at five?')
  await bob.sees('tea at five?')
  await bob.reads(bob.message('tea at five?').locator('.meta'), 'edited')
})

test('a reaction is seen, counted, and taken back', async () => {
  await bob.message('tea at five?').locator('.bubble').click({ button: 'right' })
  await bob.page.getByRole('menuitemcheckbox', { name: '👍' }).click()
  await alice.reads(alice.message('tea at five?').locator('.reaction'), '1')
  await alice.message('tea at five?').locator('.reaction').click()
  await bob.reads(bob.message('tea at five?').locator('.reaction'), '2')
  await bob.message('tea at five?').locator('.reaction').click()
  await alice.reads(alice.message('tea at five?').locator('.reaction.mine'), '1')
})

test('a recalled message is gone for both, and can be edited again', async () => {
  await alice.say('a secret')
  await bob.sees('a secret')
  await alice.choose('a secret', 'Recall')
  await gone(bob.page.locator('.bubble').filter({ hasText: 'a secret' }))
  await bob.reads(bob.page.locator('.tip-text').last(), 'alice recalled a message')
  await alice.page.getByRole('button', { name: 'Edit again' }).click()
  await alice.reads(alice.page.locator('.above'), 'Edit the message')
  await alice.field.press('Escape')
})

test('a deleted message is gone for oneself alone', async () => {
  await alice.say('scrap')
  await bob.sees('scrap')
  await alice.choose('scrap', 'Delete')
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await gone(alice.page.locator('.bubble').filter({ hasText: 'scrap' }))
  await bob.sees('scrap')
})

test('chosen messages go on as one record, which opens', async () => {
  await bob.choose('tea at five?', 'Select')
  await bob.message('four it is').click()
  await bob.reads(bob.page.locator('.chosen-bar'), '2 selected')
  await bob.page.getByRole('button', { name: 'Forward as a record' }).click()
  await bob.page.getByRole('dialog').locator('.row').filter({ hasText: 'Lobby' }).click()
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  await gone(bob.page.locator('.dialog'))
  await alice.open('GROUPlobby')
  await alice.page.locator('.merged').click()
  const record = alice.page.getByRole('dialog').locator('.record li')
  await alice.reads(record.first(), 'tea at five?')
  assert.equal(await record.count(), 2)
  await alice.page.keyboard.press('Escape')
  await gone(alice.page.locator('.dialog'))
})

test('a draft stays, on the server too', async () => {
  await alice.open('C2Cbob')
  await alice.field.fill('not sent yet')
  await alice.open('GROUPlobby')
  await alice.reads(alice.row('C2Cbob'), 'Draft:')
  const other = chatOf(await browser.openPage(server.link('alice')))
  await other.reads(other.row('C2Cbob'), 'not sent yet')
  await other.open('C2Cbob')
  assert.equal(await other.field.inputValue(), 'not sent yet')
  await other.opened.done()
  await alice.open('C2Cbob')
  await alice.field.fill('')
})

test('script in a message, and addresses that are no links, stay text', async () => {
  const text = '<img src=x onerror=alert(1)> javascript:alert(1) https://example.org/a?b=1.'
  await alice.say(text)
  await bob.sees('<img src=x')
  const links = await bob.message('<img src=x').locator('.text a').evaluateAll((all) => all.map((a) => a.href))
  assert.deepEqual(links, ['https://example.org/a?b=1'])
})

test('a conversation is pinned, muted, marked and deleted by its menu', async () => {
  await bob.press('GROUPlobby', 'Pin')
  await bob.page.locator('.conversation-place:first-child .conversation[data-id="GROUPlobby"].pinned').waitFor()
  await bob.press('GROUPlobby', 'Mute')
  await bob.row('GROUPlobby').locator('.conversation-sign').first().waitFor()
  await bob.press('GROUPlobby', 'Mark as unread')
  await bob.row('GROUPlobby').locator('.badge.dot').waitFor()
  await bob.press('GROUPlobby', 'Delete conversation')
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await gone(bob.row('GROUPlobby'))
})
