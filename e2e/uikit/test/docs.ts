// docs/uikit.md is what an application does; the pages here are built by the same lines.

import { readFileSync } from 'node:fs'

const page = readFileSync(new URL('../../../docs/uikit.md', import.meta.url), 'utf8')

/** block gives the first piece of code of the page that contains a text. */
export function block(text: string): string {
  const found = [...page.matchAll(/```\w+\n([^]*?)```/g)].map((m) => m[1]!).find((code) => code.includes(text))
  if (!found) throw new Error(`docs/uikit.md has no code with ${text}`)
  return found
}

/** alias reads which modules are put in the place of which. */
export function alias(): Record<string, string> {
  const lines = block('alias: {').match(/alias: \{([^}]*)\}/)![1]!
  return Object.fromEntries([...lines.matchAll(/'([^']+)': '([^']+)'/g)].map(([, from, to]) => [from, to]))
}

/** pictures reads from where the kits take pictures, and from where they shall. */
export function pictures(): [string, string] {
  const [, from, to] = block('replaceAll').match(/replaceAll\('([^']+)', '([^']+)'\)/)!
  return [from!, to!]
}
