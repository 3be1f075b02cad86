import { effect, signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'
const key = 'teahouse.console.theme'

export const theme = signal<Theme>('auto')

/** startTheme takes the operator's choice, and keeps the page and the storage to it. */
export function startTheme(): void {
  const kept = read()
  if (kept === 'light' || kept === 'dark') theme.value = kept
  effect(() => {
    if (theme.value === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme.value
    keep(theme.value)
  })
}

function read(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function keep(value: Theme): void {
  try {
    if (value === 'auto') localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}
