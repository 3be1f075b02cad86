// Who may use the console: the first operator, others by invitation, and whose session has ended.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { accessible } from '../axe.mjs'
import { looks, startBrowser } from '../page.mjs'
import { bounded, finish, freePort, program } from '../server.mjs'
import { begin, invited, Operator, password } from './console.mjs'

let server, browser, ann
before(async () => {
  ;[server, browser] = await Promise.all([startNew(), startBrowser()])
})
after(() => finish(browser, server))

/** startNew is a server as it is started in earnest, for the first time. */
async function startNew() {
  const dir = mkdtempSync(join(tmpdir(), 'teahouse-new-'))
  const ports = { mqtt: await freePort(), ws: await freePort(), admin: await freePort() }
  const ready = new Promise((resolve) => {
    const watcher = watch(dir, () => {
      try {
        const link = readFileSync(join(dir, 'console.link'), 'utf8').trim()
        if (!link) return
        watcher.close()
        resolve(link)
      } catch { /* not there yet */ }
    })
  })
  const file = join(dir, 'teahouse.yaml')
  const listeners = Object.entries(ports).map(([name, port]) => `  ${name}: 127.0.0.1:${port}`)
  const app = ['apps:', '  1400000077:', '    name: of the file', '    keys: {first: {secret: ' + 'ab'.repeat(32) + '}}']
  writeFileSync(file, [`data: ${dir}`, 'listen:', ...listeners, ...app, ''].join('\n'))
  const running = spawn(program(), ['serve', '--config', file], { stdio: 'ignore' })
  const ended = once(running, 'exit').then(() => Promise.reject(new Error('the server has ended')))
  ended.catch(() => {})
  const link = await bounded(Promise.race([ready, ended]), 'the link of the first operator')
  return {
    link, root: new URL(link).origin,
    async stop() {
      running.kill('SIGKILL')
      await ended.catch(() => {})
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

test('the first operator comes by the link, which is good once', async () => {
  ann = new Operator(await browser.openPage(server.link), server.root)
  await ann.heading('Welcome to teahouse')
  await ann.opened.shot('console-first')
  await accessible(ann.opened)

  await ann.page.getByLabel('Name').fill('Ann!')
  await ann.page.getByLabel('Password', { exact: true }).fill('short')
  await ann.page.getByLabel('Password again').fill('shorter')
  await ann.click('Begin')
  await ann.says('Begin with a letter or digit')
  await ann.says('The two passwords differ.')

  await begin(ann, 'ann')
  await ann.heading('Overview')
  assert.ok(!ann.page.url().includes('link'), 'the token is still in the address')
  assert.equal(await ann.page.evaluate(() => document.cookie), '', 'a script can read the cookie')

  const again = new Operator(await browser.openPage(server.link), server.root)
  again.opened.expect('410')
  await again.says('This link was used already')
  await again.opened.done()
})

test('who logs in with a wrong password is told so, and comes back to where they wanted to go', async () => {
  const { opened, page } = ann
  await ann.go('audit', 'Audit log')
  await ann.click('Log out')
  await ann.heading('Log in')
  await accessible(opened)
  opened.expect('401')
  await page.getByLabel('Name').fill('ann')
  await page.getByLabel('Password').fill('not the password')
  await page.keyboard.press('Enter')
  await ann.says('Name or password is wrong.')
  await opened.shot('console-login-wrong')
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await ann.heading('Audit log')
  await ann.says('wrong_login')
})

test('an operator who may only read sees everything and changes nothing', async () => {
  const ben = await invited(browser, ann, 'read', 'ben', { look: looks['desktop-light-en'] })
  await ben.says('Read only')
  await ben.go('apps', 'Apps')
  const create = ben.button('Create an app')
  assert.equal(await create.getAttribute('aria-disabled'), 'true')
  await create.click({ force: true })
  await ben.says('Your role is read only')
  await ben.opened.shot('console-read')
  assert.equal(await ben.dialog.count(), 0)

  const refused = await ben.page.evaluate(async () => {
    const { csrf } = await (await fetch('/operator/v1/session')).json()
    const answer = await fetch('/operator/v1/apps', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: '{"name":"mine"}' })
    return (await answer.json()).error.code
  })
  ben.opened.expect('403')
  assert.equal(refused, 'read_only')
  await ben.opened.done()
})

test('an operator whose sessions another one has ended is asked to log in', async () => {
  const cleo = await invited(browser, ann, 'write', 'cleo')
  await ann.go('operators', 'Operators')
  await ann.page.getByRole('row', { name: /cleo/ }).getByRole('button', { name: 'Disable' }).click()
  await ann.confirm('Disable', 'cleo')
  await ann.says('Disabled')

  cleo.opened.expect('401')
  await cleo.go('connections')
  await cleo.says('You were logged out')
  await cleo.opened.shot('console-ended')
  await cleo.opened.done()
})

test('the last operator who may write stays', async () => {
  await ann.go('operators', 'Operators')
  ann.opened.expect('409')
  await ann.page.getByRole('row', { name: /^ann/ }).getByRole('button', { name: 'Remove' }).click()
  await ann.dialog.getByRole('textbox').fill('ann')
  await ann.dialog.getByRole('button', { name: 'Remove' }).click()
  await ann.dialog.getByRole('alert').waitFor()
  await ann.page.keyboard.press('Escape')
  await ann.dialog.waitFor({ state: 'detached' })
})

test('an app of the configuration file is not changed here', async () => {
  await ann.go('apps/1400000077', 'of the file')
  await ann.says('This app is declared in the configuration file.')
  assert.equal(await ann.button('New key').count() + await ann.button('Disable').count(), 0)
  await ann.go('apps/1400000077/settings/limits', 'Settings')
  assert.ok(await ann.page.getByLabel('Devices of a user').isDisabled())
  assert.equal(await ann.button('Save').count(), 0)
  await ann.opened.shot('console-declared')
})

test('an app is made by the keyboard alone', async () => {
  const { page } = ann
  await ann.go('apps', 'Apps')
  await ann.says('In the configuration file')
  await ann.button('Create an app').focus()
  await page.keyboard.press('Enter')
  await page.locator('dialog input:focus').waitFor()
  await page.keyboard.type('Harbour')
  await page.keyboard.press('Enter')
  await ann.says('The secret is shown this once')
  await accessible(ann.opened)
  assert.match(await ann.dialog.locator('pre').last().innerText(), /^[0-9a-f]{64}$/)
  await ann.opened.shot('console-key')
  await ann.click('Open the app')
  await ann.heading('Harbour')
})
