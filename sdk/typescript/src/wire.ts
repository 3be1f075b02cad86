// The line to the server: one MQTT connection at a time, tried again when it is lost,
// and requests that outlive it. What the packets mean is known elsewhere.

import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { ChatError, CODE } from './errors.ts'
import type { Wire as Json } from './types.ts'

/** Waits between tries, in ms; the last one again and again, each ±20 %. Tests shorten them. */
export const waits = [500, 1000, 2000, 4000, 8000, 15_000]
/** How long the first login keeps trying when there is no network. */
const firstPatience = 15_000
/** How many publishes may be unacknowledged; the server allows 512. */
const inFlight = 100
/** The server ends a connection that sends more than 128 KiB in a packet. */
const maxBody = 127 * 1024
/** What a request is refused with that was done before its answer was lost, and is sent again. */
const done: Record<string, number[]> = {
  'group.quit': [10007, 10010], 'group.destroy': [10010], 'group.approve': [10024], 'group.attrs.delete': [10050],
  'msg.recall': [20023], 'friend.accept': [30614], 'friend.refuse': [30614], 'friend.requests.delete': [31804],
}

export interface Ticket {
  userID: string
  userSig: string
}

/** What the owner of the line does at its turns. */
export interface LineEvents {
  /** The line is there; requests made `urgent` go through, others wait for `resume`. */
  opened(): void
  /** It was there and is lost; it is being tried again. */
  lost(): void
  trying(): void
  /** The server does not want this ticket any more. */
  refused(err: ChatError): void
  packet(topic: string, payload: string): void
  /** A request has ended, and who made it goes on in this turn. */
  ended(): void
}

interface Pending {
  id: string
  method: string
  body: string
  urgent: boolean
  /** Handed to the present connection. */
  sent: boolean
  /** How often it was handed to a connection. */
  times: number
  resolve(answer: Json): void
  reject(err: ChatError): void
  timer: ReturnType<typeof setTimeout>
}

export class Line {
  /** Requests that are not urgent go through. */
  private flowing = false
  private client: MqttClient | null = null
  private ticket: Ticket | null = null
  private tries = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private pending = new Map<string, Pending>()
  private queue: Pending[] = []
  private unacknowledged = 0
  private last = 0
  private first: { since: number; resolve(): void; reject(err: ChatError): void } | null = null
  private readonly clientID = 'web-' + randomText(12)
  private readonly wake = () => this.tryNow()

  constructor(private address: () => string, private events: LineEvents) {}

  /** open connects, and resolves when the server has let the user in. */
  open(ticket: Ticket): Promise<void> {
    this.ticket = ticket
    this.tries = 0
    listenToPage('addEventListener', this.wake)
    return new Promise((resolve, reject) => {
      this.first = { since: Date.now(), resolve, reject }
      this.connect()
    })
  }

  /** renew takes another ticket of the same user for the next connection. */
  renew(ticket: Ticket): void {
    this.ticket = ticket
  }

  get userSig(): string {
    return this.ticket?.userSig ?? ''
  }

  /** close ends the line for good; callers that wait are told that nobody is logged in. */
  close(why = new ChatError(CODE.notLoggedIn, 'logged out')): void {
    listenToPage('removeEventListener', this.wake)
    clearTimeout(this.retry)
    this.ticket = null
    this.flowing = false
    this.drop(false)
    this.first?.reject(why)
    this.first = null
    for (const p of [...this.pending.values()]) this.settle(p, () => p.reject(why))
  }

  /** resume lets the requests through that waited, those without an answer again. */
  resume(): void {
    this.flowing = true
    this.tries = 0
    for (const p of this.pending.values()) if (!p.sent) this.enqueue(p)
  }

  /**
   * request asks the server. It waits while the line is lost and is sent again when it
   * comes back without an answer; `patience` (ms) runs on meanwhile. An urgent one
   * belongs to the present connection and ends with it.
   */
  request(method: string, body: object, patience = 10_000, urgent = false): Promise<Json> {
    if (!this.ticket) return Promise.reject(new ChatError(CODE.notLoggedIn, 'not logged in'))
    const text = JSON.stringify(body)
    if (text.length > maxBody / 3 && new TextEncoder().encode(text).length > maxBody) return Promise.reject(new ChatError(80002, 'too long'))
    if (urgent && !this.client?.connected) return Promise.reject(new ChatError(CODE.network, 'the connection is lost'))
    return new Promise((resolve, reject) => {
      const p: Pending = {
        id: (++this.last).toString(36), method, body: text, urgent, sent: false, times: 0, resolve, reject,
        timer: setTimeout(() => this.settle(p, () => reject(new ChatError(CODE.timeout, `${method}: no answer in time`))), patience),
      }
      this.pending.set(p.id, p)
      if (this.client?.connected && (this.flowing || urgent)) this.enqueue(p)
    })
  }

  /**
   * busy says that the server has a request and has not answered it. Urgent ones are nobody's call, and
   * what one says oneself is told to others alone.
   */
  get busy(): boolean {
    for (const p of this.pending.values()) if (p.sent && !p.urgent && p.method !== 'msg.send') return true
    return false
  }

  private settle(p: Pending, how: () => void): void {
    if (!this.pending.delete(p.id)) return
    clearTimeout(p.timer)
    how()
    this.events.ended()
  }

  private enqueue(p: Pending): void {
    p.sent = true
    this.queue.push(p)
    this.pump()
  }

