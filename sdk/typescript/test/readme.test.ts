// The lines of README.md run as they stand, against the real server.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import sdk from '../src/index.ts'
import { Server } from './server.ts'
import { c2c, say, user } from './user.ts'

let server: Server

beforeAll(async () => {
  server = Server.shared(import.meta.url)
})
afterAll(() => server.close())

test('the page of plain calls', async () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((m) => m[1]!)
  expect(blocks.length).toBeGreaterThan(6)
  const program = blocks.join('\n')
    .replace(/^import TencentCloudChat .*$/m, '')
    .replace('1400000001', String(server.app.sdkappid))
    .replace('ws://127.0.0.1:8083/mqtt', server.url)
  const bob = await user(server, 'bob')
  await bob.login()
  await say(bob, c2c('alice', 'are you there?'))
  const said: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...words) => void said.push(words.join(' ')))
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  await new AsyncFunction('TencentCloudChat', 'ALICE', program)(sdk, server.sig('alice'))
  log.mockRestore()
  expect((await bob.got('tea?')).from).toBe('alice')
  expect(said).toContain('connected')
  expect(said.some((line) => line.startsWith('C2Cbob 1 '))).toBe(false)
  expect(said.some((line) => line.endsWith('bob are you there?'))).toBe(true)
  expect(said).toContain('alice,bob')
  expect(said).toContain('true') // what is told may come after it
  await bob.chat.destroy()
})
