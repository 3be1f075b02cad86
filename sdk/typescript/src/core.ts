// The middle of an instance: what its methods, its login and its events share.

import { CODE, ChatError, reply, type Reply } from './errors.ts'
import { Emitter } from './emitter.ts'
import { Outbox } from './outbox.ts'
import { EVENT } from './constants.ts'
import { Store } from './store.ts'
import { Sync } from './sync.ts'
import type { Line } from './wire.ts'
import type { Conversation, Options, Wire } from './types.ts'

export class Core {
  readonly emitter = new Emitter()
  readonly outbox = new Outbox(() => this.line.busy)
  store: Store
  sync: Sync
  line!: Line
  /** Who is logged in, or about to be; '' when nobody is. */
  me = ''
  ready = false
  features = new Set<string>()
  /** How far the server's clock is ahead, in ms. */
  ahead = 0
  logLevel = 1

  constructor(public options: Options) {
    this.store = this.newStore()
    this.sync = new Sync(this)
  }

  /** forget drops all that was known of the user; what waits is told first. */
  forget(): void {
    this.outbox.empty()
    this.store.close()
    this.sync.close()
    this.store = this.newStore()
    this.sync = new Sync(this)
    this.features = new Set()
    this.ready = false
  }

  private newStore(): Store {
    const store = new Store(this.me, this.options, () => this.address(), (list, unread) => this.showList(list, unread))
    store.turned = (m) => this.sync.turned(m)
    return store
  }

  private showList(list: Conversation[], unread: number): void {
    this.emit(EVENT.CONVERSATION_LIST_UPDATED, list, { isSyncCompleted: this.store.listComplete })
    this.emit(EVENT.TOTAL_UNREAD_MESSAGE_COUNT_UPDATED, unread)
  }

  /** address is where the server is: what the application says, else beside the page. */
  address(): string {
    const { proxyServer } = this.options
    if (proxyServer) return proxyServer
    if (typeof location === 'undefined') throw new ChatError(CODE.badRequest, 'proxyServer is missing')
    return location.protocol === 'https:' ? `wss://${location.host}/mqtt` : `ws://${location.hostname}:8083/mqtt`
  }

  /** emit tells the application, after what was received before, and after the end of its calls. */
  emit(name: string, data: unknown, more?: object): void {
    this.sync.flush()
    this.outbox.put(() => this.emitter.emit(name, data, more))
  }

  /** call asks the server; a method that it does not have is "not offered". */
  async call(method: string, body: object = {}, patience?: number): Promise<Wire> {
    try {
      return await this.line.request(method, body, patience)
    } catch (err) {
      if (err instanceof ChatError && err.code === 60009) throw new ChatError(CODE.notOffered, `this server does not offer ${method}`)
      throw err
    }
  }

  /** latest asks about a conversation, and again while something is told about it: the answer may be older than that. */
  async latest(id: string, method: string, body: object): Promise<Wire> {
    for (let tries = 3; ; tries--) {
      const { store } = this
      const before = store.told.get(id)
      const a = await this.call(method, body)
      if (tries === 1 || this.store !== store || store.told.get(id) === before) return a
    }
  }

  /** done asks the server for something whose answer says nothing more. */
  async done<T>(method: string, body: object, data: T): Promise<Reply<T>> {
    await this.call(method, body)
    return reply(data)
  }

  /** pages asks on until the server gives no cursor any more. */
  async *pages(method: string, body: object = {}, cursor = 'Cursor'): AsyncGenerator<Wire> {
    for (let next: unknown; ;) {
      const a = await this.call(method, { ...body, ...(next ? { [cursor]: next } : {}) })
      yield a
      next = a[cursor]
      if (!next) return
    }
  }

  /** report tells of a failure that no call waits for. */
  report = (err: unknown): void => {
    if (!this.me) return
    const { code = 0, message = String(err) } = err as Partial<ChatError>
    this.log(1, `${code} ${message}`)
    this.emit(EVENT.ERROR, { code, message })
  }

  log(level: number, text: string): void {
    if (level >= this.logLevel && this.logLevel < 4) console.log(`chat: ${text}`)
  }

  heard(serverMs: number): void {
    this.ahead = serverMs - Date.now()
  }
}
