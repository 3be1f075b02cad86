// Two networks that cannot reach each other, with a Chromium in each. Both have a way to this
// machine, and no other: the addresses are those that RFC 5737 keeps for examples.

import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromiumPath, startBrowser } from '../pages/page.mjs'
import { bounded } from '../pages/server.mjs'

const run = promisify(execFile)
const ip = (text) => run('ip', text.split(' '))

/** The address of this machine for both. */
export const here = '203.0.113.1'

const networks = { east: '192.0.2', west: '198.51.100' }

/** layNetworks makes them. It is to be run in a network namespace of its own, with which they go. */
export async function layNetworks() {
  await ip('link set lo up')
  for (const [name, net] of Object.entries(networks)) {
    await ip(`netns add ${name}`)
    await ip(`link add ${name} type veth peer name eth0 netns ${name}`)
    await ip(`addr add ${net}.1/24 dev ${name}`)
    await ip(`link set ${name} addrgenmode none up`)
    await ip(`-n ${name} link set lo up`)
    await ip(`-n ${name} addr add ${net}.2/24 dev eth0`)
    await ip(`-n ${name} link set eth0 addrgenmode none`)
    await ip(`-n ${name} link set eth0 up`)
    await ip(`-n ${name} route add ${here}/32 via ${net}.1`)
  }
  await ip(`addr add ${here}/32 dev east`)
  await bounded(Promise.all(Object.keys(networks).map(carries)), 'the networks')
}

/**
 * carries waits until the kernel says that a network is up. Chromium breaks off what it loads
 * when a network changes, so nothing may change any more; an address of IPv6 would, later.
 */
async function carries(name) {
  let link
  do [link] = JSON.parse((await ip(`-n ${name} -j link show eth0`)).stdout)
  while (link.operstate !== 'UP')
}

/** startBrowserIn begins a Chromium in a network; pages of origin may use its made up devices. */
export async function startBrowserIn(name, origin) {
  const dir = mkdtempSync(join(tmpdir(), 'teahouse-turn-'))
  const executablePath = join(dir, 'chromium')
  writeFileSync(executablePath, `#!/bin/sh\nexec ip netns exec ${name} '${chromiumPath}' "$@"\n`)
  chmodSync(executablePath, 0o755)
  const browser = await startBrowser({ fakeMedia: true, executablePath, args: [`--unsafely-treat-insecure-origin-as-secure=${origin}`] })
  return {
    openPage: (...all) => browser.openPage(...all),
    close: () => browser.close().finally(() => rmSync(dir, { recursive: true, force: true })),
  }
}
