// Every panel on a desktop and a phone, light and dark, in both languages: nothing reaches over
// the edge, axe-core finds nothing serious, and a picture of each is kept when one is wanted.

import { after, before, test } from 'node:test'
import { accessible } from '../axe.mjs'
import { looks, startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'

let server, browser
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  await server.users({ alice: 'Alice Liddell', bob: 'Bob', carol: 'Carol Müller', dora: 'Dora', emil: '小明', fritz: 'Fritz' })
  const people = ['bob', 'carol', 'dora', 'emil']
  await server.rest('sns/friend_import', { From_Account: 'alice', AddFriendItem: people.map((To_Account) => ({ To_Account, AddSource: 'AddSource_Type_Web', AddTime: 1700000000 })) })
  await server.rest('sns/group_add', { From_Account: 'alice', GroupName: ['Family', 'Work'], To_Account: ['bob'] })
  await server.rest('profile/portrait_set', { From_Account: 'alice', ProfileItem: [{ Tag: 'Tag_Profile_IM_AllowType', Value: 'AllowType_Type_NeedConfirm' }] })
  await server.rest('profile/portrait_set', { From_Account: 'bob', ProfileItem: [{ Tag: 'Tag_Profile_IM_SelfSignature', Value: 'Gone fishing' }] })
  await server.rest('sns/friend_add', { From_Account: 'fritz', AddFriendItem: [{ To_Account: 'alice', AddSource: 'AddSource_Type_Web', AddWording: 'Hello, I am Fritz' }] })
  await server.rest('group_open_http_svc/create_group', { Owner_Account: 'alice', Type: 'Public', GroupId: 'chess', Name: 'Chess club', Introduction: 'Every Thursday', Notification: 'Bring your own clock', MemberList: people.map((Member_Account) => ({ Member_Account })) })
  const MsgBody = [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'Shall we play chess on Thursday?' } }]
  await server.rest('group_open_http_svc/send_group_msg', { GroupId: 'chess', From_Account: 'bob', Random: 2, MsgBody })
})
after(() => finish(browser, server))

/** Both themes and both sizes; the language makes no difference to axe-core. */
const audited = new Set(['desktop-light-en', 'phone-dark-en'])

for (const [name, look] of Object.entries(looks)) {
  test(`panels as ${name}`, async () => {
    const opened = await browser.openPage(server.link('alice'), { look })
    const { page } = opened
    const go = (hash) => page.evaluate((to) => (location.hash = to), hash)
    const looked = async (what, wait, within) => {
      await page.locator(wait).first().waitFor()
      await opened.fits()
      if (audited.has(name)) await accessible(opened, { within })
      await opened.shot(`${name}-${what}`)
    }
    await page.getByRole('navigation').waitFor()
    await go('#/contacts')
    await looked('friends', '.letter')
    for (const tab of ['groups', 'requests', 'blocked']) {
      await page.locator(`[data-tab=${tab}]`).click()
      await looked(tab, { groups: '.tag', requests: '.request', blocked: '.empty' }[tab])
    }
    await page.locator('[data-tab=friends]').click()
    await go('#/contacts/u/bob')
    await looked('person', '.portrait')
    await go('#/me')
    await looked('me', '.me-form')
    await go('#/settings')
    await looked('settings', '.section .tag')
    await go('#/search')
    await page.locator('.list-column .search-field input').fill('chess')
    await looked('search', '.find')
    await go('#/c/GROUPchess')
    await page.locator('.thread-who').click()
    await looked('group', '.drawer .member', '.drawer')
    await page.locator('.drawer button.line', { hasText: /All members|全部成员/ }).click()
    await looked('members', '.sub-head', '.drawer')
    await page.locator('.drawer .head .icon-button').click()
    await go('#/contacts')
    const plus = page.locator('.list-column .head .icon-button').last()
    for (const [i, what] of ['addfriend', 'creategroup', 'joingroup'].entries()) {
      await plus.click()
      await page.getByRole('menuitem').nth(i).click()
      await looked(what, '.dialog', '.dialog')
      await page.keyboard.press('Escape')
    }
    await opened.done()
  })
}
