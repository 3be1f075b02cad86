// What a person does with a kit, by what they see; what differs between the kits is one table.

import { expect } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import type { House, Kit } from './house.ts'

const parts = {
  react: {
    preview: '.uikit-ConversationList-conversationPreview',
    badge: '.uikit-avatar-badge__unread',
    bubble: '.uikit-MessageList-message-bubble',
    line: '.uikit-MessageList-message-layout',
    tip: '.uikit-MessageList-group-tip-message',
    recalled: '.uikit-MessageList-recalled-message',
    failure: '.uikit-MessageList-message-layout__failed',
    create: '.uikit-ConversationList-conversationCreateButton',
    friend: 'label.uikit-ConversationList-conversationCreateUserSelectList__user',
    attach: '.uikit-MessageInput-attachment-picker__single-button',
    image: '[role=dialog] button:has-text("Image")',
    file: '[role=dialog] button:has-text("File")',
  },
  vue: {
    preview: '.uikit-conversationPreview',
    badge: '.tui-badge-content',
    bubble: '.message-bubble',
    line: '.message-layout',
    tip: '.group-tip-message',
    recalled: '.message-recalled',
    failure: '.message-layout__status--centered .tui-icon:not(.message-meta__status--unSend)',
    create: '.uikit-conversation-create-button',
    friend: '[role=dialog] [class*=list__item]',
    attach: '.uikit-attachment-picker__icon',
    image: '.uikit-image-picker__button',
    file: '.uikit-file-picker__button',
  },
} satisfies Record<Kit, Record<string, string>>

export class Person {
  readonly part: (typeof parts)[Kit]
  constructor(readonly house: House, readonly id: string, readonly page: Page) {
    this.part = parts[house.kit]
  }

  static async login(house: House, app: House['server']['app'], id: string, net = house.net): Promise<Person> {
    const person = new Person(house, id, await house.page(app, id, net))
    await person.page.locator('.list').waitFor()
    return person
  }

  /** inList is the line of the conversation list with this name. */
  inList(name: string): Locator {
    return this.page.locator(this.part.preview, { has: this.page.locator('[class*=__title]').getByText(name, { exact: true }) })
  }

  async open(name: string): Promise<void> {
    await this.inList(name).click()
    await this.isOpen(name)
  }

  /** begin opens the chat with a friend who is not in the list yet. */
  async begin(friend: string): Promise<void> {
    await this.page.click(this.part.create)
    if (this.house.kit === 'vue') {
      await this.page.getByText('Start C2C Chat').click()
      await this.page.locator(this.part.friend, { hasText: friend }).click()
      await this.page.click('[role=dialog] .tui-button-blue-primary')
    } else await this.page.locator(this.part.friend, { hasText: friend }).click()
    await this.isOpen(friend)
  }

  /** createGroup makes a Work group with friends, in the kit's dialog. */
  async createGroup(name: string, friends: string[]): Promise<void> {
    const { page, part } = this
    await page.click(part.create)
    if (this.house.kit === 'vue') {
      await page.getByText('Start Group Chat').click()
      for (const f of friends) await page.locator(part.friend, { hasText: f }).last().click()
      await page.click('[role=dialog] .tui-button-blue-primary')
      await page.fill('[role=dialog] #group-name input, [role=dialog] input#group-name', name)
      await page.click('[role=dialog] .tui-button-blue-primary')
    } else {
      await page.getByText('New group chat').click()
      for (const f of friends) await page.locator(part.friend, { hasText: f }).last().click()
      await page.locator('.list button').click()
      await page.locator('.list input[placeholder="Group Name"]').fill(name)
      await page.locator('.list button').click()
    }
    await this.isOpen(name)
  }

  isOpen(name: string): Promise<void> {
    return this.page.locator('.chat [class*=header__title]').getByText(name, { exact: true }).waitFor()
  }

  /** settings opens the panel of the open chat; manage goes on to the management of a group. */
  async settings(): Promise<void> {
    if (!(await this.page.locator('.side').count())) await this.page.click('#settings')
  }

  async manage(): Promise<void> {
    await this.settings()
    await this.page.locator('.side').getByText('Group Management').click()
  }

