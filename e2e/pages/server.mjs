// A server for stories in pages: `teahouse dev`, or `serve` with settings, in a process of its
// own, on free ports.

import { execFileSync, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'

/** What any wait of a story may take, in ms; reached only when something is wrong. */
export const patience = 20_000

/** bounded makes a wait end, with words for what it waited for. */
export function bounded(wait, what, ms = patience) {
  let timer
  const end = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), ms)))
  return Promise.race([wait, end]).finally(() => clearTimeout(timer))
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
let built = process.env.TEAHOUSE

/** program is a built teahouse: that of the environment, else one built now. */
export function program() {
  if (!built) {
    const dir = mkdtempSync(join(tmpdir(), 'teahouse-built-'))
    built = join(dir, 'teahouse')
    execFileSync('go', ['build', '-o', built, './cmd/teahouse'], { cwd: root, stdio: 'inherit' })
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  }
  return built
}

/** finish ends browsers, networks and servers one after another, all of them, and then tells the first error. */
export async function finish(...all) {
  const errors = []
  for (const one of all) await Promise.resolve(one?.close?.() ?? one?.stop?.()).catch((err) => errors.push(err))
  if (errors.length) throw errors[0]
}

export async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address()
  listener.close()
  await once(listener, 'close')
  return port
}

/**
 * startServer runs teahouse on free ports and resolves when it is ready.
 * flags: more of them; limits: true keeps the rate limits, which are lifted otherwise.
 * settings: YAML of a configuration, for `serve` in place of `dev`: the chat is on every address
 * of this machine, and pages find it at host.
 */
export async function startServer({ flags = [], limits = false, settings, host = '127.0.0.1' } = {}) {
  const server = settings === undefined ? new Server(host, [...(limits ? [] : ['--no-limits']), ...flags]) : new Server(host, flags, settings)
  await server.start()
  return server
}

class Server {
  #dir = mkdtempSync(join(tmpdir(), 'teahouse-pages-'))
  #flags
  #host
  #process
  #ports
  #said = ''
  #settings

  constructor(host, flags, settings) {
    this.#host = host
    this.#flags = flags
    this.#settings = settings
  }

  /** What it printed, both ways. */
  get said() {
    return this.#said
  }

  /** Where the chat is, without a slash at the end. */
  get origin() {
    return `http://${this.#host}:${this.#ports.ws}`
  }

  /** Where REST and the console are. */
  get admin() {
    return `http://127.0.0.1:${this.#ports.admin}`
  }

  get ws() {
    return `ws://${this.#host}:${this.#ports.ws}/mqtt`
  }

  get wsPort() {
    return this.#ports.ws
  }

  /** start runs it, on the ports it had before if there was a before. */
  async start() {
    this.#ports ??= { mqtt: await freePort(), ws: await freePort(), admin: await freePort() }
    const file = join(this.#dir, 'ready')
    rmSync(file, { force: true })
    const ready = new Promise((resolve) => {
      const watcher = watch(this.#dir, () => {
        try {
          const { apps } = JSON.parse(readFileSync(file, 'utf8'))
          if (this.#settings === undefined) Object.assign(this, apps[0])
          watcher.close()
          resolve()
        } catch { /* not there yet */ }
      })
    })
    const at = (name, host = '127.0.0.1') => [`--listen-${name}`, `${host}:${this.#ports[name]}`]
    const how = this.#settings === undefined ? ['dev', '--data', join(this.#dir, 'data')] : ['serve', '--config', this.#configure()]
    const ws = at('ws', this.#settings === undefined ? '127.0.0.1' : '')
    this.#process = spawn(program(), [...how, ...at('mqtt'), ...ws, ...at('admin'), '--ready-file', file, ...this.#flags])
    for (const out of [this.#process.stdout, this.#process.stderr]) out.on('data', (text) => (this.#said += text))
    const ended = once(this.#process, 'exit').then(() => Promise.reject(new Error(`the server has ended:\n${this.#said}`)))
    ended.catch(() => {})
    await bounded(Promise.race([ready, ended]), 'the server')
  }

  /** configure writes a configuration with the settings and one app, and returns its name. */
  #configure() {
    this.sdkappid ??= 1400000001
    this.key ??= randomBytes(32).toString('hex')
    const file = join(this.#dir, 'teahouse.yaml')
    const app = ['apps:', `  ${this.sdkappid}:`, '    administrators: [administrator]', `    keys: {first: {secret: ${this.key}}}`]
    writeFileSync(file, [`data: ${join(this.#dir, 'data')}`, 'web: {chat: true}', ...app, this.#settings, ''].join('\n'))
    return file
  }

  /** kill ends it; what it has stored stays for the next start. */
  async kill(signal = 'SIGTERM') {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill(signal)
    await bounded(gone, 'the end of the server')
  }

  async restart(signal) {
    await this.kill(signal)
    await this.start()
  }

  /** stop ends it and removes what it has stored. */
  async stop() {
    await this.kill('SIGKILL')
    rmSync(this.#dir, { recursive: true, force: true })
  }

  /**
   * ticket mints a UserSig as a backend does (spec/01 §3). Its time has whole seconds: one
   * that is to be good after a kick in this second is dated a second ahead.
   */
  ticket(user, { seconds = 86_400, ahead = 0 } = {}) {
    const time = Math.floor(Date.now() / 1000) + ahead
    const text = `TLS.identifier:${user}\nTLS.sdkappid:${this.sdkappid}\nTLS.time:${time}\nTLS.expire:${seconds}\n`
    const sig = createHmac('sha256', this.key).update(text).digest('base64')
    const ticket = { 'TLS.ver': '2.0', 'TLS.identifier': user, 'TLS.sdkappid': this.sdkappid, 'TLS.time': time, 'TLS.expire': seconds, 'TLS.sig': sig }
    const letters = { '+': '*', '/': '-', '=': '_' }
    return deflateSync(JSON.stringify(ticket)).toString('base64').replace(/[+/=]/g, (c) => letters[c])
  }

  /** link is an address of the chat that logs a user in. */
  link(user, origin = this.origin) {
    return `${origin}/#/login?${new URLSearchParams({ app: this.sdkappid, user, sig: this.ticket(user) })}`
  }

  /** rest calls a command as the app's administrator: rest('openim/sendmsg', {…}). An error of the answer is thrown. */
  async rest(command, body = {}) {
    const query = new URLSearchParams({ sdkappid: this.sdkappid, identifier: 'administrator', usersig: this.ticket('administrator'), random: 1, contenttype: 'json' })
    const response = await fetch(`${this.admin}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(patience) })
    const answer = await response.json()
    if (answer.ErrorCode) throw new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`)
    return answer
  }

  /** users imports accounts: users({ dora: 'Dora', emil: { Nick: 'Emil', FaceUrl: '…' } }). */
  async users(all) {
    for (const [UserID, of] of Object.entries(all)) {
      await this.rest('im_open_login_svc/account_import', { UserID, ...(typeof of === 'string' ? { Nick: of } : of) })
    }
  }
}
