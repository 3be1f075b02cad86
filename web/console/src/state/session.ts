import { computed, effect, signal } from '@preact/signals'
import { expired, get, post, Refused, setCSRF } from '../api/client'
import type { Session } from '../api/types'

/** undefined: not known yet; null: there is none. */
export const session = signal<Session | null | undefined>(undefined)
/** ended tells that a session was there and is no more, so that the login page can say so. */
export const ended = signal(false)
/** unreachable is set when the first question found no server. */
export const unreachable = signal(false)

export const canWrite = computed(() => session.value?.role === 'write')

const kept = 'teahouse.console.session' // that there was one; the session itself is a cookie that no script reads

/** startSession asks whether the browser is logged in, unless it never was, and notices when it is no more. */
export function startSession(): void {
  if (wasIn()) void ask()
  else session.value = null
  effect(() => {
    if (expired.value > 0 && session.peek()) {
      ended.value = true
      leave()
    }
  })
}

export async function ask(): Promise<void> {
  unreachable.value = false
  try {
    enter(await get<Session>(['session']))
  } catch (cause) {
    if (cause instanceof Refused && cause.status !== 401) unreachable.value = true
    else leave()
  }
}

/** enter takes the session that a login or a link has brought. */
export function enter(to: Session): void {
  setCSRF(to.csrf)
  ended.value = false
  session.value = to
  keep('yes')
}

function leave(): void {
  setCSRF('')
  session.value = null
  keep('')
}

export async function logIn(name: string, password: string): Promise<void> {
  enter(await post<Session>(['login'], { name, password }))
}

export async function logOut(): Promise<void> {
  await post(['logout']).catch(() => undefined)
  ended.value = false
  leave()
}

function wasIn(): boolean {
  try {
    return localStorage.getItem(kept) !== null
  } catch {
    return true
  }
}

function keep(value: string): void {
  try {
    if (value) localStorage.setItem(kept, value)
    else localStorage.removeItem(kept)
  } catch {
    // A browser that keeps nothing: the server is asked.
  }
}