  /** member is a member as the settings show them. */
  member(id: string): Locator {
    return this.page.locator('.side [class*=group-members__name]').getByText(id, { exact: true })
  }

  /** pick takes people for a list of the settings, or out of it. */
  async pick(list: string, way: 'add' | 'remove', who: string): Promise<void> {
    const section = this.page.locator('.side [class*=group-members]', { has: this.page.locator('[class*=group-members__title]', { hasText: list }) }).first()
    const buttons = section.locator('[class*=group-members__action-btn__icon]')
    await (way === 'add' ? buttons.first() : buttons.last()).click()
    await this.page.locator('[class*=dialog] [class*=list__item]', { hasText: who }).first().click()
    await this.page.locator('[class*=dialog] .tui-button-blue-primary').click()
  }

  async tip(words: RegExp): Promise<void> {
    await this.page.locator(this.part.tip, { hasText: words }).last().waitFor()
  }

  /** tips is how many lines there are of these words. */
  tips(words: RegExp): Promise<number> {
    return this.page.locator(this.part.tip, { hasText: words }).count()
  }

  /** failed waits until a message of mine bears the mark of what was not sent. */
  async failed(text: string): Promise<void> {
    await this.page.locator(this.part.line, { hasText: text }).locator(this.part.failure).waitFor()
  }

  async type(text: string): Promise<void> {
    await this.page.fill('[contenteditable]', text)
  }

  async say(text: string): Promise<void> {
    await this.type(text)
    await this.page.locator('[contenteditable]').press('Enter')
  }

  bubble(text: string): Locator {
    return this.page.locator(this.part.bubble, { hasText: text })
  }

  /** says waits for a message that has this text and no other. */
  says(text: string): Promise<void> {
    return this.page.locator(this.part.bubble).getByText(text, { exact: true }).last().waitFor()
  }

  /** sees waits for the one message with this text. */
  async sees(text: string): Promise<void> {
    await this.page.waitForFunction(([bubble, text]) => [...document.querySelectorAll(bubble!)].some((b) => b.textContent!.includes(text!)), [this.part.bubble, text])
    expect(await this.bubble(text).count()).toBe(1)
  }

  /** texts are the messages of the open chat, from the top. */
  texts(): Promise<string[]> {
    return this.page.locator(this.part.bubble).allInnerTexts()
  }

  /** read is the mark of a message of mine that the other has read it. */
  read(text: string): Locator {
    return this.page.locator(this.part.line, { hasText: text }).locator('[class*=read-status]', { hasText: /^Read$/ })
  }

  /** recalled waits for so many lines in the place of messages that were taken back. */
  async recalled(n: number): Promise<void> {
    await this.page.waitForFunction(([line, n]) => document.querySelectorAll(line).length === n, [this.part.recalled, n] as const)
  }

  /** pictures waits for so many pictures in the chat that are loaded from the server. */
  async pictures(n: number): Promise<void> {
    await this.page.waitForFunction((n) => [...document.querySelectorAll<HTMLImageElement>('.chat img')].filter((i) => i.src.includes('/media/') && i.naturalWidth > 0).length === n, n)
  }

  /** choose takes an entry of a message's menu. */
  async choose(text: string, entry: string): Promise<void> {
    const items = this.page.locator('[role=menuitem]')
    const gone = () => ![...document.querySelectorAll('[role=menuitem]')].some((item) => item.checkVisibility())
    await this.page.waitForFunction(gone) // the menu before this one fades out
    await this.bubble(text).click({ button: 'right' })
    await items.getByText(entry, { exact: true }).filter({ visible: true }).last().click()
    await this.page.waitForFunction(gone)
  }

  /** attach sends a file by the kit's button. */
  async attach(kind: 'image' | 'file', name: string, mimeType: string, buffer: Buffer): Promise<void> {
    if (!(await this.page.locator(this.part[kind]).isVisible())) await this.page.click(this.part.attach)
    const chooser = this.page.waitForEvent('filechooser')
    await this.page.click(this.part[kind])
    await (await chooser).setFiles({ name, mimeType, buffer })
  }

  shot(name: string): Promise<void> {
    return this.house.shot(this.page, `${name}-${this.id}`)
  }
}
