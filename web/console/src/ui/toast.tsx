import { signal } from '@preact/signals'
import { t } from '../i18n'
import { words } from './words'
import { Icon } from './icon'

type Tone = 'plain' | 'good' | 'bad'
interface Toast { id: number; text: string; tone: Tone }

const toasts = signal<Toast[]>([])
const stays = 6000 // ms
let made = 0

/** say shows a short word that goes away by itself; a screen reader says it too. */
export function say(text: string, tone: Tone = 'plain'): void {
  const id = ++made
  toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { id, text, tone }].slice(-3)
  setTimeout(() => drop(id), stays)
}

export function failed(cause: unknown): void {
  say(words(cause), 'bad')
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <div key={id} class={`toast ${tone}`}>
          <Icon name={tone === 'bad' ? 'warning' : tone === 'good' ? 'check' : 'info'} size={18} />
          <span>{text}</span>
          <button type="button" class="button quiet bare small" aria-label={t('close')} onClick={() => drop(id)}><Icon name="close" size={14} /></button>
        </div>
      ))}
    </div>
  )
}
