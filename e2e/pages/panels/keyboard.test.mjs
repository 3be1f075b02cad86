// All by the keyboard: a group is made with a friend in it, without a mouse.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'

let server, browser
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  await server.users({ alice: 'Alice', bob: 'Bob' })
  await server.rest('sns/friend_import', { From_Account: 'alice', AddFriendItem: [{ To_Account: 'bob', AddSource: 'AddSource_Type_Web', AddTime: 1700000000 }] })
})
after(() => finish(browser, server))

test('contacts, a new group, and its settings', async () => {
  const { page } = await browser.openPage(server.link('alice'))
  const key = (...names) => names.reduce((before, name) => before.then(() => page.keyboard.press(name)), Promise.resolve())
  const focused = () => page.evaluate(() => {
    const el = document.activeElement
    return el.getAttribute('aria-label') ?? el.labels?.[0]?.textContent ?? el.textContent
  })
  /** tab moves on until the focus is on something called so, and fails after a round. */
  const tab = async (name) => {
    for (let i = 0; i < 60; i++) {
      await key('Tab')
      if (name.test(await focused())) return
    }
    assert.fail(`Tab does not reach ${name}`)
  }
  await page.getByRole('navigation').waitFor()
  await tab(/^Contacts/)
  await key('Enter')
  await page.getByRole('tab', { name: 'Friends' }).waitFor()
  await tab(/^New$/)
  await key('Enter', 'ArrowDown')
  assert.equal(await focused(), 'New group')
  await key('Enter')
  await page.getByRole('dialog', { name: 'New group' }).waitFor()
  await page.keyboard.type('Tea party')
  await tab(/^Work/)
  await key('ArrowDown', 'ArrowUp', 'Enter')
  await page.getByRole('dialog', { name: 'Who is in it?' }).waitFor()
  await tab(/Bob/)
  await key('Space')
  await tab(/^Create/)
  await key('Enter')
  await page.getByRole('heading', { name: 'Tea party' }).waitFor()
  await tab(/^Details$/)
  await key('Enter')
  await page.getByRole('complementary', { name: 'Details' }).getByRole('heading', { name: 'About' }).waitFor()
  await tab(/^Keep at the top/)
  await key('Space')
  await page.locator('.conversations [aria-label*="Pinned"], .conversations .pinned').first().waitFor()
  await key('Escape')
  await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' })
})
