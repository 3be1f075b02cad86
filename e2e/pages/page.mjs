// Pages of one Chromium, and what must not go wrong in them.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { patience } from './server.mjs'

/** Looks of a page: a desktop and a phone, both as light and dark. */
export const desktop = { viewport: { width: 1280, height: 800 } }
export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

/** The four looks and languages that pictures are taken of. */
export const looks = {
  'desktop-light-en': { ...desktop, colorScheme: 'light', locale: 'en-US' },
  'desktop-dark-zh': { ...desktop, colorScheme: 'dark', locale: 'zh-CN' },
  'phone-light-zh': { ...phone, colorScheme: 'light', locale: 'zh-CN' },
  'phone-dark-en': { ...phone, colorScheme: 'dark', locale: 'en-US' },
}

/** The program that pages are opened with. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** startBrowser begins one Chromium. fakeMedia: a camera and a microphone that are not there. */
export async function startBrowser({ fakeMedia = false, args = [], executablePath = chromiumPath } = {}) {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-component-update', '--disable-background-networking',
      ...(fakeMedia ? ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'] : []), ...args,
    ],
  })
  return new Browser(browser)
}

class Browser {
  #browser
  #opened = []
  constructor(browser) {
    this.#browser = browser
  }

  /**
   * openPage opens an address in a context of its own, so that each page is another user.
   * look: one of `looks`, or options of a context. allow: permissions. before: is given the
   * context before the page is made.
   */
  async openPage(url, { look = looks['desktop-light-en'], allow = [], before, ...more } = {}) {
    const context = await this.#browser.newContext({ reducedMotion: 'reduce', timezoneId: 'Europe/Berlin', ...look, ...more })
    if (allow.length) await context.grantPermissions(allow)
    await before?.(context)
    const page = await context.newPage()
    page.setDefaultTimeout(patience)
    const opened = new Opened(page, url)
    this.#opened.push(opened)
    await page.goto(url)
    return opened
  }

  /** close ends Chromium; what has gone wrong in any page, and was not asked for, fails. */
  async close() {
    try {
      await Promise.all(this.#opened.map((one) => one.done()))
    } finally {
      await this.#browser.close()
    }
  }
}

class Opened {
  #troubles = []
  #asked = []
  #done = false

  constructor(page, url) {
    this.page = page
    const own = new Set(['127.0.0.1', 'localhost', new URL(url).hostname])
    const trouble = (text) => this.#done || this.#troubles.push(text)
    page.on('pageerror', (err) => trouble(`page error: ${err.stack ?? err}`))
    page.on('console', (line) => {
      // A failed request is told twice, here without its status: see 'response' and 'requestfailed'.
      if (line.type() === 'error' && !/^Failed to load resource|WebSocket connection to/.test(line.text())) trouble(`console: ${line.text()}`)
    })
    page.on('response', (r) => r.status() >= 400 && trouble(`${r.status()} ${r.url()}`))
    page.on('request', (r) => {
      const { hostname, protocol } = new URL(r.url())
      if (/^(http|ws)s?:$/.test(protocol) && !own.has(hostname)) trouble(`asks outside: ${r.url()}`)
    })
    page.on('websocket', (s) => own.has(new URL(s.url()).hostname) || trouble(`asks outside: ${s.url()}`))
  }

  /** expect says which troubles a story asks for, by words of them. */
  expect(...patterns) {
    this.#asked.push(...patterns)
  }

  /** shot takes a picture, when TEAHOUSE_SHOTS names a folder. */
  async shot(name, options = {}) {
    const dir = process.env.TEAHOUSE_SHOTS
    if (!dir) return
    mkdirSync(dir, { recursive: true })
    await this.page.evaluate(() => document.fonts.ready)
    await this.page.screenshot({ path: join(dir, `${name}.png`), ...options })
  }

  /** fits fails when something reaches over the right edge: a phone would scroll sideways. */
  async fits() {
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(over <= 0, `the page is ${over} px wider than the screen`)
  }

  /** done closes the page, and fails when something has gone wrong in it that was not asked for. */
  async done() {
    if (this.#done) return
    this.#done = true
    await this.page.context().close()
    const left = this.#troubles.filter((text) => !this.#asked.some((p) => (p instanceof RegExp ? p.test(text) : text.includes(p))))
    assert.deepEqual(left, [], 'something has gone wrong in the page')
  }
}
