// Calls between pages, with a camera and a microphone that Chromium makes up.

import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { accessible } from './axe.mjs'
import { answer, call, hangUp, moves, over, ring } from './calls.mjs'
import { looks, startBrowser } from './page.mjs'
import { bounded, finish, startServer } from './server.mjs'

let server, one, other
before(async () => {
  ;[server, one, other] = await Promise.all([startServer(), startBrowser({ fakeMedia: true }), startBrowser({ fakeMedia: true })])
  await server.users({ carol: 'Carol', dave: 'Dave', erin: 'Erin' })
})
after(() => finish(one, other, server))

// A story that fails leaves nobody behind who rings in the next.
const pages = []
afterEach(() => Promise.all(pages.splice(0).map((p) => p.done())))

const media = ['camera', 'microphone']

/** enter opens the chat of a user, at a conversation if one is named. */
async function enter(browser, user, conversation, more = {}) {
  const opened = await browser.openPage(server.link(user), { allow: media, ...more })
  const { page } = opened
  pages.push(opened)
  await page.locator('.rail').waitFor()
  if (conversation) {
    await page.evaluate((id) => (location.hash = `#/c/${id}`), conversation)
    await page.locator('.thread-head').waitFor()
  }
  return opened
}

/** lines are what a thread says of calls. */
const line = (page, text) => page.locator('.call-line', { hasText: text }).last().waitFor()

test('two see each other, one hangs up, and both find how long it was', async () => {
  const [a, b] = await Promise.all([enter(one, 'alice', 'C2Cbob'), enter(other, 'bob', 'C2Calice')])
  await call(a.page, 'Video call')
  await a.page.getByText('Calling…').waitFor()
  await a.shot('call-calling')
  await ring(b.page).getByText('Incoming video call').waitFor()
  await b.shot('call-incoming')
  await accessible(b, { within: '.call-ring' })
  await answer(b.page, 'Accept')
  await Promise.all([moves(a.page, 'bob'), moves(b.page, 'alice')])
  await a.page.locator('.call-time').waitFor()
  await a.shot('call-video')
  await accessible(a, { within: '.call' })
  await a.page.getByRole('button', { name: 'Turn camera off' }).click()
  await a.page.getByRole('button', { name: 'Turn microphone off' }).click()
  await b.page.locator('.tile[data-user="alice"] video.hidden').waitFor({ state: 'attached' })
  await b.page.getByText('Microphone is off').waitFor()
  await b.shot('call-camera-off')
  await b.page.getByRole('button', { name: 'Make small' }).click()
  await b.page.locator('.call-small').waitFor()
  await b.shot('call-small')
  await b.page.getByRole('button', { name: 'Hang up' }).click()
  await over(a.page)
  await a.page.getByText('bob has hung up', { exact: false }).or(a.page.getByText('Bob has hung up')).waitFor()
  await Promise.all([line(a.page, /^Video call · 0:\d\d/), line(b.page, /^Video call · 0:\d\d/)])
  await a.shot('call-record')
  await Promise.all([a.done(), b.done()])
})

test('a voice call is declined, cancelled, and missed', async () => {
  const [a, b] = await Promise.all([enter(one, 'alice', 'C2Ccarol'), enter(other, 'carol')])
  await call(a.page, 'Voice call')
  await answer(b.page, 'Decline')
  await a.page.getByText('Carol has declined').waitFor()
  await over(a.page)
  await line(a.page, 'Voice call · declined')

  await call(a.page, 'Voice call')
  await ring(b.page).waitFor()
  await hangUp(a.page)
  await ring(b.page).waitFor({ state: 'detached' })
  await line(a.page, 'Voice call · cancelled')
  await b.page.getByText('Voice call · missed').first().waitFor() // in the list
  await b.page.evaluate(() => (location.hash = '#/c/C2Calice'))
  await line(b.page, 'Voice call · missed')
  await Promise.all([a.done(), b.done()])
})

