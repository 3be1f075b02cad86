// Gives a page's script what it finds in a browser, then runs it: the browser's
// build of MQTT.js, WebSocket and Worker, and the few elements that the script names.
// Lines on stdin go into the form.
//
//   node page.mjs SCRIPT MQTT.MIN.JS HASH

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import { Worker as Thread } from 'node:worker_threads'

const [script, library, hash] = process.argv.slice(2)
const elements = new Map()
globalThis.window = globalThis.self = globalThis
globalThis.WebSocket = createRequire(library)('ws')
if (!globalThis.navigator) globalThis.navigator = { userAgent: 'a browser' } // Node has one from version 21 on
globalThis.location = { hash: '#' + encodeURIComponent(hash) }
// Worker is what MQTT.js keeps its time with; the script comes as a Blob.
globalThis.Blob = class { constructor(parts) { this.script = parts.join('') } }
URL.createObjectURL = (blob) => blob.script
URL.revokeObjectURL = () => {}
globalThis.Worker = class {
  constructor(script) {
    this.thread = new Thread(`const { parentPort } = require('node:worker_threads')
      globalThis.postMessage = (m) => parentPort.postMessage(m)
      globalThis.addEventListener = (kind, f) => parentPort.on('message', (data) => f({ data }))
      ${script}`, { eval: true })
  }
  postMessage(m) { this.thread.postMessage(m) }
  addEventListener(kind, f) { this.thread.on('message', (data) => f({ data })) }
}
globalThis.document = {
  set title(text) { console.log('title:', text) },
  createElement: () => ({}),
  querySelector(name) {
    if (!elements.has(name)) elements.set(name, { append: (line) => console.log(line.textContent) })
    return elements.get(name)
  },
}
runInThisContext(readFileSync(library, 'utf8'))
await import(pathToFileURL(script))
createInterface({ input: process.stdin }).on('line', (line) => {
  document.querySelector('#text').value = line
  document.querySelector('#say').onsubmit({ preventDefault() {} })
}).on('close', () => process.exit(0))
