// Builds the page into dist/: hashed names, no dates, no paths, the same bytes each time.
// The first load may be 200 kB compressed, not more; the build fails above it.

import { build } from 'esbuild'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const bound = 200_000
process.chdir(here)

rmSync('dist', { recursive: true, force: true })
const result = await build({
  absWorkingDir: here, // names of inputs, and so hashes, must not depend on where one calls from
  entryPoints: { app: 'src/main.tsx' },
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: ['es2022', 'chrome109', 'safari16', 'firefox115'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  alias: { '@teahouse-im/chat': '../../sdk/typescript/src/index.ts', mqtt: './node_modules/mqtt' },
  loader: { '.svg': 'text', '.lazy.css': 'text' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

const outputs = Object.entries(result.metafile.outputs)
const named = (test) => outputs.find(([name, out]) => test(name, out))[0]
const script = named((_, out) => out.entryPoint === 'src/main.tsx')
const style = result.metafile.outputs[script].cssBundle

/** first is what the page loads before anything is clicked: the entry, and what it imports without waiting. */
function first(name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const one of result.metafile.outputs[name].imports) if (one.kind === 'import-statement') first(one.path, seen)
  return seen
}
const loaded = [...first(script)]
const html = readFileSync('src/index.html', 'utf8')
  .replace('%CSS%', style.replace('dist/', './'))
  .replace('%SCRIPT%', script.replace('dist/', './'))
  .replace('%PRELOAD%', loaded.filter((n) => n !== script).map((n) => `<link rel="modulepreload" href="./${n.replace('dist/', '')}">`).join('\n    '))
mkdirSync('dist', { recursive: true })
writeFileSync('dist/index.html', html)
for (const name of ['icon.svg', 'theme.js']) writeFileSync(join('dist', name), readFileSync(join('src', name)))

const size = (name) => gzipSync(readFileSync(name), { level: 9 }).length
const total = [...loaded, style, 'dist/index.html', 'dist/theme.js', 'dist/icon.svg'].reduce((sum, name) => sum + size(name), 0)
console.log(`web/chat: first load ${(total / 1000).toFixed(1)} kB compressed, of ${bound / 1000}`)
if (total > bound) {
  for (const name of [...loaded, style]) console.error(`  ${size(name)} ${name}`)
  console.error('web/chat: the first load is too large')
  process.exit(1)
}
