// Two people talk: what most chats are most of the time.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dot, failed, type House } from './house.ts'
import { Person } from './person.ts'

export function talk(house: () => House): void {
  describe('two people talk', () => {
    let alice: Person
    let bob: Person

    beforeAll(async () => {
      const app = house().newApp()
      await house().befriend(app, 'alice', 'bob')
      ;[alice, bob] = await Promise.all(['alice', 'bob'].map((id) => Person.login(house(), app, id))) as [Person, Person]
    })
    afterEach((story) => failed(story) && Promise.all([alice?.shot('failed'), bob?.shot('failed')]))
    afterAll(() => house().leave(alice, bob))

    test('both log in, and have a list', async () => {
      await alice.inList('Lobby').waitFor()
      await bob.inList('Lobby').waitFor()
    })

    test('a first message arrives, and is unread until it is looked at', async () => {
      await alice.begin('bob')
      await alice.say('hello bob')
      await bob.inList('alice').getByText('hello bob').waitFor()
      expect(await bob.inList('alice').locator(bob.part.badge).innerText()).toBe('1')
      await alice.sees('hello bob')
      await bob.open('alice')
      await bob.sees('hello bob')
      await bob.inList('alice').locator(bob.part.badge).waitFor({ state: 'detached' })
      await bob.shot('read')
    })

    test('an answer arrives', async () => {
      await bob.say('hello alice')
      await alice.sees('hello alice')
      await alice.shot('answer')
    })

    test('who wrote sees that it was read', async () => {
      await alice.read('hello bob').waitFor()
      await bob.read('hello alice').waitFor()
    })

    test('a message is quoted', async () => {
      await bob.choose('hello alice', 'Quote')
      await bob.say('about that: yes')
      await alice.sees('about that: yes')
      expect(await alice.bubble('about that: yes').innerText()).toContain('hello alice')
      await alice.shot('quote')
    })

    test('a message is recalled, on both sides', async () => {
      await alice.choose('hello bob', 'Recall')
      for (const p of [alice, bob]) await p.recalled(1)
      expect(await bob.bubble('hello bob').count()).toBe(0)
      await bob.shot('recall')
    })

    test('a picture is sent, and shown', async () => {
      await alice.attach('image', 'dot.png', 'image/png', dot)
      for (const p of [alice, bob]) await p.pictures(1)
      await bob.shot('picture')
    })

    test('a file is sent, with its name', async () => {
      await bob.attach('file', 'notes.txt', 'text/plain', Buffer.from('tea at five'))
      for (const p of [alice, bob]) await p.sees('notes.txt')
      await alice.shot('file')
    })

    test('a message is found by a word of it', async () => {
      await alice.page.click('#search')
      await alice.page.locator('.side input').fill('yes')
      await alice.page.locator('.side').getByText('about that').first().waitFor()
      await alice.shot('search')
    })
  })
}
