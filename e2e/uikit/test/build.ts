// Builds the pages of the kits once, before the stories: into node_modules, out of the tree.

import { build, type Plugin } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { alias, pictures } from './docs.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const sdk = here('../../../sdk/typescript/src/')
export const pages = here('../node_modules/.pages/')

/** swap puts modules in the place of others, as the lines of docs/uikit.md say; ours come from their sources. */
const swap: Plugin = {
  name: 'swap',
  setup({ onResolve }) {
    for (const [from, to] of Object.entries(alias())) {
      onResolve({ filter: new RegExp(`^${from}(/|$)`) }, ({ path }) => {
        if (to !== '@teahouse-im/chat') return { path: here('../' + to) }
        return { path: sdk + (path.includes('/plugins/') ? 'plugin.ts' : 'index.ts') }
      })
    }
  },
}

export async function setup(): Promise<void> {
  rmSync(pages, { recursive: true, force: true })
  await build({
    entryPoints: { react: here('../pages/react.jsx'), vue: here('../pages/vue.mjs') },
    outdir: pages,
    bundle: true,
    format: 'esm',
    splitting: true,
    plugins: [swap],
    jsx: 'automatic',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
    loader: { '.png': 'dataurl', '.svg': 'dataurl', '.gif': 'dataurl' },
    nodePaths: [here('../node_modules')], // the SDK's mqtt
    logLevel: 'warning',
  })
  const [from, to] = pictures()
  for (const name of readdirSync(pages)) if (name.endsWith('.js')) writeFileSync(pages + name, readFileSync(pages + name, 'utf8').replaceAll(from, to))
  copyFileSync(here('../pages/page.css'), pages + 'page.css')
  process.env.TEAHOUSE ??= program()
}

/** program builds the server. */
function program(): string {
  const root = here('../../../')
  const out = pages + 'teahouse'
  execFileSync('go', ['build', '-o', out, './cmd/teahouse'], { cwd: root, stdio: 'inherit' })
  return out
}
