// A network between pages and a server that can be cut.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** startNetwork listens on a port of its own and passes on to that of a server. */
export async function startNetwork(port) {
  const network = new Network(port)
  await network.start()
  return network
}

class Network {
  #to
  #sockets = new Set()
  #listener
  #broken = false

  constructor(to) {
    this.#to = to
  }

  async start() {
    this.#listener = createServer((near) => {
      if (this.#broken) return near.destroy()
      const far = connect(this.#to, '127.0.0.1')
      for (const [one, other] of [[near, far], [far, near]]) {
        this.#sockets.add(one)
        one.pipe(other)
        one.on('error', () => {})
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    }).listen(0, '127.0.0.1')
    await once(this.#listener, 'listening')
  }

  /** Where pages find the server through it. */
  get origin() {
    return `http://127.0.0.1:${this.#listener.address().port}`
  }

  /** cut ends all connections, and lets none through until mend. */
  cut() {
    this.#broken = true
    for (const one of this.#sockets) one.destroy()
  }

  mend() {
    this.#broken = false
  }

  async stop() {
    this.cut()
    this.#listener.close()
    await once(this.#listener, 'close')
  }
}
