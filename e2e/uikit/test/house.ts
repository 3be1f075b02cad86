// What the stories stand on: the pages of a kit on a site of their own, the server,
// a network before it that can be cut, a browser, and what went wrong in its pages.

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server as Site } from 'node:http'
import { type AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { pictures } from './docs.ts'
import { Network, Server, type App } from '../../../sdk/typescript/test/server.ts'

export type Kit = 'react' | 'vue'

const dist = fileURLToPath(new URL('../node_modules/.pages/', import.meta.url))
const path = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((p) => p && existsSync(p))
const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' }

/** What the kits report of themselves: the Vue kit looks at the first result of a search before there is one. */
const theirs = ["TypeError: Cannot read properties of undefined (reading 'messageCount')"]

/** page is the whole document of a kit's page; the favicon is empty, as a browser would ask for one. */
const page = (kit: Kit) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${kit}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/${kit}.css"><link rel="stylesheet" href="/page.css">
<div id="app"></div><script type="module" src="/${kit}.js"></script></html>`

function serve(): Promise<Site> {
  const site = createServer((request, response) => {
    const name = new URL(request.url!, 'http://site').pathname.slice(1)
    const file = join(dist, name)
    if (request.url!.startsWith(pictures()[1])) return void response.setHeader('content-type', 'image/png').end(dot)
    if (name === 'react' || name === 'vue') return void response.setHeader('content-type', 'text/html').end(page(name))
    if (!file.startsWith(dist) || !existsSync(file)) return void response.writeHead(404).end()
    response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream').end(readFileSync(file))
  })
  return new Promise((resolve) => site.listen(0, '127.0.0.1', () => resolve(site)))
}

/** House is a server with one app for each story, and a browser. */
export class House {
  readonly troubles: string[] = []
  readonly outside: string[] = []
  private stories = 0
  private mayComplain = false
  private constructor(readonly kit: Kit, readonly server: Server, readonly net: Network, private site: Site, private browser: Browser) {}

  static async open(kit: Kit, apps: number): Promise<House> {
    if (!path) throw new Error('chromium is not installed: apt-get install chromium')
    const server = await Server.start('--apps', String(apps))
    const browser = await chromium.launch({
      executablePath: path,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    })
    return new House(kit, server, await Network.to(server), await serve(), browser)
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.net.close()
    this.site.close()
    await this.server.close()
  }

  /** newApp gives an app in which nobody has said anything yet. */
  newApp(): App {
    const app = this.server.apps[this.stories++]
    if (!app) throw new Error('more stories than apps')
    return app
  }

  /** page opens a page of the kit in which a user of the app logs in. */
  async page(app: App, id: string, net = this.net): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (err) => this.troubles.push(`${id}: ${err.stack ?? err}`))
    page.on('console', (line) => {
      if (theirs.some((words) => line.text().startsWith(words))) return
      const noServer = this.mayComplain && (line.text().startsWith(`WebSocket connection to '${net.url}' failed`) || line.text() === 'WebSocket is already in CLOSING or CLOSED state.')
      if (['error', 'warning'].includes(line.type()) && !noServer) this.troubles.push(`${id}: ${line.type()}: ${line.text()}`)
    })
    page.on('request', (r) => {
      const { hostname, protocol } = new URL(r.url())
      if (/^(https?|wss?):$/.test(protocol) && hostname !== '127.0.0.1') this.outside.push(r.url())
    })
    page.on('websocket', (s) => new URL(s.url()).hostname !== '127.0.0.1' && this.outside.push(s.url()))
    const user = new URLSearchParams({ app: String(app.sdkappid), userId: id, userSig: this.server.sig(id, 86_400, app), proxyServer: net.url })
    const { port } = this.site.address() as AddressInfo
    await page.goto(`http://127.0.0.1:${port}/${this.kit}#${user}`)
    return page
  }

  /** rest calls a command as the backend of an app. */
  async rest(app: App, command: string, body: object): Promise<any> {
    const query = `sdkappid=${app.sdkappid}&identifier=administrator&usersig=${this.server.sig('administrator', 86_400, app)}&random=1&contenttype=json`
    const answer: any = await (await fetch(`${this.server.admin}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body) })).json()
    if (answer.ErrorCode) throw new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`)
    return answer
  }

  /** befriend makes friends of two before they log in. */
  befriend(app: App, one: string, other: string): Promise<unknown> {
    return this.rest(app, 'sns/friend_add', { From_Account: one, AddFriendItem: [{ To_Account: other, AddSource: 'AddSource_Type_Web' }], ForceAddFlags: 1 })
  }

  /** away does something while the server is killed, and starts it again; the pages' browsers may say that there is no server. */
  async away(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    this.mayComplain = true
    await this.server.kill()
    await meanwhile()
    await this.server.run()
  }

  /** amid does something whose answer is lost: it is done, and the line is cut, or the server killed and started again, before it is said. */
  async amid(what: 'cut' | 'restart', net: Network, act: () => Promise<unknown>): Promise<void> {
    this.mayComplain = true
    const lost = net.lose('im/res/r')
    const doing = act()
    doing.catch(() => {}) // it is awaited below
    await Promise.race([lost, doing.then(() => lost)])
    if (what === 'cut') net.cut()
    else {
      await this.server.kill()
      await this.server.run()
    }
    await doing
  }

  /** leave closes the pages of those who are through. */
  async leave(...people: ({ page: Page } | undefined)[]): Promise<void> {
    await Promise.all(people.map((p) => p?.page.context().close()))
  }

  /** shot keeps a picture of a page, if pictures are asked for. */
  async shot(page: Page, name: string): Promise<void> {
    const dir = process.env.UIKIT_PICTURES
    if (!dir) return
    mkdirSync(dir, { recursive: true })
    await page.screenshot({ path: join(dir, `${this.kit}-${name}.png`) })
  }
}

/** failed says whether a story has failed. */
export const failed = (story: { task: { result?: { state?: string } } }): boolean => story.task.result?.state === 'fail'

/** A picture of one point. */
export const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64')
