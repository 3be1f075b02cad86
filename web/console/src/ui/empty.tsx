import type { ComponentChildren } from 'preact'
import { Refused } from '../api/client'
import { t } from '../i18n'
import { Button } from './button'
import { Icon } from './icon'
import { words } from './words'

/** Empty says that there is nothing, why, and what to do about it. */
export function Empty({ title, text, action }: { title: string; text: string; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name="empty" size={36} />
      <h2>{title}</h2>
      <p>{text}</p>
      {action}
    </div>
  )
}

/** Failed says why something could not be read, and lets one try again. */
export function Failed({ cause, again }: { cause: unknown; again?: () => void }) {
  const missing = cause instanceof Refused && cause.status === 404
  return (
    <div class="empty" role="alert">
      <Icon name={missing ? 'empty' : 'warning'} size={36} />
      <h2>{missing ? t('error.notThere') : t('error.title')}</h2>
      <p>{words(cause)}</p>
      {again && !missing && <Button icon="refresh" onClick={again}>{t('again')}</Button>}
    </div>
  )
}

/** Bones stand where a text or a card will be. */
export function Bones({ lines = 4 }: { lines?: number }) {
  return <div class="bones" aria-hidden="true">{Array.from({ length: lines }, (_, at) => <span key={at} class={`bone w${at % 4}`} />)}</div>
}

/** Notice is a word about the whole page. */
export function Notice({ tone = 'plain', children }: { tone?: 'plain' | 'warn' | 'bad' | 'good'; children: ComponentChildren }) {
  return <div class={`notice ${tone}`}><Icon name={tone === 'plain' ? 'info' : tone === 'good' ? 'check' : 'warning'} size={18} /><div>{children}</div></div>
}
