import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { ago, moment } from '../i18n/format'
import { Button } from './button'
import { say } from './toast'

/** Time is a moment in words, its exact time when one points at it. */
export function Time({ at, exact }: { at: number; exact?: boolean }) {
  if (!at) return <span class="dim">{t('never')}</span>
  return <time dateTime={new Date(at).toISOString()} title={moment(at)}>{exact ? moment(at) : ago(at)}</time>
}

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>
}

export function Online({ on }: { on: boolean }) {
  return <span class={on ? 'presence on' : 'presence'}>{on ? t('online') : t('offline')}</span>
}

/** Copy puts a text on the clipboard. */
export function Copy({ text, words }: { text: string; words?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      say(t('copied'), 'good')
      setTimeout(() => setCopied(false), 2000)
    } catch {
      say(t('copy.failed'), 'bad')
    }
  }
  return <Button small kind={words ? 'plain' : 'quiet'} icon={copied ? 'check' : 'copy'} label={words ? undefined : t('copy')} onClick={() => void copy()}>{words}</Button>
}

/** Id is a name of the machine's kind, cut where there is no room, whole when one points at it. */
export function Id({ children, href }: { children: string; href?: string }) {
  return href ? <a class="id" href={href} title={children}>{children}</a> : <span class="id" title={children}>{children}</span>
}

/** Avatar is the first letter on a colour of the name's: pictures of users are not fetched here. */
export function Avatar({ name, id }: { name: string; id: string }) {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)!) % 6
  return <span class={`avatar a${sum}`} aria-hidden="true">{[...(name || id)][0]?.toUpperCase() ?? '?'}</span>
}

/** Card is a part of a page with a name. */
export function Card({ title, aside, children, pad = true }: { title?: string; aside?: ComponentChildren; children: ComponentChildren; pad?: boolean }) {
  return (
    <section class={pad ? 'card' : 'card flush'}>
      {(title || aside) && <header class="card-head">{title && <h2>{title}</h2>}{aside && <div class="card-aside">{aside}</div>}</header>}
      <div class="card-body">{children}</div>
    </section>
  )
}

/** Code is a text of the machine's kind, to read and to copy. */
export function Code({ text, label, tall }: { text: string; label: string; tall?: boolean }) {
  return (
    <div class={tall ? 'code tall' : 'code'}>
      <pre tabIndex={0} aria-label={label}><code>{text}</code></pre>
      <div class="code-copy"><Copy text={text} /></div>
    </div>
  )
}
