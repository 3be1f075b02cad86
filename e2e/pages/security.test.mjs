// What strangers try on users of the chat page.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { get } from 'node:http'
import { startBrowser } from './page.mjs'
import { bounded, finish, startServer } from './server.mjs'

let server, browser
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser()])
})
after(() => finish(browser, server))

/** ask sends a path as it stands: fetch would make it clean. */
function ask(path) {
  const { hostname, port } = new URL(server.origin)
  return bounded(new Promise((resolve, reject) => {
    get({ hostname, port, path }, (r) => {
      let body = ''
      r.on('data', (text) => (body += text)).on('end', () => resolve({ status: r.statusCode, headers: r.headers, body }))
    }).on('error', reject)
  }), path)
}

test('no path leads out of the page', async () => {
  for (const path of [
    '/../go.mod', '/assets/../../site.go', '/..%2f..%2fgo.mod', '/assets/%2e%2e/%2e%2e/site.go', '/%00', '/assets/', '/.keep', '/C:/windows',
    '//etc/passwd', '/index.html/..;/x', '/assets\\..\\..\\site.go', '/as/administrator', '/as/', '/as/../as/mallory',
  ]) {
    const { status, body } = await ask(path)
    assert.ok(status === 404 || status === 301 || status === 307 || status === 400, `${path} answers ${status}`)
    assert.doesNotMatch(body, /package |root:|module /, path)
  }
})

test('every answer has the policy, and the page runs nothing but its own files', async () => {
  for (const path of ['/', '/theme.js', '/nothing']) {
    const { headers } = await ask(path)
    const policy = headers['content-security-policy']
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(policy.includes(part), `${path}: ${policy}`)
    assert.doesNotMatch(policy, /unsafe|\*/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
  const opened = await browser.openPage(server.link('alice'))
  opened.expect('Content Security Policy', 'asks outside: https://example.com/spy.png') // the policy stops it before it leaves
  const ran = await opened.page.evaluate(() => new Promise((resolve) => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
    const button = document.createElement('button')
    button.setAttribute('onclick', 'window.ran = true')
    document.body.append(button)
    button.click()
    document.addEventListener('securitypolicyviolation', () => resolve(window.ran === true))
    const image = new Image()
    image.src = 'https://example.com/spy.png'
  }))
  assert.equal(ran, false)
})

test('no other page frames it', async () => {
  const opened = await browser.openPage(server.admin + '/livez')
  opened.expect('Content Security Policy', "frame-ancestors 'none'", 'frame')
  const framed = await opened.page.evaluate((url) => new Promise((resolve) => {
    const frame = document.createElement('iframe')
    frame.onload = () => resolve(frame.contentDocument === null ? 'closed to us' : frame.contentDocument.body.innerText)
    frame.src = url
    document.body.append(frame)
  }), server.origin)
  assert.equal(framed, 'closed to us')
  assert.ok(!opened.page.frames().some((f) => f.url().startsWith(server.origin)), 'the page is shown in a frame')
})

test('the ticket of a link does not stay in the address', async () => {
  const opened = await browser.openPage(server.origin + '/as/alice')
  await opened.page.getByRole('navigation').waitFor()
  assert.doesNotMatch(opened.page.url(), /sig|eJ/)
})

test('names and messages with script are text', async () => {
  const bad = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`
  await server.users({ mallory: { Nick: bad, FaceUrl: 'javascript:window.ran=1' } })
  await server.rest('group_open_http_svc/create_group', { Type: 'Public', GroupId: 'evil', Name: bad.slice(0, 30), Introduction: bad, Notification: bad, MemberList: [{ Member_Account: 'bob' }] })
  const say = (Text) => [{ MsgType: 'TIMTextElem', MsgContent: { Text } }]
  await server.rest('openim/sendmsg', { From_Account: 'mallory', To_Account: 'bob', MsgRandom: 1, MsgBody: say(bad + ' javascript:window.ran=1') })
  await server.rest('group_open_http_svc/send_group_msg', { GroupId: 'evil', From_Account: 'bob', Random: 2, MsgBody: say(bad) })
  const { page } = await browser.openPage(server.link('bob'))
  await page.getByText('<img src=x', { exact: false }).first().waitFor()
  await page.getByText('<img src=x', { exact: false }).first().click()
  assert.equal(await page.evaluate(() => window.ran), undefined)
  assert.equal(await page.locator('img[src="x"], a[href^="javascript:"], img[src^="javascript:"]').count(), 0)
})
