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
  ['groups', `apps/${app}/groups`, 'club'],
  ['group', `apps/${app}/groups/club`, 'bob'],
  ['messages', `apps/${app}/messages?conversation=c2c/alice/bob`, 'good morning'],
  ['connections', 'connections', 'alice-phone'],
  ['webhooks', `apps/${app}/webhooks`, /No webhook is set up|未配置回调/],
  ['webhook-results', `apps/${app}/webhooks/results`, /No calls yet|暂无调用/],
  ['webhook-dead', `apps/${app}/webhooks/dead`, /No dead letters|没有死信/],
  ['push', `apps/${app}/push`, 'webpush'],
  ['push-tasks', `apps/${app}/push/tasks`, /No tasks|没有任务/],
  ['push-scheduled', `apps/${app}/push/scheduled`, /Nothing is scheduled|没有定时任务/],
  ['usersig', `apps/${app}/usersig`, 'UserSig'],
  ['try', `apps/${app}/try/openim/querystate`, 'To_Account *'],
  ['audit', 'audit', 'link.redeem'],
  ['operators', 'operators', 'dev'],
  ['sessions', 'operators/sessions', 'Chrome, Linux'],
  ['me', 'me', 'dev'],
  ['config', 'config', /No configuration file|没有配置文件/],
]

for (const [look, options] of Object.entries(looks)) {
  test(`every page, ${look}`, async () => {
    const operator = await asDev(browser, server, { look: options })
    const { opened, page } = operator
    opened.expect(/^404 .*\/config$/) // dev has no configuration file
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
