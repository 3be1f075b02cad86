// Somebody is asked to be a friend, and becomes one.

import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import { failed, type House } from './house.ts'
import { Person } from './person.ts'

export function people(house: () => House): void {
  describe('contacts', () => {
    let alice: Person
    let bob: Person

    beforeAll(async () => {
      const app = house().newApp()
      await house().rest(app, 'profile/portrait_set', { From_Account: 'bob', ProfileItem: [{ Tag: 'Tag_Profile_IM_AllowType', Value: 'AllowType_Type_NeedConfirm' }] })
      ;[alice, bob] = await Promise.all(['alice', 'bob'].map((id) => Person.login(house(), app, id))) as [Person, Person]
      await Promise.all([alice.page.click('#contacts'), bob.page.click('#contacts')])
    })
    afterEach((story) => failed(story) && Promise.all([alice?.shot('failed'), bob?.shot('failed')]))
    afterAll(() => house().leave(alice, bob))

    test('somebody is found by their id, and asked', async () => {
      await alice.page.locator('.list').getByText('Add friend/group').click()
      await alice.page.locator('.list input').fill('bob')
      await alice.page.locator('.list input').press('Enter')
      await alice.page.locator('.list').getByText('bob', { exact: true }).first().click()
      await alice.page.fill('.chat textarea', 'it is me')
      await alice.page.click('.chat button[class*=button--primary]')
      // A kit may show the success, and instead of it the request as soon as the list of requests has it.
      await alice.page.locator('.chat [class*=status--success], .chat [class*=friend-application-info__name]').first().waitFor()
      await alice.shot('asked')
      await alice.page.locator('.list').getByText('Cancel').click()
    })

    test('they see it, agree, and both have a friend', async () => {
      await bob.page.locator('.list [role=button]', { hasText: 'New contacts' }).click()
      await bob.shot('request')
      await bob.page.locator('.list button', { hasText: 'Agree' }).click()
      for (const [one, other] of [[bob, 'alice'], [alice, 'bob']] as const) {
        const friends = one.page.locator('.list [role=button]', { hasText: /^(Contacts|My friends)/ })
        await friends.getByText('1', { exact: true }).waitFor()
        await friends.click()
        await one.page.locator('.list section').getByText(other, { exact: true }).waitFor()
      }
      await bob.shot('friends')
    })

    test('a chat begins at their card', async () => {
      await bob.page.locator('.list section').getByText('alice', { exact: true }).click()
      await bob.page.click('.chat button[class*=button--primary]')
      await bob.page.click('#chats')
      await bob.isOpen('alice')
      await bob.say('hello, friend')
      await alice.page.click('#chats')
      await alice.inList('bob').getByText('hello, friend').waitFor()
    })
  })
}
