// Short news at the bottom, read out by screen readers.

import { signal } from '@preact/signals'
import { errorText } from '../i18n/errors.ts'

interface News {
  id: number
  text: string
  bad?: boolean
}

const news = signal<News[]>([])
let last = 0
/** How long news stay, in ms. */
const rest = 4500

export function toast(text: string, bad = false): void {
  const id = ++last
  news.value = [...news.value.filter((one) => one.text !== text), { id, text, bad }].slice(-3)
  setTimeout(() => (news.value = news.value.filter((one) => one.id !== id)), rest)
}

/** toastError says in words why something has failed. */
export function toastError(err: unknown): void {
  toast(errorText(err), true)
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {news.value.map((one) => <div key={one.id} class={`toast${one.bad ? ' bad' : ''}`}>{one.text}</div>)}
    </div>
  )
}
