// coturn with the very lines that docs/calls.md shows, and the settings beside them.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bounded } from '../pages/server.mjs'

const page = readFileSync(new URL('../../docs/calls.md', import.meta.url), 'utf8')

/** shown is the one block of the page that has a line which begins so. */
function shown(line) {
  const found = [...page.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text]) => text).filter((text) => text.split('\n').some((one) => one.startsWith(line)))
  if (found.length !== 1) throw new Error(`docs/calls.md has ${found.length} blocks with ${line}`)
  return found[0]
}

/** The line by which the page forbids relaying into one's own networks. */
const denied = /`(denied-peer-ip=[^`]+)`/.exec(page)[1]

/** startCoturn runs it, and resolves when it listens at host. settings are those of teahouse for it. */
export async function startCoturn(host) {
  const dir = mkdtempSync(join(tmpdir(), 'teahouse-coturn-'))
  const file = join(dir, 'turnserver.conf')
  const lines = shown('use-auth-secret')
  const settings = shown('  turn:').replaceAll('turn.example.com', host).replace('/etc/teahouse/turn.secret', join(dir, 'turn.secret'))
  writeFileSync(file, `${lines}${denied}\n`)
  writeFileSync(join(dir, 'turn.secret'), /^static-auth-secret=(.*)$/m.exec(lines)[1] + '\n')
  const own = ['--verbose', '--no-cli', '--log-file', 'stdout', '--pidfile', join(dir, 'pid'), '--db', join(dir, 'turndb')]
  const running = spawn('turnserver', ['-c', file, ...own], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(running, 'exit')
  let said = ''
  const listens = new Promise((resolve) => {
    for (const out of [running.stdout, running.stderr]) out.on('data', (text) => {
      said += text
      if (said.includes(`UDP listener opened on: ${host}:3478`)) resolve()
    })
  })
  const gone = ended.then(() => Promise.reject(new Error(`coturn has ended:\n${said}`)))
  gone.catch(() => {})
  await bounded(Promise.race([listens, gone]), 'coturn').catch((err) => {
    running.kill('SIGKILL')
    throw new Error(`${err.message}\n${said}`)
  })
  return {
    settings,
    async stop() {
      running.kill('SIGKILL')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
