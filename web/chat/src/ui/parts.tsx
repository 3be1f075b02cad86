// Small parts: fields, switches, badges, rows, empty places, what stands there while waiting.

import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { Icon, type IconName } from './Icon.tsx'

type Input = Omit<JSX.HTMLAttributes<HTMLInputElement>, 'label' | 'class'>

export interface FieldProps extends Input {
  label: string
  hint?: string
  error?: string
  value: string
  change: (text: string) => void
  type?: string
  placeholder?: string
  maxLength?: number
  autocomplete?: string
  inputMode?: 'text' | 'numeric' | 'search'
  required?: boolean
  readOnly?: boolean
  disabled?: boolean
  name?: string
}

export function Field({ label, hint, error, value, change, ...rest }: FieldProps) {
  const id = useId()
  return (
    <label class={`field${error ? ' wrong' : ''}`}>
      <span>{label}</span>
      <input {...rest} value={value} aria-invalid={error ? true : undefined} aria-describedby={hint || error ? id : undefined} onInput={(e) => change(e.currentTarget.value)} />
      {(error || hint) && <small id={id}>{error || hint}</small>}
    </label>
  )
}

export function SearchField({ label, value, change, ...rest }: { label: string; value: string; change: (text: string) => void } & Input) {
  return (
    <label class="search-field">
      <Icon name="search" size={18} />
      <input {...rest} type="search" aria-label={label} placeholder={label} value={value} onInput={(e) => change(e.currentTarget.value)} />
    </label>
  )
}

export function Switch({ label, hint, on, change, disabled }: { label: string; hint?: string; on: boolean; change: (on: boolean) => void; disabled?: boolean }) {
  return (
    <label class="switch-row">
      <span><span>{label}</span>{hint && <small>{hint}</small>}</span>
      <input type="checkbox" role="switch" class="switch" checked={on} disabled={disabled} onChange={(e) => change(e.currentTarget.checked)} />
    </label>
  )
}

export function Badge({ count, quiet, label }: { count: number; quiet?: boolean; label?: string }) {
  if (count <= 0) return null
  return <span class={`badge${quiet ? ' quiet' : ''}`} aria-label={label}>{count > 99 ? '99+' : count}</span>
}

export function Empty({ icon, title, text, children }: { icon: IconName; title: string; text?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon"><Icon name={icon} size={32} /></span>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  )
}

/** Rows that stand where a list will be. */
export function SkeletonRows({ count = 8 }: { count?: number }) {
  return (
    <div class="skeletons" aria-hidden="true">
      {Array.from({ length: count }, (_, i) => (
        <div key={i} class="skeleton-row"><i class="bone round" /><div><i class="bone" /><i class="bone short" /></div></div>
      ))}
    </div>
  )
}

/** A row of a list that is one button, with room before and after the words. */
export function Row({ before, title, text, after, onClick, current, label }: {
  before?: ComponentChildren; title: ComponentChildren; text?: ComponentChildren; after?: ComponentChildren; onClick?: (e: MouseEvent) => void; current?: boolean; label?: string
}) {
  const inside = <>{before}<span class="row-words"><span class="row-title cut">{title}</span>{text && <span class="row-text cut">{text}</span>}</span>{after}</>
  if (!onClick) return <div class="row">{inside}</div>
  return <button type="button" class="row" aria-label={label} aria-current={current ? 'true' : undefined} onClick={onClick}>{inside}</button>
}

/** The head of a column: a title, and buttons beside it. */
export function Head({ title, children, back }: { title: string; children?: ComponentChildren; back?: ComponentChildren }) {
  return <header class="head">{back}<h1 class="cut">{title}</h1><div class="head-buttons">{children}</div></header>
}
