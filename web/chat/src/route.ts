// Where the page is, in the part of the address behind #: #/c/C2Cbob, #/c/GROUPx, #/contacts,
// #/search, #/me, #/settings. A login link (#/login?app=…&user=…&sig=…) vanishes once it is read.

import { computed, signal } from '@preact/signals'

export interface Route {
  /** '' is the list of conversations; c, contacts, search, me, settings. */
  name: string
  /** What comes behind the name, unescaped. */
  path: string[]
}

function unescape(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function parse(hash: string): Route {
  const [way = ''] = hash.replace(/^#\/?/, '').split('?')
  const [name = '', ...path] = way.split('/').filter(Boolean).map(unescape)
  return { name, path }
}

export const route = signal<Route>(parse(location.hash))
addEventListener('hashchange', () => (route.value = parse(location.hash)))

/** The conversation that is open; '' when none is. */
export const openID = computed(() => (route.value.name === 'c' ? (route.value.path[0] ?? '') : ''))
/** The number of a message that an address points at: #/c/C2Cbob/42. */
export const openSeq = computed(() => (route.value.name === 'c' ? Number(route.value.path[1] ?? 0) : 0))

export const hrefOf = (...parts: (string | number)[]): string => '#/' + parts.map((one) => encodeURIComponent(one)).join('/')

/** go opens a place; replace leaves no step in the history of the browser. */
export function go(parts: (string | number)[], replace = false): void {
  const to = hrefOf(...parts)
  if (to === location.hash) return
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  route.value = parse(to)
}
addEventListener('popstate', () => (route.value = parse(location.hash)))

export const openConversation = (id: string, sequence?: number): void => go(sequence ? ['c', id, sequence] : ['c', id])

export interface LoginLink {
  app: number
  user: string
  sig: string
}

/** takeLogin reads a login link, and removes it from the address and the history. */
export function takeLogin(): LoginLink | null {
  if (!/^#\/?login\?/.test(location.hash)) return null
  const asked = new URLSearchParams(location.hash.slice(location.hash.indexOf('?') + 1))
  history.replaceState(null, '', location.pathname + location.search + '#/' + (asked.get('to') ?? ''))
  route.value = parse(location.hash)
  const app = Number(asked.get('app'))
  const user = asked.get('user') ?? ''
  const sig = asked.get('sig') ?? ''
  return app > 0 && user && sig ? { app, user, sig } : null
}
