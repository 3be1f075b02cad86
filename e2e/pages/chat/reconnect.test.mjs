// The network is cut, the server restarted, the ticket taken: what one sees, and that nothing is lost or doubled.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { startNetwork } from '../proxy.mjs'
import { finish, startServer } from '../server.mjs'
import { chatOf } from './parts.mjs'
import { gone } from './wait.mjs'

let server, browser, network, alice, bob
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  network = await startNetwork(server.wsPort)
  ;[alice, bob] = (await Promise.all([browser.openPage(server.link('alice', network.origin)), browser.openPage(server.link('bob'))])).map(chatOf)
  // What is written in the moment in which a socket ends is told by Chromium; it is sent again.
  for (const one of [alice, bob]) one.opened.expect('WebSocket is already in CLOSING or CLOSED state')
  await Promise.all([alice.goto('C2Cbob'), bob.goto('C2Calice')])
  await alice.say('before')
  await bob.sees('before')
})
after(() => finish(browser, network, server))

const texts = (one) => one.page.locator('.bubble > .text').allTextContents()

test('while the network is cut, a banner says so; what is written waits, and goes out after it', async () => {
  network.cut()
  await alice.page.locator('.list-column .banner.shown').waitFor()
  await alice.opened.shot('chat-no-connection')
  await alice.say('written without a network')
  await alice.message('written without a network').locator('[aria-label="Sending"]').waitFor()
  await bob.say('said meanwhile')
  network.mend()
  await alice.page.evaluate(() => dispatchEvent(new Event('online')))
  await alice.sees('said meanwhile')
  await bob.sees('written without a network')
  await gone(alice.page.locator('.list-column .banner.shown'))
  await alice.message('written without a network').locator('.tick.read').waitFor()
  for (const one of [alice, bob]) assert.deepEqual((await texts(one)).toSorted(), ['before', 'said meanwhile', 'written without a network'])
})

test('the server is restarted: both go on, nothing twice', async () => {
  await server.restart()
  await alice.page.evaluate(() => dispatchEvent(new Event('online')))
  await bob.page.evaluate(() => dispatchEvent(new Event('online')))
  await alice.say('after the restart')
  await bob.sees('after the restart')
  await bob.say('indeed')
  await alice.sees('indeed')
  assert.equal((await texts(alice)).length, 5)
  assert.equal((await texts(bob)).length, 5)
})

test('a reload keeps the login of this tab, and the place', async () => {
  await alice.page.reload()
  await alice.sees('indeed')
  assert.match(alice.page.url(), /#\/c\/C2Cbob$/)
})

test('who is kicked stands at the login, and reads why', async () => {
  await server.rest('im_open_login_svc/kick', { UserID: 'bob' })
  const login = bob.page.locator('.login-card')
  await bob.reads(login, 'An administrator has ended this login')
  assert.equal(await login.locator('input[name="user"]').inputValue(), 'bob')
  await bob.opened.shot('chat-kicked')
})

test('a wrong ticket is refused in words', async () => {
  const login = bob.page.locator('.login-card')
  await login.locator('input[name="app"]').fill('not a number')
  await login.locator('input[name="sig"]').fill('nonsense')
  await login.locator('button[type="submit"]').click()
  await bob.reads(login, 'The app number is a whole number')
  await login.locator('input[name="app"]').fill(String(server.sdkappid))
  await login.locator('button[type="submit"]').click()
  await bob.reads(login, 'The ticket is not valid')
  await login.locator('input[name="sig"]').fill(server.ticket('bob', { ahead: 1 })) // the kick may be of this very second
  await login.locator('button[type="submit"]').click()
  await bob.page.locator('.shell').waitFor()
})
