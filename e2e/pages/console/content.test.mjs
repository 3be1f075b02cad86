// What operators look into: messages, groups, tickets, commands; and that names are text.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish } from '../server.mjs'
import { asDev, script, startFurnished } from './console.mjs'

let server, device, browser, dev, app
before(async () => {
  ;[{ server, device }, browser] = await Promise.all([startFurnished(), startBrowser()])
  dev = await asDev(browser, server)
  app = server.sdkappid
})
after(async () => {
  device?.end(true)
  await finish(browser, server)
})

test('messages are looked up and recalled, and names with script in them are text', async () => {
  await dev.go(`apps/${app}/messages`, 'Messages')
  await dev.page.getByLabel('UserID', { exact: true }).fill('bob')
  await dev.page.getByLabel('Other UserID').fill('alice')
  await dev.click('Show')
  await dev.page.getByText(script).waitFor()
  await dev.page.getByText('shall we meet?').click()
  await dev.dialog.getByRole('button', { name: 'Recall' }).click()
  await dev.confirm('Recall', '3')
  await dev.page.getByRole('row', { name: /shall we meet/ }).waitFor({ state: 'detached' })

  for (const path of ['users', 'users/dora', 'groups', 'groups/club', 'users/dora/groups']) {
    await dev.go(`apps/${app}/${path}`)
    await dev.page.getByText(script).first().waitFor()
  }
  assert.equal(await dev.page.locator('img').count(), 0)
})

test('a group is muted and dismissed, by its name', async () => {
  await dev.go(`apps/${app}/groups/club`)
  await dev.click('Mute all')
  await dev.button('Unmute all').waitFor()
  await dev.click('Dismiss')
  await dev.confirm('Dismiss', 'club')
  await dev.heading('Groups')
  await dev.page.getByText('lobby').first().waitFor()
  assert.equal(await dev.page.getByText('club', { exact: true }).count(), 0)
})

test('a ticket is made, and found good for its user and not for another', async () => {
  await dev.go(`apps/${app}/usersig`, 'UserSig')
  await dev.page.getByLabel('UserID', { exact: true }).fill('bob')
  await dev.click('Make a UserSig')
  const ticket = await dev.page.locator('pre').first().innerText()
  await dev.page.getByLabel('UserSig', { exact: true }).last().fill(ticket)
  await dev.click('Check a UserSig')
  await dev.says('The ticket is good.')
  await dev.page.getByLabel('For the UserID').fill('alice')
  await dev.click('Check a UserSig')
  await dev.says('The ticket is not good.')
  await dev.opened.shot('console-usersig-checked')
})

test('a command is tried by its form and as JSON, and its answer is read', async () => {
  await dev.go(`apps/${app}/try/openim/querystate`, 'Try requests')
  await dev.page.getByLabel('To_Account *').fill('bob')
  await dev.click('Run')
  await dev.says('OK, ErrorCode 0')
  await dev.click('JSON')
  await dev.page.getByRole('textbox', { name: 'Request' }).fill('{"To_Account":[]}')
  await dev.click('Run')
  await dev.page.getByText('is explained in').waitFor()
  await dev.opened.shot('console-try-refused')
})
