// Words in the user's language. t('key', {name}) fills {name}; "one|many" is chosen by {n}.

import { signal } from '@preact/signals'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

export type Key = keyof typeof en
export type Language = 'en' | 'zh-CN'
export type Params = Record<string, string | number>

const tables: Record<Language, Record<Key, string>> = { en, 'zh-CN': zhCN }
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

export const language = signal<Language>(chosen())

export function setLanguage(to: Language): void {
  language.value = to
  document.documentElement.lang = to
  try {
    localStorage.setItem(kept, to)
  } catch { /* then it holds as long as the page */ }
}
document.documentElement.lang = language.value

export function t(key: Key, params?: Params): string {
  let text = tables[language.value][key]
  if (!params) return text
  const forms = text.split('|')
  if (forms.length === 2) text = new Intl.PluralRules(language.value).select(Number(params.n)) === 'one' ? forms[0]! : forms[1]!
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(params[name] ?? all))
}
