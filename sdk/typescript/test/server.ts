// The real server, in a process of its own, and what stands between it and a client.

import { spawn, type ChildProcess } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server as Listener, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { deflateSync } from 'node:zlib'

export const patience = 20_000

/** bounded makes a wait end, with words for what it waited for. */
export function bounded<T>(wait: Promise<T>, what: string, ms = patience): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), ms)
  })
  return Promise.race([wait, end]).finally(() => clearTimeout(timer))
}

export interface App {
  sdkappid: number
  key: string
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}

export const testFiles = (): string[] =>
  readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.ts')).sort()

export class Server {
  app!: App
  apps!: App[]
  admin!: string
  private process!: ChildProcess
  /** Others use it, too. */
  private common = false
  private said = ''
  private constructor(private dir: string, readonly port: number, private more: string[]) {}

  /** shared is the server of all files, where each file has an app of its own. */
  static shared(file: string): Server {
    const { dir, port, apps, admin } = JSON.parse(process.env.TEAHOUSE_SHARED!)
    const app = apps[testFiles().indexOf(basename(file))]
    return Object.assign(new Server(dir, port, []), { apps, app, admin, common: true })
  }

  /** share tells the files of all workers about this server. */
  share(): void {
    process.env.TEAHOUSE_SHARED = JSON.stringify({ dir: this.dir, port: this.port, apps: this.apps, admin: this.admin })
  }

  /** start runs `teahouse dev` on free ports; it can be started again on the same ones. */
  static async start(...more: string[]): Promise<Server> {
    const dir = mkdtempSync(join(tmpdir(), 'teahouse-sdk-'))
    const s = new Server(dir, await freePort(), more)
    await s.run()
    return s
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/mqtt`
  }

  async run(): Promise<void> {
    const file = join(this.dir, 'ready')
    rmSync(file, { force: true })
    const ready = new Promise<void>((resolve) => {
      const watcher = watch(this.dir, () => {
        try {
          const r = JSON.parse(readFileSync(file, 'utf8'))
          this.apps = r.apps
          this.app = r.apps[0]
          this.admin = r.admin
          watcher.close()
          resolve()
        } catch { /* not whole yet */ }
      })
    })
    this.process = spawn(process.env.TEAHOUSE!, [
      'dev', '--listen-mqtt', '127.0.0.1:0', '--listen-ws', `127.0.0.1:${this.port}`, '--listen-admin', '127.0.0.1:0', '--ready-file', file,
      '--data', join(this.dir, 'data'), '--no-limits', ...this.more,
    ])
    for (const out of [this.process.stdout!, this.process.stderr!]) out.on('data', (text) => (this.said += text))
    const ended = once(this.process, 'exit').then(() => Promise.reject(new Error(`the server has ended:\n${this.said}`)))
    ended.catch(() => {})
    await bounded(Promise.race([ready, ended]), 'the server')
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = once(this.process, 'exit')
    this.process.kill(signal)
    await bounded(gone, 'the end of the server')
  }

  async close(): Promise<void> {
    if (this.common) return
    await this.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }

  sig(userID: string, expire = 86_400, app = this.app): string {
    return userSig(app, userID, expire)
  }

  /** rest calls a command as the app's backend. */
  async rest(command: string, body: object): Promise<any> {
    const query = `sdkappid=${this.app.sdkappid}&identifier=administrator&usersig=${this.sig('administrator')}&random=1&contenttype=json`
    const answer: any = await (await fetch(`${this.admin}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body) })).json()
    if (answer.ErrorCode) throw new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`)
    return answer
  }
}

/** userSig mints a ticket as a backend does. */
export function userSig(app: App, userID: string, expire: number): string {
  const time = Math.floor(Date.now() / 1000)
  const text = `TLS.identifier:${userID}\nTLS.sdkappid:${app.sdkappid}\nTLS.time:${time}\nTLS.expire:${expire}\n`
  const sig = createHmac('sha256', app.key).update(text).digest('base64')
  const ticket = { 'TLS.ver': '2.0', 'TLS.identifier': userID, 'TLS.sdkappid': app.sdkappid, 'TLS.time': time, 'TLS.expire': expire, 'TLS.sig': sig }
  const letters: Record<string, string> = { '+': '*', '/': '-', '=': '_' }
  return deflateSync(JSON.stringify(ticket)).toString('base64').replace(/[+/=]/g, (c) => letters[c]!)
}

/** A network that can be cut, and that can lose what the server sends. */
export class Network {
  private listener!: Listener
  private sockets = new Set<Socket>()
  /** While it is down nobody gets through. */
  down = false
  private loses: { text: string; told(): void } | null = null
  connections = 0

  static async to(server: Server): Promise<Network> {
    const n = new Network()
    n.listener = createServer((client) => n.join(client, server.port)).listen(0, '127.0.0.1')
    await once(n.listener, 'listening')
    return n
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.listener.address() as AddressInfo).port}/mqtt`
  }

  private join(client: Socket, port: number): void {
    if (this.down) return void client.destroy()
    this.connections++
    const server = connect(port, '127.0.0.1')
    for (const [one, other] of [[client, server], [server, client]] as const) {
      this.sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        this.sockets.delete(one)
        other.destroy()
      })
    }
    client.pipe(server)
    const frames = new Frames((frame) => {
      if (this.loses && frame.includes(this.loses.text)) this.loses.told()
      else client.write(frame)
    })
    server.on('data', (bytes) => frames.push(bytes))
  }

  /** lose keeps back what the server sends with this text in it, until it has done so once. */
  lose(text: string): Promise<void> {
    const lost = new Promise<void>((told) => (this.loses = { text, told }))
    return bounded(lost, `the loss of ${text}`).finally(() => (this.loses = null))
  }

  /** cut ends all connections at once. */
  cut(): void {
    for (const s of this.sockets) s.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    this.listener.close()
  }
}

/** Frames tells the frames of a WebSocket from the server apart, behind the answer to its handshake. */
class Frames {
  private rest = Buffer.alloc(0)
  private open = false
  constructor(private each: (frame: Buffer) => void) {}

  push(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes])
    if (!this.open) {
      const end = this.rest.indexOf('\r\n\r\n')
      if (end < 0) return
      this.open = true
      this.take(end + 4)
    }
    for (let size = this.size(); size > 0 && size <= this.rest.length; size = this.size()) this.take(size)
  }

  private take(size: number): void {
    const frame = this.rest.subarray(0, size)
    this.rest = this.rest.subarray(size)
    this.each(frame)
  }

  private size(): number {
    const { rest } = this
    if (rest.length < 2) return 0
    const short = rest[1]! & 0x7f
    if (short < 126) return 2 + short
    if (short === 126) return rest.length < 4 ? 0 : 4 + rest.readUInt16BE(2)
    return rest.length < 10 ? 0 : 10 + Number(rest.readBigUInt64BE(2))
  }
}
