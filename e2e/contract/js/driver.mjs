// Drives MQTT.js for the Go tests: one JSON object a line in, one a line out.
//
// In:  {"id":1,"op":"open","device":"d1","url":"ws://…","options":{…}}
//      {"id":2,"op":"subscribe","device":"d1","filter":"im/#"}
//      {"id":3,"op":"publish","device":"d1","topic":"…","payload":"base64","qos":1,"properties":{…}}
//      {"id":4,"op":"end","device":"d1"}         DISCONNECT
//      {"id":5,"op":"cut","device":"d1"}         the socket goes without a word
//      {"id":6,"op":"pour","url":"ws://…","options":{…},"topic":"…","count":9,"qos":2}
//                                                a client that comes back by itself sends numbered
//                                                messages, with a ClientMsgId on im/send
// Out: {"id":1,…} answers a line in, with "error" when it failed;
//      {"device":"d1","event":"message","topic":…,"payload":"base64",…} and
//      {"device":"d1","event":"over","reason":…,"code":…} come by themselves.

import mqtt from 'mqtt'
import { createInterface } from 'node:readline'

const devices = new Map()

function say(line) {
  process.stdout.write(JSON.stringify(line) + '\n')
}

const ops = {
  open({ id, device, url, options }) {
    const client = mqtt.connect(url, {
      ...options,
      reconnectPeriod: 0,
      properties: options.properties && bytes(options.properties),
    })
    devices.set(device, client)
    let up = false
    client.on('connect', (connack) => {
      up = true
      say({ id, connack: { sessionPresent: connack.sessionPresent, properties: connack.properties } })
    })
    client.on('message', (topic, payload, packet) =>
      say({
        device,
        event: 'message',
        topic,
        payload: payload.toString('base64'),
        qos: packet.qos,
        retain: packet.retain,
        correlation: packet.properties?.correlationData?.toString('base64'),
      }),
    )
    client.on('disconnect', (packet) => say({ device, event: 'over', reason: 'DISCONNECT from the server', code: packet.reasonCode ?? 0 }))
    client.on('error', (err) => {
      if (!up) say({ id, error: err.message, code: err.code })
    })
    client.on('close', () => {
      if (!up) say({ id, error: 'closed before CONNACK' })
      say({ device, event: 'over', reason: 'closed', code: 0 })
    })
  },

  subscribe({ id, device, filter }) {
    devices.get(device).subscribe(filter, { qos: 1 }, (err, granted, packet) =>
      // A refused filter is an error to MQTT.js; the packet has the code.
      packet?.granted ? say({ id, granted: packet.granted }) : say({ id, error: err?.message ?? 'no SUBACK', granted }),
    )
  },

  publish({ id, device, topic, payload, qos, properties }) {
    const options = { qos, properties: properties && bytes(properties) }
    devices.get(device).publish(topic, Buffer.from(payload ?? '', 'base64'), options, (err, packet) => {
      const code = err?.code ?? packet?.reasonCode ?? 0
      if (err && typeof err.code !== 'number') say({ id, error: err.message })
      else say({ id, code })
    })
  },

  pour({ id, url, options, topic, count, qos }) {
    const client = mqtt.connect(url, { ...options, reconnectPeriod: 20, resubscribe: false })
    client.on('error', () => {}) // it tries again
    let sent = 0
    let acked = 0
    const next = () => sent < count && send(`number ${sent++}`)
    const send = (text) => {
      const body = { ClientMsgId: text, MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }] }
      client.publish(topic, topic.startsWith('im/send/') ? JSON.stringify(body) : text, { qos }, (err) => {
        // What it has taken while it was busy coming back, it gives up unsent when that fails.
        if (err?.message === 'Connection closed') return setTimeout(send, 20, text)
        // A PUBREL that comes again finds the packet id released: no error when a
        // session is resumed (MQTT 5 §3.7.2.1).
        if (err && err.code !== 0x92) return say({ id, error: `${text}: ${err}` })
        if (++acked === count) client.end(true, {}, () => say({ id }))
        else next()
      })
    }
    for (let i = 0; i < 20; i++) next()
  },

  end({ id, device }) {
    devices.get(device).end(false, {}, () => say({ id }))
  },

  cut({ id, device }) {
    devices.get(device).stream.destroy()
    say({ id })
  },
}

// bytes turns base64 into the Buffer that MQTT.js wants.
function bytes(properties) {
  const p = { ...properties }
  if (p.correlationData) p.correlationData = Buffer.from(p.correlationData, 'base64')
  return p
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line)
    try {
      ops[order.op](order)
    } catch (err) {
      say({ id: order.id, error: String(err?.stack ?? err) })
    }
  })
  .on('close', () => process.exit(0))
