// Files: what is refused before, and how they come to the other side.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../src/index.ts'
import { Server } from './server.ts'
import { rejects, user, type User } from './user.ts'

let server: Server
let alice: User
let bob: User
let served: boolean

beforeAll(async () => {
  server = Server.shared(import.meta.url)
  alice = await user(server, 'alice')
  bob = await user(server, 'bob')
  await Promise.all([alice.login(), bob.login()])
  served = (await alice.chat.request('me')).data.Features.includes('media')
})

afterAll(async () => {
  await Promise.all([alice, bob].map((u) => u.chat.destroy()))
  await server.close()
})

const to = { to: 'bob', conversationType: 'C2C' }
const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64')
const file = (name: string, type: string, bytes: Uint8Array = dot) => new File([bytes as BlobPart], name, { type })
/** Says that it is of a size, and has nothing in it. */
const large = (name: string, type: string, size: number) => Object.defineProperty(file(name, type), 'size', { value: size })
const MB = 1024 * 1024

describe('refused before anything is sent', () => {
  test.each<[string, number, () => Message]>([
    ['no file', 2401, () => alice.chat.createFileMessage({ ...to, payload: { file: { files: null } } })],
    ['an empty file', 2401, () => alice.chat.createFileMessage({ ...to, payload: { file: file('a.txt', 'text/plain', new Uint8Array()) } })],
    ['a file above 100 MB', 2402, () => alice.chat.createFileMessage({ ...to, payload: { file: large('a.bin', '', 100 * MB + 1) } })],
    ['a picture of no known type', 2252, () => alice.chat.createImageMessage({ ...to, payload: { file: file('a.tiff', 'image/tiff') } })],
    ['a picture above 28 MB', 2253, () => alice.chat.createImageMessage({ ...to, payload: { file: large('a.png', 'image/png', 28 * MB + 1) } })],
    ['a voice above 28 MB', 2301, () => alice.chat.createAudioMessage({ ...to, payload: { file: large('a.mp3', 'audio/mpeg', 28 * MB + 1) } })],
    ['a video above 100 MB', 2351, () => alice.chat.createVideoMessage({ ...to, payload: { file: large('a.mp4', 'video/mp4', 100 * MB + 1) } })],
    ['a video of another type', 2352, () => alice.chat.createVideoMessage({ ...to, payload: { file: file('a.avi', 'video/avi') } })],
  ])('%s', async (_, code, make) => {
    expect((await rejects(make)).code).toBe(code)
  })
})

/** fetched reads what is behind an address. */
const fetched = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())

describe('files go from one to the other', () => {
  async function sent(m: Message): Promise<Message> {
    if (!served) {
      expect((await rejects(alice.chat.sendMessage(m))).code).toBe(3120)
      expect(m.status).toBe('fail')
      return m
    }
    const shares: number[] = []
    m.onProgress = (share) => shares.push(share)
    await alice.chat.sendMessage(m)
    expect(shares[0]).toBe(0)
    expect(shares.at(-1)).toBe(1)
    expect(shares.filter((s) => s === 1)).toHaveLength(1)
    const is = (one: Message) => one.ID === m.ID
    return bob.received.find(is) ?? (await bob.until('onMessageReceived', (d: Message[]) => d.some(is))).find(is)
  }

  test('a picture', async () => {
    const m = alice.chat.createImageMessage({ ...to, payload: { file: file('dot.png', 'image/png') } })
    expect(m.payload.imageInfoArray.map((one: any) => one.url.slice(0, 5))).toEqual(['blob:', 'blob:', 'blob:'])
    const got = await sent(m)
    if (!served) return
    expect(got.payload.imageInfoArray.map((one: any) => one.type)).toEqual([0, 1, 2])
    expect(await fetched(got.payload.imageInfoArray[0].url)).toEqual(dot)
    expect(m.payload.imageInfoArray[0].url).toMatch(/^http/)
  })

  test('a file and a voice', async () => {
    const got = await sent(alice.chat.createFileMessage({ ...to, payload: { file: file('notes.txt', 'text/plain', Buffer.from('two lumps')) } }))
    const voice = await sent(alice.chat.createAudioMessage({ ...to, payload: { file: { file: file('v.mp3', 'audio/mpeg', Buffer.from('sound')), duration: 2.6 } } }))
    if (!served) return
    expect(got.payload).toMatchObject({ fileName: 'notes.txt', fileSize: 9 })
    expect(String(await fetched(got.payload.fileUrl))).toBe('two lumps')
    expect(voice.payload).toMatchObject({ second: 3, size: 5 })
    expect(String(await fetched(voice.payload.url))).toBe('sound')
  })

  test('a video with its snapshot', async () => {
    const snapshotFile = file('s.png', 'image/png')
    const m = alice.chat.createVideoMessage({ ...to, payload: { file: file('v.mp4', 'video/mp4', Buffer.from('moving')), snapshotFile } })
    const got = await sent(m)
    if (!served) return
    expect(got.payload).toMatchObject({ videoSize: 6, videoFormat: 'mp4' })
    expect(String(await fetched(got.payload.videoUrl))).toBe('moving')
    expect(await fetched(got.payload.snapshotUrl)).toEqual(dot)
  })
})
