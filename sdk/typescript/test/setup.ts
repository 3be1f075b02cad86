// Builds the server and starts it once, for all files; TEAHOUSE names one that is built already.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Server, testFiles } from './server.ts'

export default async function setup(): Promise<() => Promise<void>> {
  process.env.TEAHOUSE ??= build()
  const server = await Server.start('--apps', String(testFiles().length))
  server.share()
  return () => server.close()
}

function build(): string {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const path = fileURLToPath(new URL('../../../bin/teahouse-sdk', import.meta.url))
  execFileSync('go', ['build', '-buildvcs=false', '-o', path, './cmd/teahouse'], { cwd: root, stdio: 'inherit' })
  return path
}
