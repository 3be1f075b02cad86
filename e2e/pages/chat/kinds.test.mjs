// Every kind of message, sent by one and seen by the other.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startBrowser } from '../page.mjs'
import { finish, startServer } from '../server.mjs'
import { chatOf } from './parts.mjs'
import { gone } from './wait.mjs'

let server, browser, alice, bob
before(async () => {
  ;[server, browser] = await Promise.all([startServer(), startBrowser({ fakeMedia: true })])
  const place = { allow: ['microphone', 'geolocation'], geolocation: { latitude: 31.2304, longitude: 121.4737 } }
  ;[alice, bob] = (await Promise.all([browser.openPage(server.link('alice'), place), browser.openPage(server.link('bob'))])).map(chatOf)
  await Promise.all([alice.goto('C2Cbob'), bob.goto('C2Calice')])
})
after(() => finish(browser, server))

/** picture draws one in the page: its bytes, as a file that a file input takes. */
async function picture(name, width, height, hue) {
  const url = await alice.page.evaluate(([width, height, hue]) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    const draw = canvas.getContext('2d')
    draw.fillStyle = `hsl(${hue} 60% 60%)`
    draw.fillRect(0, 0, width, height)
    draw.fillStyle = '#fff'
    draw.fillRect(width / 4, height / 4, width / 2, height / 2)
    return canvas.toDataURL('image/png')
  }, [width, height, hue])
  return { name, mimeType: 'image/png', buffer: Buffer.from(url.split(',')[1], 'base64') }
}

test('pictures are sent, drawn in their shape, looked at and turned through', async () => {
  await alice.page.locator('input[data-kind="picture"]').setInputFiles([await picture('one.png', 640, 400, 160)])
  await bob.page.locator('.picture img').waitFor()
  await alice.page.locator('input[data-kind="picture"]').setInputFiles([await picture('two.png', 300, 500, 20)])
  const pictures = bob.page.locator('.picture')
  await pictures.nth(1).locator('img').waitFor()
  const { width, height } = await pictures.nth(0).boundingBox()
  assert.ok(Math.abs(width / height - 1.6) < 0.05, `${width} × ${height}`)
  await pictures.nth(1).click()
  const viewer = bob.page.locator('.viewer')
  await bob.reads(viewer.locator('footer'), '2 / 2')
  await bob.page.keyboard.press('ArrowLeft')
  await bob.reads(viewer.locator('footer'), '1 / 2')
  await bob.page.keyboard.press('+')
  await bob.page.waitForFunction(() => document.querySelector('.viewer-stage img').style.transform.includes('scale(1.4)'))
  await bob.opened.shot('chat-viewer')
  await bob.page.keyboard.press('Escape')
  await gone(viewer)
})

/** film records one in the page: two colours, one after the other, as a file that a file input takes. */
async function film(name) {
  const url = await alice.page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
    const draw = canvas.getContext('2d')
    const paint = (colour) => { draw.fillStyle = colour; draw.fillRect(0, 0, 320, 180) }
    paint('#27604a')
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/mp4' })
    const parts = []
    const full = new Promise((resolve) => {
      recorder.ondataavailable = ({ data }) => {
        parts.push(data)
        paint(parts.length % 2 ? '#c8553d' : '#27604a')
        if (parts.length === 5) recorder.stop()
      }
      recorder.onstop = resolve
    })
    const drawing = setInterval(() => draw.fillRect(0, 0, 320, 180), 40)
    recorder.start(250)
    await full
    clearInterval(drawing)
    return new Promise((resolve) => {
      const reader = new FileReader()
      reader.onload = () => resolve(reader.result)
      reader.readAsDataURL(new Blob(parts))
    })
  })
  return { name, mimeType: 'video/mp4', buffer: Buffer.from(url.split(',')[1], 'base64') }
}

test('a video is sent with a picture of it, and plays', async () => {
  await alice.page.locator('input[data-kind="picture"]').setInputFiles([await film('tea.mp4')])
  const video = bob.page.locator('.video')
  await video.locator('img').waitFor()
  const { width, height } = await video.boundingBox()
  assert.ok(Math.abs(width / height - 16 / 9) < 0.05, `${width} × ${height}`)
  await video.click()
  const player = bob.page.locator('.viewer video')
  await player.waitFor()
  await player.evaluate(async (it) => {
    it.muted = true
    await it.play()
    if (it.currentTime === 0) await new Promise((resolve) => it.addEventListener('timeupdate', resolve, { once: true }))
  })
  await bob.opened.shot('chat-video')
  await bob.page.keyboard.press('Escape')
  await gone(bob.page.locator('.viewer'))
})

