// Two people talk over WebSocket with MQTT.js: bob listens in the protocol
// version asked for, alice writes, bob answers. Prints "done" when all has
// come through; a throw or a time-out is a failure.
// node browser.mjs URL VERSION ALICE_TICKET BOB_TICKET
import mqtt from 'mqtt'

const [url, version, aliceTicket, bobTicket] = process.argv.slice(2)
setTimeout(() => { console.error('nothing more came'); process.exit(1) }, 60_000).unref()

const connect = (user, password) => mqtt.connectAsync(url, {
  protocolVersion: Number(version), clientId: `${user}-browser-${version}`, username: user, password, reconnectPeriod: 0,
})
const heard = (client, topic) => new Promise((resolve) => client.on('message', (at, body) => {
  if (at === topic) resolve(JSON.parse(body.toString()))
}))

const alice = await connect('alice', aliceTicket)
const bob = await connect('bob', bobTicket)
for (const one of [alice, bob]) await one.subscribeAsync('im/#', { qos: 1 })

const atBob = heard(bob, 'im/in/c2c/alice')
const ack = heard(alice, 'im/ack')
await alice.publishAsync('im/text/c2c/bob', 'over a socket', { qos: 1 })
const got = await atBob
if (got.MsgBody[0].MsgContent.Text !== 'over a socket') throw new Error(`bob got ${JSON.stringify(got)}`)
if ((await ack).MsgSeq !== got.MsgSeq) throw new Error('the ack has another number')

const atAlice = heard(alice, 'im/in/group/lobby')
await bob.publishAsync('im/text/group/lobby', '☕', { qos: 2 })
if ((await atAlice).MsgBody[0].MsgContent.Text !== '☕') throw new Error('the lobby lost it')

for (const one of [alice, bob]) await one.endAsync()
console.log('done')
