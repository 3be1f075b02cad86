// What stories of the chat do again and again.

import { expectText } from './wait.mjs'

/** chatOf wraps an opened page with the words of a user. */
export const chatOf = (opened) => new Chat(opened)

class Chat {
  constructor(opened) {
    Object.assign(this, { opened, page: opened.page })
  }

  /** open shows a conversation, by a click on its row. */
  async open(id) {
    await this.page.locator(`.conversation[data-id="${id}"]`).click()
    await this.field.waitFor()
  }

  /** goto shows a conversation by its address. */
  async goto(id, ...more) {
    await this.page.locator('.shell').waitFor()
    await this.page.evaluate((hash) => (location.hash = hash), `#/c/${[id, ...more].map(encodeURIComponent).join('/')}`)
    await this.field.waitFor()
  }

  get field() {
    return this.page.locator('.composer textarea')
  }

  /** say writes and sends. */
  async say(text) {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  /** message is the row of the message that says the text, not of one that quotes it. */
  message(text) {
    return this.page.locator('.message-row').filter({ has: this.page.locator('.bubble > .text', { hasText: text }) }).last()
  }

  /** sees waits for a message. */
  async sees(text) {
    await this.message(text).waitFor()
  }

  /** choose opens the menu of a message, and takes an item of it. */
  async choose(text, item) {
    await this.message(text).locator('.bubble').click({ button: 'right' })
    await this.page.getByRole('menuitem', { name: item, exact: true }).click()
  }

  /** press opens the menu of a conversation, and takes an item of it. */
  async press(id, item) {
    await this.page.locator(`.conversation[data-id="${id}"]`).click({ button: 'right' })
    await this.page.getByRole('menuitem', { name: item, exact: true }).click()
  }

  row(id) {
    return this.page.locator(`.conversation[data-id="${id}"]`)
  }

  /** reads waits until an element has a text. */
  reads = (locator, text) => expectText(locator, text)
}
