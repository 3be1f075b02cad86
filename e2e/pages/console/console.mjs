// What stories of the console share: an operator in a page, and a server with something to look at.

import { once } from 'node:events'
import mqtt from 'mqtt'
import { bounded, startServer } from '../server.mjs'

/** A name that would do harm if it were taken for HTML anywhere. */
export const script = '<img src=x onerror=alert(1)>'

/** startFurnished is a server with users, a group, messages, and a device of alice's. */
export async function startFurnished() {
  const server = await startServer()
  await server.users({ dora: script, emil: 'Emil' })
  await server.rest('group_open_http_svc/create_group', {
    Type: 'Public', GroupId: 'club', Name: script, Owner_Account: 'alice', MemberList: [{ Member_Account: 'bob' }, { Member_Account: 'dora' }],
  })
  for (const [from, text] of [['alice', 'good morning'], ['bob', script], ['alice', 'shall we meet?']]) {
    await server.rest('openim/sendmsg', { From_Account: from, To_Account: from === 'alice' ? 'bob' : 'alice', MsgRandom: 1 + Math.floor(Math.random() * 1e9), MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }] })
  }
  const device = await connect(server, 'alice', 'alice-phone')
  return { server, device }
}

/** connect is a device of a user; it does not come back by itself. */
export async function connect(server, user, clientId) {
  const client = mqtt.connect(server.ws, { protocolVersion: 5, clientId, username: user, password: server.ticket(user), reconnectPeriod: 0 })
  client.on('error', () => {}) // it is told by 'close'
  await bounded(once(client, 'connect'), 'the device')
  return client
}

/** Operator is a page in which an operator works. */
export class Operator {
  constructor(opened, root) {
    this.opened = opened
    this.page = opened.page
    this.root = root
  }

  /** go opens a page of the console, and waits for its name. */
  async go(path, title) {
    await this.page.goto(`${this.root}/console/#/${path}`)
    if (title) await this.heading(title)
  }

  heading(title) {
    return this.page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
  }

  button(name, exact = true) {
    return this.page.getByRole('button', { name, exact })
  }

  /** click presses a button of the page, or of the dialog when one is open. */
  async click(name) {
    await this.button(name).click()
  }

  get dialog() {
    return this.page.getByRole('dialog')
  }

  /** confirm presses the dialog's button, once what it asks for was typed. */
  async confirm(action, name) {
    const button = this.dialog.getByRole('button', { name: action, exact: true })
    if (name !== undefined) {
      if (await button.isEnabled()) throw new Error(`${action} needs no name`)
      await this.dialog.getByRole('textbox').fill(name)
    }
    await button.click()
    await this.dialog.waitFor({ state: 'detached' })
  }

  says(words) {
    return this.page.getByText(words).first().waitFor()
  }
}

/** asDev is the operator of a dev server, who may write. */
export async function asDev(browser, server, options) {
  const operator = new Operator(await browser.openPage(`${server.admin}/as/dev`, options), server.admin)
  await operator.page.getByRole('heading', { level: 1, name: /^(Overview|概览)$/ }).waitFor()
  return operator
}

/** invited is an operator who came by an invitation of another. */
export async function invited(browser, host, role, name, options) {
  await host.go('operators', 'Operators')
  await host.click('Invite')
  await host.dialog.getByLabel('Role').selectOption(role)
  await host.dialog.getByRole('button', { name: 'Invite' }).click()
  const link = await host.dialog.locator('pre').innerText()
  await host.dialog.getByRole('button', { name: 'Close' }).last().click()
  const operator = new Operator(await browser.openPage(link, options), host.root)
  await begin(operator, name)
  await operator.heading('Overview')
  await host.go('apps', 'Apps') // so that the list of operators is read anew when it is opened next
  return operator
}

export const password = 'correct horse battery'

/** begin fills in the page of a one-time link. */
export async function begin({ page }, name) {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByLabel('Password again').fill(password)
  await page.getByRole('button', { name: 'Begin' }).click()
}
