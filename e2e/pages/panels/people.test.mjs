// Friends, requests, the blocklist, profiles.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'

let server, browser, alice, bob
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  await server.users({ alice: 'Alice', bob: 'Bob' })
  const asks = { ProfileItem: [{ Tag: 'Tag_Profile_IM_AllowType', Value: 'AllowType_Type_NeedConfirm' }] }
  await server.rest('profile/portrait_set', { From_Account: 'bob', ...asks })
  ;[alice, bob] = await Promise.all(['alice', 'bob'].map((user) => browser.openPage(server.link(user))))
  for (const { page } of [alice, bob]) {
    await page.getByRole('link', { name: 'Contacts' }).click()
    await page.getByRole('tab', { name: 'Friends' }).waitFor()
  }
})
after(() => finish(browser, server))

const dialog = ({ page }) => page.getByRole('dialog')

test('a request is sent, seen and accepted; both are friends', async () => {
  await alice.page.getByRole('button', { name: 'New', exact: true }).click()
  await alice.page.getByRole('menuitem', { name: 'Add friend' }).click()
  await dialog(alice).getByLabel('User (UserID)').fill('bob')
  await dialog(alice).getByLabel('What you say to them').fill('It is me, Alice')
  await dialog(alice).getByRole('button', { name: 'Send' }).click()
  await alice.page.getByText('Your request was sent').waitFor()
  await alice.page.getByRole('tab', { name: 'Requests' }).click()
  await alice.page.getByText('Has not answered yet').waitFor()

  await bob.page.getByRole('tab', { name: 'Requests 1' }).click()
  await bob.page.getByText('It is me, Alice').waitFor()
  await bob.page.getByRole('button', { name: 'Accept' }).click()
  await bob.page.getByRole('tab', { name: 'Friends' }).click()
  await bob.page.getByRole('button', { name: /^A?\s*Alice/ }).waitFor()
  await alice.page.getByRole('tab', { name: 'Friends' }).click()
  await alice.page.locator('.panel-list .row', { hasText: 'Bob' }).waitFor()
})

test('a friend gets a remark, and a group of friends', async () => {
  const { page } = alice
  await page.locator('.panel-list .row', { hasText: 'Bob' }).click()
  await page.getByRole('button', { name: 'Remark None' }).click()
  await dialog(alice).getByLabel('What you call them').fill('Bobby')
  await dialog(alice).getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Bobby' }).waitFor()
  await page.locator('.panel-list .row', { hasText: 'Bobby' }).waitFor()
  await page.getByRole('button', { name: /^Groups of friends/ }).click()
  await page.getByRole('menuitem', { name: 'New group of friends' }).click()
  await dialog(alice).getByLabel('Name of the group').fill('Chess')
  await dialog(alice).getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'Groups of friends Chess' }).waitFor()
  await page.getByRole('button', { name: 'Chess', exact: true }).click()
  await page.locator('.panel-list .row', { hasText: 'Bobby' }).waitFor()
  await page.getByRole('button', { name: 'All', exact: true }).click()
})

test('a profile is changed, with a picture, and others see it', async () => {
  const { page } = bob
  await page.getByRole('link', { name: 'Me' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Robert')
  await page.getByLabel('Signature').fill('Gone fishing')
  await page.getByText('Nobody', { exact: true }).click()
  await page.getByRole('button', { name: 'Save' }).last().click()
  await page.getByText('Saved').waitFor()
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Change the picture' }).click()
  const png = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 80
    canvas.height = 60
    canvas.getContext('2d').fillRect(0, 0, 40, 60)
    return canvas.toDataURL('image/png').split(',')[1]
  })
  await (await chooser).setFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') })
  const picture = page.locator('.portrait img')
  await picture.waitFor()
  assert.match(await picture.getAttribute('src'), /\/media\//)

  await alice.page.locator('.panel-list .row', { hasText: 'Gone fishing' }).waitFor() // a friend is told
  await alice.page.locator('.main-column .portrait img').waitFor()
  const kept = await server.rest('profile/portrait_get', { To_Account: ['bob'], TagList: ['Tag_Profile_IM_Nick', 'Tag_Profile_IM_AllowType'] })
  assert.deepEqual(kept.UserProfileItem[0].ProfileItem.map((one) => one.Value), ['Robert', 'AllowType_Type_DenyAny'])
})

test('who is blocked is in the list, and comes out of it again', async () => {
  const { page } = alice
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await dialog(alice).getByRole('button', { name: 'Block' }).click()
  await page.getByRole('tab', { name: 'Blocked' }).click()
  const row = page.locator('.panel-list .row', { hasText: 'Robert' })
  await row.getByRole('button', { name: 'Unblock' }).click()
  await page.getByText('Nobody is blocked').waitFor()
})
