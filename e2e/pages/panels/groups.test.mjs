// Groups: made, joined, led and left.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'

let server, browser, alice, bob
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  await server.users({ alice: 'Alice', bob: 'Bob', carol: 'Carol' })
  ;[alice, bob] = await Promise.all(['alice', 'bob'].map((user) => browser.openPage(server.link(user))))
  for (const { page } of [alice, bob]) await page.getByRole('navigation').waitFor()
})
after(() => finish(browser, server))

const dialog = ({ page }) => page.getByRole('dialog')
const details = ({ page }) => page.getByRole('complementary', { name: 'Details' })

async function choose({ page }, button, item) {
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function openDetails(one, id) {
  await one.page.evaluate((id) => (location.hash = '#/c/GROUP' + id), id)
  await one.page.locator('.thread-head').waitFor()
  if (!(await details(one).isVisible())) await one.page.locator('.thread-head').getByRole('button', { name: 'Details' }).click()
  await details(one).getByRole('heading', { name: 'About' }).waitFor()
}

test('all five types of groups are made', async () => {
  for (const [type, wire] of [['Work', 'Private'], ['Public', 'Public'], ['Meeting', 'ChatRoom'], ['Community', 'Community'], ['Live room', 'AVChatRoom']]) {
    await choose(alice, 'New', 'New group')
    await dialog(alice).getByLabel('Name of the group').fill(`A ${type} group`)
    await dialog(alice).getByText(type, { exact: true }).click()
    const id = wire === 'Community' ? '@TGS#_made' : `made-${wire}`
    await dialog(alice).getByLabel('Group ID (optional)').fill(id)
    if (wire !== 'AVChatRoom') {
      await dialog(alice).getByRole('button', { name: 'Next' }).click()
      await dialog(alice).getByPlaceholder('Name or UserID').fill('bob')
      await dialog(alice).getByRole('option', { name: /Bob/ }).click()
    }
    await dialog(alice).getByRole('button', { name: /^Create/ }).click()
    await alice.page.getByRole('heading', { name: `A ${type} group` }).waitFor()
    const { GroupInfo } = await server.rest('group_open_http_svc/get_group_info', { GroupIdList: [id] })
    assert.equal(GroupInfo[0].Type, wire)
  }
})

test('who asks to join waits, and is let in', async () => {
  await choose(bob, 'New', 'Join a group')
  await server.rest('group_open_http_svc/create_group', { Owner_Account: 'alice', Type: 'Public', GroupId: 'chess', Name: 'Chess club', ApplyJoinOption: 'NeedPermission' })
  await dialog(bob).getByPlaceholder('ID or name of a group').fill('chess')
  await dialog(bob).getByRole('button', { name: /Chess club/ }).click()
  await dialog(bob).getByLabel('A word to those who decide').fill('I play every week')
  await dialog(bob).getByRole('button', { name: 'Ask to join' }).click()
  await bob.page.getByText('Your request was sent').waitFor()

  await openDetails(alice, 'chess')
  await details(alice).getByRole('button', { name: /Requests to join/ }).click()
  await details(alice).getByText('I play every week').waitFor()
  await details(alice).getByRole('button', { name: 'Accept' }).click()
  await details(alice).getByRole('button', { name: 'Back' }).click()
  await bob.page.getByText('Chess club').first().waitFor()
  await openDetails(bob, 'chess')
})

test('the owner leads: notice, administrators, mutes', async () => {
  await openDetails(alice, 'chess')
  await details(alice).getByRole('button', { name: /^Notice/ }).click()
  await dialog(alice).getByLabel('Notice').fill('Bring your own clock')
  await dialog(alice).getByRole('button', { name: 'Save' }).click()
  await details(bob).getByText('Bring your own clock').waitFor()

  await details(alice).getByRole('button', { name: 'All members' }).click()
  const acts = () => details(alice).getByRole('button', { name: 'What to do with Bob' }).click()
  await acts()
  await alice.page.getByRole('menuitem', { name: 'Make administrator' }).click()
  await details(alice).locator('.member', { hasText: 'Bob' }).getByText('Admin').waitFor()
  await details(bob).getByText('Leading the group').waitFor()
  await acts()
  await alice.page.getByRole('menuitem', { name: 'Mute' }).click()
  await alice.page.getByRole('menuitem', { name: '1 hour' }).click()
  await details(alice).locator('.member', { hasText: 'Bob' }).getByText('Muted').waitFor()
  await acts()
  await alice.page.getByRole('menuitem', { name: 'Unmute' }).click()
  await details(alice).locator('.member', { hasText: 'Bob' }).getByText('Muted').waitFor({ state: 'detached' })
  await details(alice).getByRole('button', { name: 'Back' }).click()
  await details(alice).getByRole('switch', { name: /Mute everybody/ }).click()
  const muted = async () => (await server.rest('group_open_http_svc/get_group_info', { GroupIdList: ['chess'] })).GroupInfo[0].MuteAllMember
  while ((await muted()) !== 'On'); // the test's own bound ends it
})

test('a group is handed over, left and dissolved', async () => {
  await details(alice).getByRole('button', { name: 'All members' }).click()
  await details(alice).getByRole('button', { name: 'What to do with Bob' }).click()
  await alice.page.getByRole('menuitem', { name: 'Make owner' }).click()
  await dialog(alice).getByRole('button', { name: 'Make owner' }).click()
  await details(alice).locator('.member', { hasText: 'Bob' }).getByText('Owner').waitFor()
  await details(alice).getByRole('button', { name: 'Back' }).click()
  await details(alice).getByRole('button', { name: 'Leave group' }).click()
  await dialog(alice).getByRole('button', { name: 'Leave group' }).click()
  await details(alice).waitFor({ state: 'detached' })

  await details(bob).getByRole('button', { name: 'Dissolve group' }).click()
  await dialog(bob).getByRole('button', { name: 'Dissolve group' }).click()
  await details(bob).waitFor({ state: 'detached' })
  const { GroupInfo } = await server.rest('group_open_http_svc/get_group_info', { GroupIdList: ['chess'] })
  assert.ok([10010, 10015].includes(GroupInfo[0].ErrorCode), JSON.stringify(GroupInfo[0]))
})

test('a member is removed, and sees so', async () => {
  await openDetails(alice, 'made-ChatRoom')
  await openDetails(bob, 'made-ChatRoom')
  await details(alice).getByRole('button', { name: 'What to do with Bob' }).click()
  await alice.page.getByRole('menuitem', { name: 'Remove from the group' }).click()
  await dialog(alice).getByRole('button', { name: 'Remove from the group' }).click()
  await details(alice).locator('.member', { hasText: 'Bob' }).waitFor({ state: 'detached' })
  await details(bob).getByText('You are not in this group any more').waitFor()
})

test('large member lists come page by page', async () => {
  const ids = Array.from({ length: 230 }, (_, i) => `member${i}`)
  for (let i = 0; i < ids.length; i += 100) await server.rest('im_open_login_svc/multiaccount_import', { AccountList: ids.slice(i, i + 100).map((UserID) => ({ UserID, Nick: UserID })) })
  for (let i = 0; i < ids.length; i += 100) await server.rest('group_open_http_svc/add_group_member', { GroupId: 'made-Public', Silence: 1, MemberList: ids.slice(i, i + 100).map((Member_Account) => ({ Member_Account })) })
  await openDetails(alice, 'made-Public')
  await details(alice).getByRole('button', { name: 'All members' }).click()
  await details(alice).getByPlaceholder('Find a member').waitFor()
  const rows = details(alice).locator('.members .member')
  await rows.nth(90).scrollIntoViewIfNeeded()
  await details(alice).locator('.drawer-body').evaluate((el) => el.scrollTo(0, el.scrollHeight))
  await rows.nth(150).waitFor({ state: 'attached' })
  await details(alice).locator('.drawer-body').evaluate((el) => el.scrollTo(0, el.scrollHeight))
  await rows.nth(230).waitFor({ state: 'attached' })
  await details(alice).getByPlaceholder('Find a member').fill('member217')
  await details(alice).getByRole('button', { name: /member217/ }).first().waitFor()
  assert.equal(await rows.count(), 1)
})
