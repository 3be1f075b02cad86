// Groups: made, talked in, muted, and left against one's will.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../../sdk/typescript/test/server.ts'
import { failed, type House } from './house.ts'
import { Person } from './person.ts'

export function groups(house: () => House): void {
  describe('groups', () => {
    let app: App
    let alice: Person
    let bob: Person

    beforeAll(async () => {
      app = house().newApp()
      await house().befriend(app, 'alice', 'bob')
      await house().befriend(app, 'alice', 'carol')
      await house().rest(app, 'group_open_http_svc/create_group', {
        Type: 'Public', Name: 'Garden', GroupId: 'garden', Owner_Account: 'alice', MemberList: [{ Member_Account: 'bob' }],
      })
      ;[alice, bob] = await Promise.all(['alice', 'bob'].map((id) => Person.login(house(), app, id))) as [Person, Person]
    })
    afterEach((story) => failed(story) && Promise.all([alice?.shot('failed'), bob?.shot('failed')]))
    afterAll(() => house().leave(alice, bob))

    test('one is made in the dialog, and those in it are told', async () => {
      await alice.createGroup('Tea', ['bob'])
      await alice.say('who wants tea?') // a Work group is told of with its first message
      await bob.open('Tea')
      await bob.sees('who wants tea?')
      await bob.say('I do')
      await alice.sees('I do')
      await alice.shot('group')
    })

    test('somebody is added, and all in it read of it', async () => {
      await alice.settings()
      await alice.member('bob').waitFor()
      await alice.pick('Group Members', 'add', 'carol')
      await Promise.all([alice.tip(/carol/), bob.tip(/carol/), alice.member('carol').waitFor()])
      await alice.shot('members')
    })

    test('one is removed, all read of it, and they can not write any more', async () => {
      await alice.pick('Group Members', 'remove', 'bob')
      await alice.member('bob').waitFor({ state: 'detached' })
      await alice.tip(/bob/)
      await bob.say('still here?')
      await bob.failed('still here?')
      await bob.shot('removed')
    })

    test('who is muted is told, and is heard again when the mute is over', async () => {
      await Promise.all([alice.open('Garden'), bob.open('Garden')])
      await alice.manage()
      await alice.pick('Mute Management', 'add', 'bob')
      await bob.tip(/muted/i)
      await bob.say('hm')
      await bob.failed('hm')
      await alice.shot('muted')
      await bob.shot('muted')
      await alice.pick('Mute Management', 'remove', 'bob')
      await bob.tip(/unmuted|cancel/i)
      await bob.say('thank you')
      await alice.sees('thank you')
      await bob.sees('thank you')
      expect(await alice.bubble('hm').count()).toBe(0)
    })

    test('all are muted at once', async () => {
      await alice.page.locator('.side label[class*=switch]').first().click()
      await alice.page.locator('.side label[class*=switch] :is(input:checked, [class*=slider--checked])').first().waitFor({ state: 'attached' }) // by default no line tells of it
      await bob.say('and now?')
      await bob.failed('and now?')
      await alice.say('quiet, please')
      await bob.sees('quiet, please')
      await bob.shot('mute-all')
    })
  })
}