test('one device answers, the others stop ringing; who is busy says so', async () => {
  const [a, phone, desk] = await Promise.all([
    enter(one, 'alice', 'C2Cbob'), enter(other, 'bob', '', { look: looks['phone-dark-en'] }), enter(other, 'bob'),
  ])
  await call(a.page, 'Voice call')
  await Promise.all([ring(phone.page).waitFor(), ring(desk.page).waitFor()])
  await phone.shot('call-incoming-phone')
  await answer(phone.page, 'Accept')
  await ring(desk.page).waitFor({ state: 'detached' })
  await desk.page.getByText('Answered on another device').waitFor()
  await phone.page.locator('.call-time').waitFor()
  await a.page.locator('.call-time').waitFor()
  await phone.fits()
  await phone.shot('call-voice-phone')
  await a.shot('call-voice')

  const c = await enter(one, 'carol', 'C2Calice')
  await call(c.page, 'Voice call')
  await c.page.getByText('Alice is in another call').or(c.page.getByText('alice is in another call')).waitFor()
  await line(c.page, 'Voice call · line busy')
  await hangUp(a.page)
  await over(phone.page)
  await Promise.all([a.done(), phone.done(), desk.done(), c.done()])
})

test('three of a group see each other; one who leaves leaves the others together', async () => {
  const { GroupId } = await server.rest('group_open_http_svc/create_group', {
    Type: 'Work', Name: 'Tea', Owner_Account: 'alice', MemberList: [{ Member_Account: 'bob' }, { Member_Account: 'carol' }],
  })
  const id = `GROUP${GroupId}`
  const [a, b, c] = await Promise.all([enter(one, 'alice', id), enter(other, 'bob', id), enter(other, 'carol', id)])
  await call(a.page, 'Video call')
  const dialog = a.page.getByRole('dialog', { name: 'Whom do you call?' })
  for (const name of ['bob', 'carol']) await dialog.getByRole('checkbox', { name: new RegExp(name, 'i') }).click()
  await a.shot('call-choose')
  await dialog.getByRole('button', { name: 'Call', exact: true }).click()
  await Promise.all([answer(b.page, 'Accept'), answer(c.page, 'Accept')])
  await Promise.all([
    moves(a.page, 'bob'), moves(a.page, 'carol'), moves(b.page, 'alice'), moves(b.page, 'carol'), moves(c.page, 'alice'), moves(c.page, 'bob'),
  ])
  await a.shot('call-group')
  await hangUp(a.page)
  await b.page.locator('.tile[data-user="alice"]').waitFor({ state: 'detached' })
  await moves(b.page, 'carol')
  await hangUp(b.page)
  await over(c.page)
  await line(c.page, 'Call ended')
  await Promise.all([a.done(), b.done(), c.done()])
})

test('who may not use the microphone is told so in words', async () => {
  const strict = await startBrowser()
  try {
    const a = await strict.openPage(server.link('carol'))
    await a.page.locator('.rail').waitFor()
    await a.page.evaluate(() => (location.hash = '#/c/C2Cbob'))
    await call(a.page, 'Voice call')
    await bounded(a.page.getByText(/not allowed to use the microphone|no microphone/).waitFor(), 'the words')
    await over(a.page)
    assert.equal(await a.page.locator('.call-line').count(), 0)
    await a.done()
  } finally {
    await strict.close()
  }
})

test('the server ends a call that nobody answers', async () => {
  const briefly = (context) => context.addInitScript(() => localStorage.setItem('teahouse.ring', '2'))
  const a = await enter(one, 'erin', 'C2Cdave', { before: briefly })
  await call(a.page, 'Video call')
  await a.page.getByText(/does not answer/).or(a.page.locator('.call-line', { hasText: 'no answer' })).first().waitFor()
  await over(a.page)
  await line(a.page, 'Video call · no answer')
  const b = await enter(other, 'dave', 'C2Cerin')
  await line(b.page, 'Video call · missed')
  await Promise.all([a.done(), b.done()])
})
