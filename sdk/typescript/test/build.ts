// Builds the server once; TEAHOUSE names one that is built already.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export default function setup(): void {
  if (process.env.TEAHOUSE) return
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const path = fileURLToPath(new URL('../node_modules/.cache/teahouse', import.meta.url))
  execFileSync('go', ['build', '-buildvcs=false', '-o', path, './cmd/teahouse'], { cwd: root, stdio: 'inherit' })
  process.env.TEAHOUSE = path
}
