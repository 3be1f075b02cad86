// The documents at /docs/ of the admin port, as somebody reads them.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible } from './axe.mjs'
import { looks, startBrowser } from './page.mjs'
import { finish, startServer } from './server.mjs'

let server, browser
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
})
after(() => finish(browser, server))

const open = (page, look) => browser.openPage(`${server.admin}/docs/${page}`, { look: looks[look] })

for (const [look, page] of [['desktop-light-en', 'index.html'], ['desktop-dark-zh', 'clients.html'], ['phone-dark-en', 'operating.html'], ['phone-light-zh', 'webhooks.html']]) {
  test(`${page} as ${look}`, async () => {
    const opened = await open(page, look)
    await opened.page.locator('main h1').waitFor()
    await opened.fits()
    await accessible(opened)
    await opened.shot(`docs-${look}`)
    await opened.done()
  })
}

test('a word is sought, and what is found leads to its place', async () => {
  const opened = await open('index.html', 'desktop-light-en')
  await opened.page.locator('#query').fill('group.mute')
  await opened.page.locator('#found a').first().click()
  await opened.page.waitForURL(/mqtt\.html#/)
  const place = decodeURIComponent(new URL(opened.page.url()).hash.slice(1))
  await opened.page.locator(`[id="${place}"]`).waitFor()
  await opened.page.locator('#query').fill('xyzzyq')
  await opened.page.getByText('Nothing was found.').waitFor()
  await opened.done()
})

test('the theme that somebody chooses stays', async () => {
  const opened = await open('index.html', 'desktop-light-en')
  await opened.page.getByRole('button', { name: 'Dark' }).click()
  await opened.page.getByRole('link', { name: 'Webhooks' }).first().click()
  await opened.page.getByRole('button', { name: 'Light' }).waitFor()
  assert.equal(await opened.page.evaluate(() => document.documentElement.dataset.theme), 'dark')
  await opened.done()
})

test('a try-out link leads to the form of its command in the console', async () => {
  const opened = await open('rest.html', 'desktop-light-en')
  const to = await opened.page.getByRole('link', { name: /try/i }).first().getAttribute('href')
  const there = new URL(to, opened.page.url())
  assert.match(there.pathname, /^\/console\//)
  assert.equal((await fetch(there)).status, 200)
  await opened.done()
})
