// Every page of the console, in each look and both languages: it is there, fits, reads well, and
// nothing goes wrong in it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible } from '../axe.mjs'
import { looks, startBrowser } from '../page.mjs'
import { finish } from '../server.mjs'
import { asDev, startFurnished } from './console.mjs'

let server, device, browser
before(async () => {
  ;[{ server, device }, browser] = await Promise.all([startFurnished(), startBrowser()])
})
after(async () => {
  device?.end(true)
  await finish(browser, server)
})

/** A page: its name for pictures, its address, and a text that is there when it is whole. */
const pages = (app) => [
  ['overview', 'overview', /dev|0\.\d/],
  ['apps', 'apps', String(app)],
  ['app', `apps/${app}`, 'first'],
  ['settings', `apps/${app}/settings`, '168h0m0s', 'value'],
  ['limits', `apps/${app}/settings/limits`, /40/],
  ['users', `apps/${app}/users`, 'dora'],
  ['user', `apps/${app}/users/alice`, 'alice-phone'],
  ['user-groups', `apps/${app}/users/alice/groups`, 'club'],
  ['user-conversations', `apps/${app}/users/alice/conversations`, 'c2c/alice/bob'],
  ['connections', 'connections', 'alice-phone'],
  ['usersig', `apps/${app}/usersig`, 'UserSig'],
  ['audit', 'audit', 'link.redeem'],
  ['operators', 'operators', 'dev'],
  ['sessions', 'operators/sessions', 'Chrome, Linux'],
  ['me', 'me', 'dev'],
]

for (const [look, options] of Object.entries(looks)) {
  test(`every page, ${look}`, async () => {
    const operator = await asDev(browser, server, { look: options })
    const { opened, page } = operator
    for (const [name, path, sign, where] of pages(server.sdkappid)) {
      await operator.go(path)
      const main = page.getByRole('main')
      await (where === 'value' ? main.locator(`input[value="${sign}"]`).or(main.getByLabel(/Messages are kept|消息保留/)) : main.getByText(sign)).first().waitFor()
      assert.doesNotMatch(await main.innerText(), /NaN|undefined|\[object/)
      await opened.fits()
      await opened.shot(`console-${name}-${look}`)
      if (look === 'desktop-light-en' || look === 'phone-dark-en') await accessible(opened)
    }
  })
}
