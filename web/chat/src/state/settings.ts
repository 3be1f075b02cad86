// What a user prefers on this device; kept in localStorage.

import { effect, signal } from '@preact/signals'

function read<T extends string>(name: string, allowed: readonly T[], usual: T): T {
  try {
    const value = localStorage.getItem('teahouse.' + name) as T
    return allowed.includes(value) ? value : usual
  } catch {
    return usual
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem('teahouse.' + name, value)
  } catch { /* then it holds as long as the page */ }
}

export type Theme = 'system' | 'light' | 'dark'
export const theme = signal<Theme>(read('theme', ['system', 'light', 'dark'] as const, 'system'))
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
  write('theme', theme.value)
})

/** Enter sends; off: Ctrl+Enter sends, and Enter is a new line. */
export const enterSends = signal(read('enter', ['on', 'off'] as const, 'on') === 'on')
effect(() => write('enter', enterSends.value ? 'on' : 'off'))

/** A short sound for what comes while the page is not looked at. */
export const sound = signal(read('sound', ['on', 'off'] as const, 'on') === 'on')
effect(() => write('sound', sound.value ? 'on' : 'off'))

/** Notices of the system for what comes while the page is not looked at. */
export const notices = signal(read('notices', ['on', 'off'] as const, 'off') === 'on')
effect(() => write('notices', notices.value ? 'on' : 'off'))
