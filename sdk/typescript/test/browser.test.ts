// Two pages of Chromium talk, with what `npm run build` has made.

import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server as Site } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Network, Server } from './server.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', process.env.CHROMIUM ?? ''].find((p) => p && existsSync(p))
let server: Server
let net: Network
let site: Site
let browser: Browser
const troubles: string[] = []

beforeAll(async () => {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--noCheck'], { cwd: here + '..', stdio: 'inherit' })
  server = Server.shared(import.meta.url)
  net = await Network.to(server)
  site = await serve()
  if (!path) throw new Error('chromium is not installed: apt-get install chromium')
  browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
})

afterAll(async () => {
  await browser?.close()
  site?.close()
  await net?.close()
  await server?.close()
})

/** serve bundles the page, and serves it. */
async function serve(): Promise<Site> {
  const entryPoints = [here + 'page/page.ts']
  const { outputFiles: [program] } = await build({ entryPoints, bundle: true, format: 'esm', write: false, logLevel: 'error' })
  const page = readFileSync(here + 'page/index.html')
  const site = createServer((request, answer) => {
    const script = request.url === '/page.js'
    answer.setHeader('Content-Type', script ? 'text/javascript' : 'text/html').end(script ? program!.contents : page)
  })
  await once(site.listen(0, '127.0.0.1'), 'listening')
  return site
}

async function open(userID: string, to: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (err) => troubles.push(String(err)))
  page.on('console', (line) => line.type() === 'error' && troubles.push(line.text()))
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
  await page.waitForFunction('window.login')
  await page.evaluate(([url, app, id, sig, peer]) => (window as any).login(url, app, id, sig, peer), [net.url, server.app.sdkappid, userID, server.sig(userID), to] as const)
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.fill('#text', text)
  await page.press('#text', 'Enter')
}

const shows = (page: Page, text: string, n = 1) => page.waitForFunction(([t, k]) => [...document.querySelectorAll('li')].filter((li) => li.textContent === t).length === k, [text, n] as const)

/** sendPicture sends a picture that the page draws itself. */
async function sendPicture(from: Page, to: Page): Promise<void> {
  const shown = (page: Page) => page.waitForFunction(() => [...document.querySelectorAll('img')].some((i) => i.complete && i.naturalWidth === 1))
  await from.setInputFiles('#file', { name: 'dot.png', mimeType: 'image/png', buffer: dot })
  await Promise.all([shown(from), shown(to)])
  const { progress, failed } = (await from.evaluate('state')) as { progress: number[]; failed: string }
  expect(failed).toBe('')
  expect(progress[0]).toBe(0)
  expect(progress.at(-1)).toBe(1)
}

const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64')

test('the package is found by all its names', () => {
  const names = ['', '/basic', '/standard', '/professional'].map((n) => `@teahouse-im/chat${n}`)
  const program = `
    const [first, ...rest] = await Promise.all(${JSON.stringify(names)}.map((n) => import(n)))
    if (!rest.every((one) => one.default === first.default && one.default.create)) throw new Error('not one module')
    for (const n of ['group', 'message-enhancer']) if (!(await import('@teahouse-im/chat/plugins/' + n)).default) throw new Error(n)`
  execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: here, stdio: 'inherit' })
})

test('two pages talk, one reloads, the line is cut, and no page reports an error', async () => {
  const alice = await open('alice', 'bob')
  const bob = await open('bob', 'alice')
  await say(alice, 'hello bob')
  await shows(bob, 'alice: hello bob')
  await say(bob, 'hello alice')
  await shows(alice, 'bob: hello alice')
  await shows(alice, 'alice: hello bob')

  await bob.close()
  const again = await open('bob', 'alice')
  await again.evaluate('older()')
  await shows(again, 'alice: hello bob')
  expect(troubles).toEqual([])

  if ((await alice.evaluate('features()') as string[]).includes('media')) await sendPicture(alice, again)

  net.cut()
  await say(alice, 'after the cut')
  await shows(again, 'alice: after the cut')
  await shows(alice, 'alice: after the cut')

  await alice.evaluate('logout()')
  await again.evaluate('logout()')
  expect(troubles.filter((t) => !t.includes('WebSocket'))).toEqual([])
})
