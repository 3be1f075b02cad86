import { signal } from '@preact/signals'
import { en } from './en'
import { zhCN } from './zh-CN'

export type Key = keyof typeof en
export type Language = 'en' | 'zh-CN'
export type Texts = Record<Key, string>

const texts: Record<Language, Texts> = { en, 'zh-CN': zhCN }
const kept = 'teahouse.console.language'

export const language = signal<Language>('en')

/** startLanguage takes the language chosen here before, else the browser's. */
export function startLanguage(): void {
  setLanguage(chosen() ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'))
}

export function setLanguage(to: Language): void {
  language.value = to
  document.documentElement.lang = to
  try {
    localStorage.setItem(kept, to)
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}

function chosen(): Language | undefined {
  try {
    const value = localStorage.getItem(kept)
    return value === 'en' || value === 'zh-CN' ? value : undefined
  } catch {
    return undefined
  }
}

/** t is the text of a key in the operator's language; {name} is replaced by the parameter. */
export function t(key: Key, params: Record<string, string | number> = {}): string {
  return texts[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}

/** known is the key if there is a text of it, for words that are made of an answer's. */
export function known(key: string): Key | undefined {
  return Object.hasOwn(en, key) ? key as Key : undefined
}