  /** pump hands over as much as the server takes at a time, in order. */
  private pump(): void {
    const client = this.client
    while (client?.connected && this.unacknowledged < inFlight && this.queue.length > 0) {
      const p = this.queue.shift()!
      if (!this.pending.has(p.id)) continue
      this.unacknowledged++
      p.times++
      client.publish(`im/req/${p.method}`, p.body, { qos: 1, properties: { responseTopic: 'im/res/r', correlationData: p.id as unknown as Buffer } }, () => {
        if (client !== this.client) return
        this.unacknowledged--
        this.pump()
      })
    }
  }

  private connect(): void {
    const { userID, userSig } = this.ticket!
    let options: IClientOptions
    let client: MqttClient
    try {
      options = {
        protocolVersion: 5, clean: true, clientId: this.clientID, keepalive: 60, connectTimeout: 10_000,
        reconnectPeriod: 0, resubscribe: false, username: `${encodeURIComponent(userID)}?platform=Web`,
        password: userSig,
      }
      client = this.client = mqtt.connect(this.address(), options)
    } catch (err) {
      return this.failed(new ChatError(CODE.network, `cannot connect: ${String(err)}`))
    }
    this.events.trying()
    let reason = ''
    let refusal: ChatError | null = null
    let open = false
    const mine = () => client === this.client
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'connack') reason = packet.properties?.reasonString ?? ''
    })
    client.on('error', (err) => {
      if (mine()) refusal = refusalOf(Number((err as { code?: unknown }).code), reason) ?? refusal
    })
    client.on('connect', () => client.subscribe('im/#', { qos: 1 }, (err) => {
      if (!mine()) return
      if (err) return this.again()
      open = true
      this.opened()
    }))
    client.on('message', (topic, payload, packet) => {
      if (!mine()) return
      if (topic.startsWith('im/res/')) this.answered(String(packet.properties?.correlationData ?? ''), payload.toString())
      else this.events.packet(topic, payload.toString())
    })
    client.on('close', () => {
      if (!mine()) return
      this.drop(open)
      if (refusal) this.refused(refusal)
      else this.failed(new ChatError(CODE.network, 'the server cannot be reached, or does not let pages of this host in (websocket.origins)'))
    })
  }

  /** again ends the connection, and tries another after the usual wait. */
  again(): void {
    if (!this.client) return
    this.drop(true)
    this.failed(new ChatError(CODE.network, 'the connection is of no use'))
  }

  private opened(): void {
    this.events.opened()
    this.first?.resolve()
    this.first = null
  }

  /** drop forgets the connection; what it left unanswered will be sent again. */
  private drop(tell: boolean): void {
    const client = this.client
    const busy = this.unacknowledged > 0
    this.client = null
    this.flowing = false
    this.queue = []
    this.unacknowledged = 0
    for (const p of [...this.pending.values()]) {
      p.sent = false
      if (p.urgent) this.settle(p, () => p.reject(new ChatError(CODE.network, 'the connection is lost')))
    }
    if (client) {
      client.on('error', () => {}) // what comes after the end is nobody's
      client.end(busy || !client.connected)
    }
    if (tell) this.events.lost()
  }

  private failed(err: ChatError): void {
    if (!this.ticket) return
    if (this.first && Date.now() - this.first.since > firstPatience) return this.refused(err)
    const wait = waits[Math.min(this.tries++, waits.length - 1)]! * (0.8 + 0.4 * Math.random())
    this.retry = setTimeout(() => this.connect(), this.first ? Math.min(wait, this.first.since + firstPatience - Date.now() + 1) : wait)
  }

  private refused(err: ChatError): void {
    const first = this.first
    this.first = null
    this.close(err)
    if (first) first.reject(err)
    else this.events.refused(err)
  }

  /** tryNow ends a wait: the page says that there is a network again, or is looked at. */
  private tryNow(): void {
    if (this.client || !this.ticket) return
    if (typeof document !== 'undefined' && document.visibilityState === 'hidden') return
    clearTimeout(this.retry)
    this.connect()
  }

  private answered(id: string, text: string): void {
    const p = this.pending.get(id)
    if (!p) return
    const answer = parse(text)
    this.settle(p, () => {
      if (!answer) p.reject(new ChatError(CODE.network, 'the answer is not JSON'))
      else if (p.times > 1 && done[p.method]?.includes(answer.ErrorCode)) p.resolve({ ...answer, ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' })
      else if (answer.ErrorCode) p.reject(new ChatError(answer.ErrorCode, answer.ErrorInfo || `refused with ${answer.ErrorCode}`, answer))
      else p.resolve(answer)
    })
  }
}

/** refusalOf says why a CONNACK refuses; null: it does not, or a later try may be let in. */
function refusalOf(code: number, reason: string): ChatError | null {
  const named = /^(\d{4,6})\b\s*(.*)$/s.exec(reason)
  if (!(code >= 0x80) || code === 0x88 || code === 0x97 || code === 0x89) return null
  if (named) return new ChatError(Number(named[1]), named[2] || reason)
  if (code === 0x86) return new ChatError(70003, 'the ticket is not valid')
  if (code === 0x87 || code === 0x8a) return new ChatError(70020, 'the app is unknown, or the user is banned')
  return null
}

/** listenToPage makes a page's coming back end the wait for the next try. */
function listenToPage(how: 'addEventListener' | 'removeEventListener', wake: () => void): void {
  if (typeof window === 'undefined' || typeof window.addEventListener !== 'function') return
  window[how]('online', wake)
  document[how]('visibilitychange', wake)
}

export function parse(text: string): Json | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export function randomText(length: number): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyz'
  return Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('')
}
