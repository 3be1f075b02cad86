// What operators do in the console, and that it is done.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { accessible } from '../axe.mjs'
import { startBrowser } from '../page.mjs'
import { bounded, finish } from '../server.mjs'
import { asDev, connect, startFurnished } from './console.mjs'

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

test('an app gets another key; the old one stays for a while, and can be removed', async () => {
  await dev.go(`apps/${app}`)
  await dev.click('New key')
  await dev.dialog.getByLabel('The old keys stay good for').selectOption('3600')
  await dev.dialog.getByRole('button', { name: 'New key' }).click()
  await dev.says('The secret is shown this once')
  await dev.click('I have kept it')
  const rows = dev.page.locator('table').first().locator('tbody tr')
  await rows.nth(1).waitFor()
  assert.equal(await rows.count(), 2)
})

test('settings are changed, hold at once, and are still there', async () => {
  await dev.go(`apps/${app}/settings/limits`, 'Settings')
  const field = dev.page.getByLabel('Devices of a user')
  await field.fill('x')
  await dev.says('A whole number')
  assert.ok(await dev.button('Save').isDisabled())
  await field.fill('7')
  await dev.click('Save')
  await dev.says('Saved')
  await dev.page.reload()
  assert.equal(await dev.page.getByLabel('Devices of a user').inputValue(), '7')

  await dev.go(`apps/${app}/settings/general`)
  await dev.page.getByLabel('Messages are kept for').fill('a while')
  dev.opened.expect('400')
  await dev.click('Save')
  await dev.page.getByRole('alert').getByText('retention').waitFor()
  await dev.click('Discard')
})

test('kicked devices are gone at once', async () => {
  const gone = once(device, 'close')
  await dev.go(`apps/${app}/users/alice`, 'alice')
  await dev.says('alice-phone')
  await dev.page.getByRole('row', { name: /alice-phone/ }).getByRole('button', { name: 'Kick' }).click()
  await dev.confirm('Kick')
  await bounded(gone, 'the end of the connection')
  await dev.says('No device is connected.')
})

test('a user is muted, their tickets are revoked, and at last they are deleted, by name', async () => {
  await dev.go(`apps/${app}/users/emil`, 'emil')
  await dev.click('Mute')
  await dev.dialog.getByLabel('In groups').selectOption('3600')
  await accessible(dev.opened, { within: 'dialog' })
  await dev.dialog.getByRole('button', { name: 'Save' }).click()
  await dev.dialog.waitFor({ state: 'detached' })
  await dev.page.locator('dd').getByText('until').waitFor()

  const phone = await connect(server, 'emil', 'emil-phone')
  const gone = once(phone, 'close')
  await dev.click('Revoke tickets')
  await dev.confirm('Revoke tickets', 'emil')
  await bounded(gone, 'the end of the connection')

  await dev.click('Delete')
  await dev.dialog.getByRole('textbox').fill('emi')
  assert.ok(await dev.dialog.getByRole('button', { name: 'Delete' }).isDisabled())
  await dev.opened.shot('console-delete')
  await dev.page.keyboard.press('Escape')
  await dev.click('Delete')
  await dev.confirm('Delete', 'emil')
  await dev.heading('Users')
  const left = await server.rest('im_open_login_svc/account_check', { CheckItem: [{ UserID: 'emil' }] })
  assert.equal(left.ResultItem[0].AccountStatus, 'NotImported')
})

test('what was done is in the audit log, and found by filters that a link keeps', async () => {
  await dev.go('audit?action=user.', 'Audit log')
  await dev.page.getByRole('row', { name: /user\.delete.*emil/ }).waitFor()
  assert.equal(await dev.page.getByRole('row', { name: /app\./ }).count(), 0)
  await dev.page.getByLabel('Object').fill('alice')
  await dev.page.getByRole('row', { name: /user\.delete/ }).waitFor({ state: 'detached' })
  await dev.page.getByRole('row', { name: /user\.kick/ }).first().waitFor()
  assert.match(dev.page.url(), /object=alice/)
})

test('an app is deleted with all its data, once its number was typed', async () => {
  await dev.go('apps', 'Apps')
  await dev.click('Create an app')
  await dev.dialog.getByLabel('Name').fill('short-lived')
  await dev.dialog.getByLabel('SDKAppID').fill('77')
  await dev.dialog.getByRole('button', { name: 'Create an app' }).click()
  await dev.click('Open the app')
  await dev.heading('short-lived')
  await dev.click('Delete')
  await accessible(dev.opened, { within: 'dialog' })
  await dev.dialog.getByRole('textbox').fill('7')
  assert.ok(await dev.dialog.getByRole('button', { name: 'Delete' }).isDisabled())
  await dev.opened.shot('console-app-delete')
  await dev.dialog.getByRole('textbox').fill('')
  await dev.confirm('Delete', '77')
  await dev.says('This app is being deleted')
  await dev.opened.shot('console-app-deleting')
  assert.equal(await dev.button('Disable').count() + await dev.button('New key').count() + await dev.button('Delete').count(), 0)
})
