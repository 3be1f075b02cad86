// The pages of examples/page, as a static server gives them out: one on the SDK, one on MQTT.js.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server as Site } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Network, Server } from './server.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const sdk = root + 'sdk/typescript/'
const built = sdk + 'node_modules/.cache/examples/'
const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', process.env.CHROMIUM ?? ''].find((p) => p && existsSync(p))
const shots = process.env.TEAHOUSE_SHOTS
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const server = Server.shared(import.meta.url)
let net: Network
let site: Site
let browser: Browser
const troubles: string[] = []

beforeAll(async () => {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--noCheck', '--outDir', built], { cwd: sdk, stdio: 'inherit' })
  net = await Network.to(server)
  site = createServer((request, answer) => {
    const name = new URL(request.url!, 'http://x').pathname.slice(1)
    const file = name.startsWith('sdk/') ? built + name.slice('sdk/'.length) : /^mqtt\..*js$/.test(name) ? `${sdk}node_modules/mqtt/dist/${name}` : `${root}examples/page/${name}`
    if (!existsSync(file)) return answer.writeHead(404).end()
    answer.setHeader('Content-Type', types[extname(name)]!).end(readFileSync(file))
  })
  await once(site.listen(0, '127.0.0.1'), 'listening')
  if (!path) throw new Error('chromium is not installed: apt-get install chromium')
  browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
})

afterAll(async () => {
  await browser?.close()
  site?.close()
  await net?.close()
})

async function open(file: string, user: string, to: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 420, height: 640 } })).newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (err) => troubles.push(String(err)))
  page.on('console', (line) => line.type() === 'error' && troubles.push(line.text()))
  const asked = new URLSearchParams({ app: String(server.app.sdkappid), user, ticket: server.sig(user), to, url: net.url })
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/${file}#${asked}`)
  await state(page, 'connected')
  return page
}

const state = (page: Page, text: string) => page.waitForFunction((t) => document.querySelector('#state')!.textContent === t, text)

async function say(page: Page, text: string): Promise<void> {
  await page.fill('#text', text)
  await page.click('button')
}

/** shows waits until these are the lines of a page, none of them waiting. */
const shows = (page: Page, lines: string[]) => page.waitForFunction((want) => {
  const have = [...document.querySelectorAll<HTMLElement>('#said li')].map((li) => (li.className ? '…' : '') + li.textContent)
  return JSON.stringify(have) === JSON.stringify(want)
}, lines)

test('a page on the SDK and one on MQTT.js talk, over a cut too', async () => {
  await server.rest('im_open_login_svc/multiaccount_import', { AccountList: [{ UserID: 'alice' }, { UserID: 'bob' }] })
  const alice = await open('sdk.html', 'alice', 'bob')
  const bob = await open('mqtt.html', 'bob', 'c2c/alice')
  await say(alice, 'green or black?')
  const lines = ['alice: green or black?']
  await shows(bob, lines)
  await say(bob, '<b>black</b>')
  lines.push('bob: <b>black</b>')
  await Promise.all([shows(alice, lines), shows(bob, lines)])
  expect(troubles).toEqual([])

  net.down = true
  net.cut()
  await state(bob, 'no connection')
  await say(bob, 'are you there?')
  net.down = false
  lines.push('bob: are you there?')
  await Promise.all([shows(alice, lines), shows(bob, lines)])
  if (shots) {
    mkdirSync(shots, { recursive: true })
    await alice.screenshot({ path: shots + '/example-sdk.png' })
    await bob.screenshot({ path: shots + '/example-mqtt.png' })
  }
  await bob.reload()
  await shows(bob, lines)
  const { MsgList: [last] } = await server.rest('openim/admin_getroammsg', { Operator_Account: 'alice', Peer_Account: 'bob', MaxCnt: 1, MinTime: 0, MaxTime: 4_000_000_000 })
  expect(last.MsgBody[0].MsgContent.Text).toBe('are you there?')
  expect(troubles.filter((t) => !t.includes('WebSocket'))).toEqual([])
})
