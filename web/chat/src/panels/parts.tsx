// Parts that panels share: sections of lines, the large head of a user or a group, choices.

import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { adopt } from '../style/adopt.ts'
import css from '../style/panels.lazy.css'
import { Avatar } from '../ui/Avatar.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'

adopt(css)

export function Section({ title, children, after }: { title?: string; children: ComponentChildren; after?: ComponentChildren }) {
  const id = useId()
  return (
    <section class="section" aria-labelledby={title ? id : undefined}>
      {title && <div class="section-head"><h3 id={id}>{title}</h3>{after}</div>}
      <div class="section-body">{children}</div>
    </section>
  )
}

export interface LineProps {
  icon?: IconName
  text: string
  /** What it is set to at present. */
  value?: string
  /** Shown below, over several lines. */
  long?: string
  danger?: boolean
  badge?: ComponentChildren
  onClick?: (e: MouseEvent) => void
}

/** A line is a fact; with onClick it is a button that changes it or leads on. */
export function Line({ icon, text, value, long, danger, badge, onClick }: LineProps) {
  const inside = (
    <>
      {icon && <Icon name={icon} size={20} />}
      <span class="line-words"><span class="line-text">{text}</span>{long && <span class="line-long">{long}</span>}</span>
      {value !== undefined && <span class="line-value cut">{value}</span>}
      {badge}
      {onClick && !danger && <Icon name="next" size={16} />}
    </>
  )
  if (!onClick) return <div class="line">{inside}</div>
  return <button type="button" class={`line${danger ? ' danger' : ''}`} onClick={onClick}>{inside}</button>
}

export function Portrait({ id, name, url, square, online, under, children, onPicture, pictureLabel }: {
  id: string; name: string; url?: string; square?: boolean; online?: boolean; under?: ComponentChildren; children?: ComponentChildren
  onPicture?: (e: MouseEvent) => void; pictureLabel?: string
}) {
  const picture = <Avatar id={id} name={name} url={url} size={88} square={square} online={online} />
  return (
    <div class="portrait">
      {onPicture ? <button type="button" class="portrait-picture" aria-label={pictureLabel} title={pictureLabel} onClick={onPicture}>{picture}<span class="portrait-edit"><Icon name="edit" size={16} /></span></button> : picture}
      <h2>{name}</h2>
      {under && <p class="muted">{under}</p>}
      {children && <div class="portrait-buttons">{children}</div>}
    </div>
  )
}

/** A large button below a portrait: a picture above a word. */
export function Act({ icon, text, onClick, pressed }: { icon: IconName; text: string; onClick: () => void; pressed?: boolean }) {
  return <button type="button" class="act" aria-pressed={pressed} onClick={onClick}><Icon name={icon} size={22} /><span>{text}</span></button>
}

export interface Choice<T extends string> {
  value: T
  text: string
  hint?: string
}

/** Choices: one of a few, all in sight; inline: side by side. */
export function Choices<T extends string>({ label, value, all, change, inline }: { label: string; value: T; all: Choice<T>[]; change: (to: T) => void; inline?: boolean }) {
  const name = useId()
  return (
    <fieldset class={`choices${inline ? ' inline' : ''}`}>
      <legend>{label}</legend>
      {all.map((one) => (
        <label key={one.value} class="choice">
          <input type="radio" name={name} checked={one.value === value} onChange={() => change(one.value)} />
          <span><span>{one.text}</span>{one.hint && <small>{one.hint}</small>}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** Tabs above a list. Arrows move between them. */
export function Tabs<T extends string>({ label, value, all, change }: { label: string; value: T; all: { value: T; text: string; count?: number }[]; change: (to: T) => void }) {
  const move = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key]
    if (!step) return
    e.preventDefault()
    const to = all[(all.findIndex((one) => one.value === value) + step + all.length) % all.length]!
    change(to.value)
    ;(e.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-tab="${to.value}"]`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {all.map((one) => (
        <button key={one.value} type="button" role="tab" class="tab" data-tab={one.value} aria-selected={one.value === value} tabIndex={one.value === value ? 0 : -1} onClick={() => change(one.value)}>
          {one.text}{one.count ? <span class="tab-count">{one.count}</span> : null}
        </button>
      ))}
    </div>
  )
}

/** A word in a small frame, such as a role. */
export const Tag = ({ text, accent }: { text: string; accent?: boolean }) => <span class={`tag${accent ? ' accent' : ''}`}>{text}</span>
