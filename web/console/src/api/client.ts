import { signal } from '@preact/signals'
import type { Query } from '../route'

/** Refused is an answer of the operator API that is not the one hoped for. */
export class Refused extends Error {
  constructor(
    readonly status: number, // 0: no answer came
    readonly code: string,
    message: string,
    readonly retrySeconds?: number, // after which it may be tried again
    readonly imCode?: number, // the core's own number of a refusal
  ) {
    super(message)
  }
}

interface Problem {
  code?: string
  message?: string
  retry_seconds?: number
  im_code?: number
}

/** csrf goes with every call that changes something; the answer about the session brings it. */
let csrf = ''

export function setCSRF(token: string): void {
  csrf = token
}

/** expired counts answers that say that there is no session (any more). */
export const expired = signal(0)

const root = '/operator/v1/'

/** address is a path of the API: its parts are escaped. */
export function address(parts: (string | number)[], query: Query = {}): string {
  const text = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') text.set(key, String(value))
  const tail = text.toString()
  return root + parts.map((part) => encodeURIComponent(part)).join('/') + (tail ? '?' + tail : '')
}

export function get<T>(parts: (string | number)[], query?: Query, abort?: AbortSignal): Promise<T> {
  return call<T>('GET', address(parts, query), undefined, abort)
}

/** poll is a get that nobody has asked for: it does not keep the session. */
export function poll<T>(parts: (string | number)[], query?: Query, abort?: AbortSignal): Promise<T> {
  return call<T>('GET', address(parts, query), undefined, abort, { 'X-Poll': '1' })
}

export function post<T = unknown>(parts: (string | number)[], body: unknown = {}): Promise<T> {
  return call<T>('POST', address(parts), body)
}

export function put<T = unknown>(parts: (string | number)[], body: unknown): Promise<T> {
  return call<T>('PUT', address(parts), body)
}

export function patch<T = unknown>(parts: (string | number)[], body: unknown): Promise<T> {
  return call<T>('PATCH', address(parts), body)
}

export function remove<T = unknown>(parts: (string | number)[], query?: Query): Promise<T> {
  return call<T>('DELETE', address(parts, query))
}

async function call<T>(method: string, url: string, body?: unknown, abort?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...more }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  let answer: Response
  try {
    answer = await fetch(url, {
      method, headers, signal: abort, credentials: 'same-origin', cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (cause) {
    if (abort?.aborted) throw cause
    throw new Refused(0, 'unreachable', '')
  }
  return read<T>(answer)
}

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text().catch(() => '')
  const content = parse(text) as { error?: Problem } | undefined
  if (answer.ok) return content as T
  const problem = content?.error ?? {}
  if (answer.status === 401 && problem.code !== 'wrong_login') expired.value++
  throw new Refused(answer.status, problem.code ?? 'http_' + answer.status, problem.message ?? '', problem.retry_seconds, problem.im_code)
}

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
