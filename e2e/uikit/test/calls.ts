// What is left of calls in the chat, as the kits say it. Other devices of the two call, with the
// signals of docs/calls.md: the kits themselves cannot.

import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import type { App } from '../../../sdk/typescript/test/server.ts'
import { failed, type House } from './house.ts'
import { Person } from './person.ts'

/** Device asks the server without a page. */
class Device {
  private asked = 0
  private constructor(private client: MqttClient) {}

  static async login(house: House, app: App, id: string): Promise<Device> {
    const client = await mqtt.connectAsync(house.server.url, {
      clientId: `phone-${id}`, username: `${id}?platform=iOS`, password: house.server.sig(id, 86_400, app), reconnectPeriod: 0,
    })
    await client.subscribeAsync('im/res/#')
    return new Device(client)
  }

  async ask(method: string, body: object): Promise<any> {
    const n = ++this.asked
    const answer = new Promise<any>((resolve) => this.client.on('message', (topic, text) => topic === `im/res/${n}` && resolve(JSON.parse(text.toString()))))
    await this.client.publishAsync(`im/req/${method}/${n}`, JSON.stringify(body), { qos: 1 })
    const said = await answer
    if (said.ErrorCode) throw new Error(`${method}: ${said.ErrorCode} ${said.ErrorInfo}`)
    return said
  }

  close(): Promise<void> {
    return this.client.endAsync()
  }
}

/** inner is what the signals of a call of alice carry. */
const inner = (cmd: string, seconds = 0) => JSON.stringify({
  businessID: 'av_call', call_type: 1, call_end: seconds, data: { cmd, inviter: 'alice', message: '' },
})

export function calls(house: () => House): void {
  describe('calls', () => {
    let alice: Person
    let bob: Person
    let caller: Device
    let called: Device

    beforeAll(async () => {
      const app = house().newApp()
      await house().befriend(app, 'alice', 'bob')
      ;[alice, bob] = await Promise.all(['alice', 'bob'].map((id) => Person.login(house(), app, id))) as [Person, Person]
      ;[caller, called] = await Promise.all(['alice', 'bob'].map((id) => Device.login(house(), app, id))) as [Device, Device]
      await Promise.all([alice.begin('bob'), bob.begin('alice')])
    })
    afterEach((story) => failed(story) && Promise.all([alice?.shot('failed'), bob?.shot('failed')]))
    afterAll(() => Promise.all([house().leave(alice, bob), caller?.close(), called?.close()]))

    const invite = async (Timeout = 30) => (await caller.ask('signal.invite', { Conv: 'c2c/bob', Timeout, Data: inner('audioCall') })).InviteID as string

    test('one that was cancelled', async () => {
      await caller.ask('signal.cancel', { InviteID: await invite(), Data: inner('audioCall') })
      await Promise.all([alice.says('Canceled'), bob.says('Call canceled by caller')])
    })

    test('one that was refused', async () => {
      await called.ask('signal.reject', { InviteID: await invite(), Data: inner('audioCall') })
      await Promise.all([alice.says('Call declined by user'), bob.says('Declined')])
    })

    test('one that nobody answered', async () => {
      await invite(1)
      await Promise.all([alice.says("Call wasn't answered"), bob.says('Call not answered (timeout)')])
    })

    test('one that was answered, and how long it was', async () => {
      const InviteID = await invite()
      await called.ask('signal.accept', { InviteID, Data: inner('audioCall') })
      const Data = JSON.stringify({
        businessID: 1, inviteID: InviteID, inviter: 'alice', inviteeList: ['bob'], groupID: '', timeout: 0, actionType: 1, data: inner('hangup', 75),
      })
      await caller.ask('msg.send', { Conv: 'c2c/bob', MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data, Desc: '', Ext: '' } }] })
      await Promise.all([alice, bob].flatMap((p) => [p.says('Answered'), p.says('Call duration: 01:15')]))
      await bob.shot('calls')
    })
  })
}
