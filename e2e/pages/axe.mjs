// What axe-core finds wrong for people who use a keyboard, a screen reader, or need contrast.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * accessible fails when axe-core finds something serious or critical. The page's policy lets no
 * script in: it is evaluated through the debugger, which no policy binds.
 * within: a selector; allow: rules that do not count, each with a reason beside it in the story.
 */
export async function accessible({ page }, { within = 'html', allow = [] } = {}) {
  await page.evaluate(source)
  const { violations } = await page.evaluate(
    ([within, allow]) => window.axe.run(within, { resultTypes: ['violations'], rules: Object.fromEntries(allow.map((id) => [id, { enabled: false }])) }),
    [within, allow],
  )
  const found = violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}\n  ${n.html.slice(0, 200)}\n  ${n.failureSummary.replaceAll('\n', '\n  ')}`))
  assert.deepEqual(found, [], 'axe-core finds something serious')
}
