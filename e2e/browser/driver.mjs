// Moves pages of Chromium for the Go tests: one JSON object a line in, one a line out.
//
// In:  {"id":1,"op":"open","page":"alice","url":"http://…"}
//      {"id":2,"op":"call","page":"alice","name":"login","args":[…]}   calls a function of the page
//      {"id":3,"op":"file","page":"alice","selector":"#file","path":"…"}
//      {"id":4,"op":"click","page":"alice","selector":"#send"}
//      {"id":5,"op":"await","page":"alice","expression":"…"}           until it is true; answers its value
//      {"id":6,"op":"shot","page":"alice","path":"….png"}
//      {"id":7,"op":"slow","page":"alice","upload":8000000}            bytes a second that the page may send
//      {"id":8,"op":"troubles","page":"alice"}                         what went wrong in the page so far
//      {"id":8,"op":"allow","page":"alice","permission":"notifications"}
//      {"id":9,"op":"push","page":"alice","data":"…"}                  what a push service has brought, decrypted
// Out: {"id":1,"value":…} or {"id":1,"error":"…"}

import { chromium } from 'playwright-core'
import { createInterface } from 'node:readline'

const patience = 30_000
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
})
const pages = new Map()

const ops = {
  async open({ page: name, url }) {
    const context = await browser.newContext({ viewport: { width: 900, height: 700 } })
    const page = await context.newPage()
    const troubles = []
    page.on('pageerror', (err) => troubles.push(String(err)))
    page.on('console', (line) => line.type() === 'error' && troubles.push(line.text()))
    page.on('request', (r) => {
      const { hostname, protocol } = new URL(r.url())
      if (hostname !== '127.0.0.1' && protocol.startsWith('http')) troubles.push('asks outside: ' + r.url())
    })
    pages.set(name, { page, troubles })
    await page.goto(url)
  },
  async call({ page, name, args }) {
    return pages.get(page).page.evaluate(([name, args]) => window[name](...args), [name, args ?? []])
  },
  async file({ page, selector, path }) {
    await pages.get(page).page.setInputFiles(selector, path)
  },
  async click({ page, selector }) {
    await pages.get(page).page.click(selector, { timeout: patience })
  },
  async await({ page, expression }) {
    const handle = await pages.get(page).page.waitForFunction(expression, undefined, { timeout: patience })
    return handle.jsonValue()
  },
  async shot({ page, path }) {
    await pages.get(page).page.screenshot({ path })
  },
  async allow({ page, permission }) {
    await pages.get(page).page.context().grantPermissions([permission])
  },
  async push({ page: name, data }) {
    const { page } = pages.get(name)
    const devtools = await page.context().newCDPSession(page)
    const registered = new Promise((resolve) =>
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations.length && resolve(registrations[0].registrationId)),
    )
    await devtools.send('ServiceWorker.enable')
    const registrationId = await registered
    await devtools.send('ServiceWorker.deliverPushMessage', { origin: new URL(page.url()).origin, registrationId, data })
    await devtools.detach()
  },
  async slow({ page: name, upload }) {
    const { page } = pages.get(name)
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: upload })
  },
  async troubles({ page }) {
    return pages.get(page).troubles
  },
}

for await (const text of createInterface({ input: process.stdin })) {
  const { id, op, ...rest } = JSON.parse(text)
  ops[op](rest).then(
    (value) => console.log(JSON.stringify({ id, value })),
    (err) => console.log(JSON.stringify({ id, error: String(err) })),
  )
}
await browser.close()
