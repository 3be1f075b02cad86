// The way to the server goes away and comes back, or is taken.

import mqtt from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../../sdk/typescript/test/server.ts'
import { failed, type House } from './house.ts'
import { Person } from './person.ts'

export function lines(house: () => House): void {
  describe('the line', () => {
    let app: App
    let alice: Person
    let bob: Person

    beforeAll(async () => {
      app = house().newApp()
      await house().befriend(app, 'alice', 'bob')
      ;[alice, bob] = await Promise.all(['alice', 'bob'].map((id) => Person.login(house(), app, id))) as [Person, Person]
    })
    afterEach((story) => failed(story) && Promise.all([alice?.shot('failed'), bob?.shot('failed')]))
    afterAll(() => house().leave(alice, bob))

    test('a restart of the server: what was said meanwhile arrives, once', async () => {
      await alice.begin('bob')
      await alice.say('before')
      await bob.open('alice')
      await bob.sees('before')
      await house().away(async () => {
        await alice.say('while it was away')
        await bob.say('and so did I')
      })
      await Promise.all([bob.sees('while it was away'), alice.sees('and so did I')])
      await alice.say('after')
      await bob.sees('after')
      for (const p of [alice, bob]) expect((await p.texts()).sort()).toEqual(['after', 'and so did I', 'before', 'while it was away'])
      await alice.shot('restart')
    })

    test('another login takes the place of this one: the kit says so by what it shows', async () => {
      const others = await Promise.all(Array.from({ length: 20 }, (_, i) => mqtt.connectAsync(house().server.url, {
        protocolVersion: 5, clientId: `other-${i}`, username: 'alice?platform=Web', password: house().server.sig('alice', 86_400, app), reconnectPeriod: 0,
      })))
      await alice.page.locator('.list').waitFor({ state: 'detached' })
      await Promise.all(others.map((o) => o.endAsync()))
      await alice.shot('kicked')
    })
  })
}
