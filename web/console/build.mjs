// Builds the console into dist: hashed names, no dates, no paths of the machine, so that
// the same sources give the same bytes. It fails when the first load has grown too large.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const firstLoadLimit = 150_000 // bytes, gzip
const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, 'dist')

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { main: 'src/main.tsx' },
  outdir: 'dist/assets',
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: ['es2022', 'chrome109', 'safari16', 'firefox115'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

const outputs = metafile.outputs
const entry = Object.keys(outputs).find((name) => outputs[name].entryPoint === 'src/main.tsx')
const styles = outputs[entry].cssBundle
const scripts = [...reach(entry)]

for (const name of ['icon.svg', 'theme.js']) copyFileSync(join(here, 'src', name), join(dist, name))
const page = readFileSync(join(here, 'src/index.html'), 'utf8')
  .replace('<!-- head -->', [
    '<link rel="icon" type="image/svg+xml" href="./icon.svg">',
    '<script src="./theme.js"></script>',
    `<link rel="stylesheet" href="${local(styles)}">`,
    ...scripts.slice(1).map((name) => `<link rel="modulepreload" href="${local(name)}">`),
    `<script type="module" src="${local(entry)}"></script>`,
  ].join('\n    '))
writeFileSync(join(dist, 'index.html'), page)

const firstLoad = [...scripts, styles, 'dist/index.html', 'dist/theme.js', 'dist/icon.svg']
  .reduce((sum, name) => sum + gzipSync(readFileSync(join(here, name)), { level: 9 }).length, 0)
console.log(`console: first load ${firstLoad} bytes gzip of ${firstLoadLimit}`)
if (firstLoad > firstLoadLimit) process.exit(1)

// reach names the file and all that it imports at once.
function reach(name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const { path, kind } of outputs[name].imports) if (kind === 'import-statement') reach(path, seen)
  return seen
}

function local(name) {
  return './' + relative('dist', name)
}
