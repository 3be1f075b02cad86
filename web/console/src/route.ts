import { computed, signal } from '@preact/signals'

/** Route is where the operator is: the parts of the hash's path, and its query. */
export interface Route {
  path: string[]
  query: Record<string, string>
}

export type Query = Record<string, string | number | undefined>

/** parse reads a hash such as "#/apps/1400000001/users?prefix=al". */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  return {
    path: path.split('/').filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

/** link is the hash of a place: its parts are escaped, empty members of the query left out. */
export function link(path: (string | number)[], query: Query = {}): string {
  const text = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') text.set(key, String(value))
  const tail = text.toString()
  return '#/' + path.map((part) => encodeURIComponent(part)).join('/') + (tail ? '?' + tail : '')
}

const hash = signal(location.hash)
addEventListener('hashchange', () => { hash.value = location.hash })

export const route = computed(() => parse(hash.value))

/** go moves to a place, as following a link to it does. */
export function go(to: string): void {
  location.hash = to
}

/** replace moves to a place without a step of its own in the browser's history. */
export function replace(to: string): void {
  history.replaceState(null, '', to)
  hash.value = to
}

/** setQuery changes members of the query where the operator is. */
export function setQuery(change: Query): void {
  replace(link(route.value.path, { ...route.value.query, ...change }))
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
