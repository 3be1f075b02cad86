// 5,000 conversations and 100,000 messages scroll at 50 frames a second, measured by the page.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish } from '../server.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const web = join(here, '../../../web/chat')
const wanted = 50
/** A machine that does something else at the same time gets further tries, and is held to what it can draw of a page at rest. */
const tries = 10
const share = 0.85

let browser, opened, host
before(async () => {
  const { build } = createRequire(join(web, 'package.json'))('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(here, 'scroll.page.tsx')], bundle: true, write: false, outdir: '/', format: 'esm', minify: true, target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact',
    nodePaths: [join(web, 'node_modules')], alias: { '@teahouse-im/chat': join(web, '../../sdk/typescript/src/index.ts'), mqtt: join(web, 'node_modules/mqtt') },
    loader: { '.lazy.css': 'text' }, logLevel: 'error',
  })
  const part = (ending) => outputFiles.find((one) => one.path.endsWith(ending)).text
  const answers = {
    '/': ['text/html', '<!doctype html><link rel="stylesheet" href="p.css"><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="p.js"></script>'],
    '/p.js': ['text/javascript', part('.js')], '/p.css': ['text/css', part('.css')],
  }
  const listener = createServer((req, res) => {
    const [type, text] = answers[req.url] ?? ['text/plain', '']
    res.setHeader('content-type', `${type}; charset=utf-8`).end(text)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  host = { stop: async () => (listener.closeAllConnections(), listener.close()) }
  browser = await startBrowser()
  opened = await browser.openPage(`http://127.0.0.1:${listener.address().port}/`)
  await opened.page.locator('.message-row').first().waitFor()
})
after(() => finish(browser, host))

for (const [name, selector, step, from] of [
  ['5,000 conversations, downward', '.conversations', 180, 0],
  ['100,000 messages, upward', '.messages', -180, 1],
  ['100,000 messages, downward', '.messages', 240, 0.5],
]) {
  test(name, async (t) => {
    let best = { fps: 0 }
    let good = false
    for (let i = 0; i < tries && !good; i++) {
      const rest = async () => (await opened.page.evaluate(() => window.measure('.rail', 0, 500))).fps
      await opened.page.evaluate(([s, part]) => { // each try begins at the same place
        const el = document.querySelector(s)
        el.scrollTop = el.scrollHeight * part
      }, [selector, from])
      const before = await rest()
      const got = await opened.page.evaluate(([s, by]) => window.measure(s, by, 1500), [selector, step])
      const atRest = Math.min(before, await rest())
      good = got.fps >= Math.min(wanted, atRest * share)
      if (good || got.fps > best.fps) best = { ...got, rest: atRest }
    }
    t.diagnostic(`${best.fps.toFixed(1)} (at rest ${best.rest.toFixed(1)}) frames a second over ${best.moved} px, ${best.empty} of them with nothing drawn in the middle`)
    assert.ok(good, `${best.fps.toFixed(1)} frames a second`)
    assert.ok(best.empty <= 2, `${best.empty} frames were empty`)
    assert.ok(best.moved > 2_000)
  })
}

test('only what can be seen is drawn, and the end is found at once', async () => {
  const { page } = opened
  assert.ok(await page.locator('.message-row').count() < 120)
  assert.ok(await page.locator('.conversation').count() < 60)
  await page.evaluate(() => (document.querySelector('.messages').scrollTop = 0))
  await page.locator('.message-row[data-id="m0"]').waitFor()
  await page.locator('.pill.round').click()
  await page.locator('.message-row[data-id="m99999"]').waitFor()
})
