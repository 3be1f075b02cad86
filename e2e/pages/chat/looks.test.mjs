// The chat as it looks: desktop and phone, light and dark, both languages; nothing that
// axe-core calls serious, nothing wider than the screen, everything by the keyboard.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible } from '../axe.mjs'
import { looks, startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'
import { chatOf } from './parts.mjs'
import { gone } from './wait.mjs'

let server, browser
const text = (Text) => [{ MsgType: 'TIMTextElem', MsgContent: { Text } }]
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  await server.users({ alice: 'Alice Liang', bob: 'Bob', carol: 'Carol Tan', mei: '美丽', wei: 'Wei Zhang', lena: 'Lena' })
  const send = (From_Account, To_Account, body, MsgRandom, more) => server.rest('openim/sendmsg', { From_Account, To_Account, MsgRandom, MsgBody: typeof body === 'string' ? text(body) : body, SyncOtherMachine: 1, ...more })
  await send('wei', 'alice', 'Shall we meet at the station?', 1)
  await send('lena', 'alice', [{ MsgType: 'TIMFaceElem', MsgContent: { Index: 1, Data: 'smile' } }], 2)
  await send('mei', 'alice', '明天下午四点在老地方喝茶，你来吗？', 3)
  await server.rest('group_open_http_svc/create_group', { Owner_Account: 'alice', Type: 'Public', GroupId: 'tea', Name: 'Tea round', MemberList: ['bob', 'carol', 'mei'].map((Member_Account) => ({ Member_Account })) })
  let n = 10
  const say = (From_Account, body, more) => server.rest('group_open_http_svc/send_group_msg', { GroupId: 'tea', From_Account, Random: n++, MsgBody: typeof body === 'string' ? text(body) : body, ...more })
  await say('bob', 'I found a shop with forty kinds of oolong. Their page: https://example.org/oolong')
  await say('carol', 'Forty!')
  await say('carol', 'We could try four each week and write down what we think of them, then we would be done in ten weeks.')
  await say('alice', 'I am in 🍵')
  await say('mei', [{ MsgType: 'TIMLocationElem', MsgContent: { Desc: 'The shop', Latitude: 31.2304, Longitude: 121.4737 } }])
  await say('alice', 'That is around the corner. Saturday at four?')
  await say('bob', '好的，周六见！', { GroupAtInfo: [{ GroupAtAllFlag: 0, GroupAt_Account: 'alice' }] })
})
after(() => finish(browser, server))

for (const [name, look] of Object.entries(looks)) {
  const zh = look.locale === 'zh-CN'
  test(name, async () => {
    const opened = await browser.openPage(server.origin, { look })
    await opened.page.locator('.login-card').waitFor()
    await opened.shot(`chat-login-${name}`)
    await opened.fits()
    await accessible(opened)
    await opened.page.goto(server.link('alice'))
    const alice = chatOf(opened)
    await alice.row('GROUPtea').waitFor()
    await alice.reads(alice.row('C2Cmei'), '美丽')
    await opened.shot(`chat-list-${name}`)
    await opened.fits()
    await accessible(opened)
    await alice.open('GROUPtea')
    await alice.sees('Forty!')
    await alice.page.locator('.place').waitFor()
    await opened.shot(`chat-thread-${name}`)
    await opened.fits()
    await accessible(opened)
    await alice.message('I am in').locator('.bubble').click({ button: 'right' })
    await alice.page.getByRole('menu').waitFor()
    await opened.shot(`chat-menu-${name}`)
    await accessible(opened)
    await alice.page.keyboard.press('Escape')
    await alice.page.getByRole('button', { name: zh ? '表情' : 'Emoji', exact: true }).click()
    await alice.page.locator('.emoji').waitFor()
    await opened.shot(`chat-emoji-${name}`)
    await opened.fits()
    await accessible(opened)
    await alice.page.keyboard.press('Escape')
    await opened.done()
  })
}

test('everything by the keyboard: find, open, write, answer, recall, back', async () => {
  const opened = await browser.openPage(server.link('alice'))
  const alice = chatOf(opened)
  const key = (name) => alice.page.keyboard.press(name)
  await alice.row('GROUPtea').waitFor()
  await alice.page.locator('.list-filter input').focus()
  await alice.page.keyboard.type('wei')
  await gone(alice.row('GROUPtea'))
  await key('ArrowDown')
  await alice.page.locator('.conversation[data-id="C2Cwei"]:focus').waitFor()
  await key('Enter')
  await alice.sees('Shall we meet at the station?')
  await alice.page.locator('.composer textarea:focus').waitFor()
  await alice.page.keyboard.type('Yes')
  await key('Enter')
  await alice.sees('Yes')
  await alice.message('Yes').locator('[aria-label="Sent"], .read').waitFor()
  await alice.message('Yes').focus()
  await key('ArrowUp')
  assert.match(await alice.page.evaluate(() => document.activeElement.textContent), /station/)
  await key('Enter')
  await alice.page.getByRole('menu').waitFor()
  await alice.page.keyboard.type('r')
  await key('Enter')
  await alice.page.locator('.above').waitFor()
  await alice.page.keyboard.type('At the station, then')
  await key('Enter')
  await alice.reads(alice.message('At the station, then').locator('.quote'), 'Shall we meet')
  await key('ArrowUp')
  await alice.reads(alice.page.locator('.above'), 'Edit the message')
  await key('Escape')
  await gone(alice.page.locator('.above'))
  await alice.page.locator('.list-filter input').focus()
  await key('Escape')
  await alice.row('GROUPtea').waitFor()
})

test('the words change with the language, the colours with the theme', async () => {
  const opened = await browser.openPage(server.origin)
  await opened.page.getByRole('button', { name: '中文' }).click()
  await opened.page.getByRole('heading', { name: '欢迎来到茶馆' }).waitFor()
  assert.equal(await opened.page.evaluate(() => document.documentElement.lang), 'zh-CN')
  await opened.page.reload()
  await opened.page.getByRole('heading', { name: '欢迎来到茶馆' }).waitFor()
  await opened.page.evaluate(() => localStorage.setItem('teahouse.theme', 'dark'))
  await opened.page.reload()
  assert.equal(await opened.page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(15, 20, 19)')
})
