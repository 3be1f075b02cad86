// Two people talk: what most chats are most of the time.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { House } from './house.ts'
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
  })
}
