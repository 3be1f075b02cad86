// Words in the user's language. t('key', {name}) fills {name}; "one|many" is chosen by {n}.

import { signal } from '@preact/signals'
import { en } from './en.ts'
import type { en as panels } from './en-panels.ts'

export type Key = keyof typeof en | keyof typeof panels
export type Language = 'en' | 'zh-CN'
export type Params = Record<string, string | number>

type Words = Partial<Record<Key, string>>

/** The words of each language, as far as they are loaded; English is, but for those of panels. */
const tables = new Map<Language, Words>([['en', en]])
const ofPanels: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('./en-panels.ts')).en,
  'zh-CN': async () => (await import('./zh-CN-panels.ts')).zhCN,
}
/** Whether a panel was opened: then each language needs its words. */
let panelsSpeak = false
const kept = 'teahouse.language'

function chosen(): Language {
  const saved = read(kept)
  if (saved === 'en' || saved === 'zh-CN') return saved
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // storage is closed to this page
  }
}

export const language = signal<Language>('en')

/** panelWords resolves when the words of panels are there, in the language that is spoken then. */
export async function panelWords(): Promise<void> {
  panelsSpeak = true
  let loaded: Language | undefined
  while (loaded !== language.value) await addPanels((loaded = language.value))
}

async function addPanels(to: Language): Promise<void> {
  const table = tables.get(to)!
  if (!table.searchFor) tables.set(to, { ...table, ...(await ofPanels[to]()) })
}

/** speak loads the words of a language, and shows the page in it. */
async function speak(to: Language): Promise<void> {
  if (to === 'zh-CN' && !tables.has(to)) tables.set(to, (await import('./zh-CN.ts')).zhCN)
  if (panelsSpeak) await addPanels(to)
  language.value = to
  document.documentElement.lang = to
}

/** ready resolves when the words of the user's language are there. */
export const ready = speak(chosen()).catch(() => speak('en'))

export async function setLanguage(to: Language): Promise<void> {
  await speak(to)
  try {
    localStorage.setItem(kept, to)
  } catch { /* then it holds as long as the page */ }
}

export function t(key: Key, params?: Params): string {
  let text = tables.get(language.value)![key]!
  if (!params) return text
  const forms = text.split('|')
  if (forms.length === 2) text = new Intl.PluralRules(language.value).select(Number(params.n)) === 'one' ? forms[0]! : forms[1]!
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(params[name] ?? all))
}
