// Makes the picture of our chat in the README: make picture.

import { join } from 'node:path'
import { desktop, startBrowser } from './page.mjs'
import { finish, startServer } from './server.mjs'

const file = join(import.meta.dirname, '../../docs/pictures/chat.png')
const [server, browser] = await Promise.all([startServer(), startBrowser()])

const names = { alice: 'Alice', bob: 'Bob', carol: 'Carol', dan: 'Dan', eve: 'Eve' }
const text = (Text) => [{ MsgType: 'TIMTextElem', MsgContent: { Text } }]
const write = (From_Account, To_Account, words) => server.rest('openim/sendmsg', { From_Account, To_Account, MsgRandom: Math.trunc(Math.random() * 2 ** 31), MsgBody: text(words) })
const say = (GroupId, From_Account, words) => server.rest('group_open_http_svc/send_group_msg', { GroupId, From_Account, Random: Math.trunc(Math.random() * 2 ** 31), MsgBody: text(words) })

await server.rest('im_open_login_svc/multiaccount_import', { AccountList: Object.entries(names).map(([UserID, Nick]) => ({ UserID, Nick })) })
await server.rest('group_open_http_svc/create_group', {
  Type: 'Public', GroupId: 'greenhouse', Name: 'Greenhouse', Owner_Account: 'alice', MemberList: ['bob', 'carol', 'dan'].map((Member_Account) => ({ Member_Account })),
})
await write('eve', 'alice', 'The tickets are booked. Friday, 9 o’clock!')
await write('dan', 'alice', 'Can you look at the pump when you are back?')
await write('dan', 'alice', 'It says E4.')
await write('alice', 'carol', 'Thank you for the seeds.')
for (const [who, words] of [
  ['bob', 'Good morning! The sensor in bed 3 says 31 °C already.'], ['carol', 'That is a lot for nine o’clock.'],
  ['alice', 'I open the windows from here.'], ['alice', 'Done. Tell me what it says in ten minutes?'], ['bob', '27 °C and falling.'],
  ['dan', 'The pump runs again, too. A leaf was in it.'], ['carol', 'Well done, you two. Tea is ready.'],
]) await say('greenhouse', who, words)

const alice = await browser.openPage(server.link('alice'), { look: { ...desktop, viewport: { width: 1120, height: 640 }, colorScheme: 'light', locale: 'en-US' } })
await alice.page.getByText('Greenhouse').first().click()
await alice.page.locator('.bubble', { hasText: 'Tea is ready' }).waitFor()
await alice.page.evaluate(() => document.fonts.ready)
await alice.page.screenshot({ path: file })
await alice.done()
await finish(browser, server)
