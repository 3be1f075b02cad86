import { bounded } from '../server.mjs'

/** expectText waits until an element has a text, or a text that fits. */
export async function expectText(locator, text) {
  await bounded(locator.filter({ hasText: text }).first().waitFor(), `the text ${text}`)
}

/** gone waits until nothing fits a locator any more. */
export const gone = (locator) => locator.first().waitFor({ state: 'hidden' })
