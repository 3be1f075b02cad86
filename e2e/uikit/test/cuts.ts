// Each main act once more, with its answer lost: done is done once, and both see it.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Network } from '../../../sdk/typescript/test/server.ts'
import { dot, failed, type House } from './house.ts'
import { Person } from './person.ts'

export function cuts(house: () => House): void {
  describe.each(['cut', 'restart'] as const)('with a %s in the middle', (what) => {
    let alice: Person
    let bob: Person
    let net: Network
    const amid = (act: () => Promise<unknown>) => house().amid(what, net, act)

    beforeAll(async () => {
      const app = house().newApp()
      await house().befriend(app, 'alice', 'bob')
      await house().rest(app, 'group_open_http_svc/create_group', {
        Type: 'Public', Name: 'Garden', GroupId: 'garden', Owner_Account: 'alice', MemberList: [{ Member_Account: 'bob' }],
      })
      net = await Network.to(house().server)
      ;[alice, bob] = await Promise.all([Person.login(house(), app, 'alice', net), Person.login(house(), app, 'bob')])
      await alice.begin('bob')
      await alice.say('first')
      await bob.open('alice')
      await bob.sees('first')
    })
    afterEach((story) => failed(story) && Promise.all([alice?.shot('failed'), bob?.shot('failed')]))
    afterAll(async () => {
      await house().leave(alice, bob)
      await net?.close()
    })

    test('a text', async () => {
      await amid(() => alice.say('a text'))
      for (const p of [alice, bob]) await p.sees('a text')
      await alice.read('a text').waitFor()
    })

    test('a quote', async () => {
      await alice.choose('a text', 'Quote')
      await amid(() => alice.say('my thought'))
      for (const p of [alice, bob]) await p.sees('my thought')
      expect(await bob.bubble('my thought').innerText()).toContain('a text')
    })

    test('a recall', async () => {
      await amid(() => alice.choose('first', 'Recall'))
      for (const p of [alice, bob]) await p.recalled(1)
    })

    test('a picture', async () => {
      await amid(() => alice.attach('image', 'dot.png', 'image/png', dot))
      for (const p of [alice, bob]) await p.pictures(1)
    })

    test('a file', async () => {
      await amid(() => alice.attach('file', 'notes.txt', 'text/plain', Buffer.from('tea at five')))
      for (const p of [alice, bob]) await p.sees('notes.txt')
    })

    test('the other way: what was said meanwhile is caught up', async () => {
      await amid(async () => {
        await alice.say('are you there?')
        await bob.say('I am')
      })
      for (const p of [alice, bob]) {
        await p.sees('are you there?')
        await p.sees('I am')
      }
      await alice.shot(what)
    })

    test('a group is made, once', async () => {
      await amid(() => alice.createGroup('Tea', ['bob']))
      await alice.say('who wants tea?')
      await bob.inList('Tea').waitFor()
      for (const p of [alice, bob]) expect(await p.inList('Tea').count()).toBe(1)
    })

    test('a mute, and what is said to a group', async () => {
      await Promise.all([alice.open('Garden'), bob.open('Garden')])
      await alice.manage()
      await amid(() => alice.pick('Mute Management', 'add', 'bob'))
      await amid(() => alice.say('quiet, please'))
      for (const p of [alice, bob]) {
        await p.sees('quiet, please')
        await p.tip(/bob was muted/)
        expect(await p.tips(/bob was muted/)).toBe(1)
      }
      await bob.shot(`${what}-group`)
    })
  })
}
