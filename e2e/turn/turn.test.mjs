// Calls between two networks that cannot reach each other: without TURN, and with coturn.

import assert from 'node:assert/strict'
import { afterEach, before, test } from 'node:test'
import { answer, call, hangUp, moves, over } from '../pages/calls.mjs'
import { finish, startServer } from '../pages/server.mjs'
import { startCoturn } from './coturn.mjs'
import { here, layNetworks, startBrowserIn } from './networks.mjs'

before(layNetworks)

const running = []
afterEach(() => finish(...running.splice(0).reverse()))

const run = async (one) => {
  running.push(await one)
  return running.at(-1)
}

/** keep remembers the connections of a page, for its story to look at. */
const keep = (context) => context.addInitScript(() => {
  const Connection = window.RTCPeerConnection
  window.connections = []
  window.RTCPeerConnection = class extends Connection {
    constructor(...all) {
      super(...all)
      window.connections.push(this)
    }
  }
})

/** enter opens the chat of a user in a network, at the conversation with another. */
async function enter(server, network, user, other) {
  const browser = await run(startBrowserIn(network, server.origin))
  const { page } = await browser.openPage(server.link(user), { allow: ['camera', 'microphone'], before: keep })
  await page.locator('.rail').waitFor()
  return Object.assign(page, {
    talkTo: async () => {
      await page.evaluate((id) => (location.hash = `#/c/C2C${id}`), other)
      await page.locator('.thread-head').waitFor()
    },
  })
}

/** callEachOther lets alice, in the east, call bob, in the west. */
async function callEachOther(server) {
  const pages = await Promise.all([enter(server, 'east', 'alice', 'bob'), enter(server, 'west', 'bob', 'alice')])
  const [a, b] = pages
  await a.talkTo()
  await call(a, 'Video call')
  await answer(b, 'Accept')
  return pages
}

/** way is what the one connection of a page goes by: the kinds of both ends, and what it has carried. */
const way = (page) => page.evaluate(async () => {
  const stats = await window.connections[0].getStats()
  const all = [...stats.values()]
  const pair = stats.get(all.find((one) => one.type === 'transport').selectedCandidatePairId)
  const [local, remote] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)]
  return {
    ends: [local.candidateType, remote.candidateType], addresses: [local.address, remote.address],
    sent: pair.bytesSent, received: pair.bytesReceived,
    frames: all.find((one) => one.type === 'inbound-rtp' && one.kind === 'video').framesDecoded,
  }
})

test('without TURN the call ends with words for it on both sides', async () => {
  const server = await run(startServer({ settings: '', host: here }))
  const pages = await callEachOther(server)
  const words = /^No way to (alice|bob) was found\. The two networks do not let you reach each other directly; the operator of this server can set up a TURN server\.$/
  await Promise.all(pages.map(async (page) => {
    await page.getByText(words).waitFor({ timeout: 30_000 })
    await over(page)
  }))
})

test('with coturn as docs/calls.md shows it they see each other', async () => {
  const coturn = await run(startCoturn(here))
  const server = await run(startServer({ settings: coturn.settings, host: here }))
  const pages = await callEachOther(server)
  const [a, b] = pages
  await Promise.all([moves(a, 'bob'), moves(b, 'alice')])
  for (const page of pages) {
    const found = await way(page)
    assert.ok(found.ends.includes('relay'), `the way has no relay: ${JSON.stringify(found)}`)
    assert.ok(found.frames > 0 && found.received > 0, `nothing has come: ${JSON.stringify(found)}`)
  }
  await hangUp(a)
  await over(b)
})