test('how much of a file is sent is shown while it is', async () => {
  const line = await alice.page.context().newCDPSession(alice.page)
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 200_000 }
  await line.send('Network.enable')
  await line.send('Network.emulateNetworkConditions', slow)
  await alice.page.locator('input[data-kind="file"]').setInputFiles([{ name: 'leaves.bin', mimeType: 'application/octet-stream', buffer: randomBytes(400_000) }])
  const file = alice.page.locator('.file', { hasText: 'leaves.bin' })
  const part = await alice.page.waitForFunction(() => {
    const bar = document.querySelector('.file-progress')
    return bar && bar.value > 0 && bar.value < 1 && bar.closest('.file').textContent
  })
  assert.match(await part.jsonValue(), /leaves\.bin.*[1-9]\d?\s?%/)
  await line.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 })
  await line.detach()
  await alice.reads(file, '400')
  await bob.reads(bob.page.locator('a.file').last(), 'leaves.bin')
})

test('a file has its name, its size, and the same bytes', async () => {
  await alice.page.locator('input[data-kind="file"]').setInputFiles([{ name: 'menu of tea.txt', mimeType: 'text/plain', buffer: Buffer.from('oolong\n'.repeat(300)) }])
  const file = bob.page.locator('a.file', { hasText: 'menu of tea' })
  await bob.reads(file, 'menu of tea.txt')
  await bob.reads(file, '2.1 kB')
  const text = await bob.page.evaluate(async (url) => (await fetch(url)).text(), await file.getAttribute('href'))
  assert.equal(text.length, 2100)
})

test('a file that is dropped is asked about, and sent', async () => {
  await alice.page.evaluate(() => {
    const data = new DataTransfer()
    data.items.add(new File(['leaves'], 'dropped.txt', { type: 'text/plain' }))
    const to = document.querySelector('.thread')
    for (const kind of ['dragenter', 'dragover', 'drop']) to.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }))
  })
  const dialog = alice.page.getByRole('dialog')
  await alice.reads(dialog, 'dropped.txt')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await bob.reads(bob.page.locator('a.file').last(), 'dropped.txt')
})

test('a voice message is recorded, has a waveform, and plays', async () => {
  await alice.page.getByRole('button', { name: 'Record a voice message' }).click()
  await alice.reads(alice.page.locator('.recording-state'), '0:01')
  await alice.page.getByRole('button', { name: 'Send the recording' }).click()
  const voice = bob.page.locator('.voice')
  await voice.waitFor()
  assert.equal(await voice.locator('rect').count(), 32)
  await voice.locator('.voice-play').click()
  await voice.locator('rect.done').first().waitFor()
})

test('a place has its coordinates', async () => {
  await alice.page.getByRole('button', { name: 'Attach' }).click()
  await alice.page.getByRole('menuitem', { name: 'Place' }).click()
  await bob.reads(bob.page.locator('.place'), '31.23040, 121.47370')
})

test('emoji by the list, alone they are large', async () => {
  await bob.page.getByRole('button', { name: 'Emoji' }).click()
  await bob.page.getByRole('dialog', { name: 'Emoji' }).getByRole('button', { name: '🍵' }).click()
  await bob.field.press('Enter')
  await alice.page.locator('.text.large', { hasText: '🍵' }).waitFor()
})

test('faces and messages of other applications have words', async () => {
  await server.rest('openim/sendmsg', { From_Account: 'bob', To_Account: 'alice', MsgRandom: 1, MsgBody: [{ MsgType: 'TIMFaceElem', MsgContent: { Index: 1, Data: 'tt01' } }] })
  await alice.reads(alice.page.locator('.face'), 'tt01')
  await server.rest('openim/sendmsg', { From_Account: 'bob', To_Account: 'alice', MsgRandom: 2, MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data: '{"x":1}', Desc: 'An order of tea', Ext: '' } }] })
  await alice.sees('An order of tea')
  await alice.opened.shot('chat-kinds')
})

test('text that is too long is refused in words, before it is sent', async () => {
  await alice.field.fill('茶'.repeat(5000))
  await alice.page.locator('.composer-wrong').waitFor()
  assert.ok(await alice.page.locator('.composer button.primary').isDisabled())
  await alice.field.fill('')
})
