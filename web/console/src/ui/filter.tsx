import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { route, setQuery } from '../route'
import { Icon } from './icon'
import type { Choice } from './field'

const pause = 300 // ms after the last key, so that the server is not asked for each letter

export function Filters({ children, aside }: { children: ComponentChildren; aside?: ComponentChildren }) {
  return <div class="filters" role="search">{children}{aside && <div class="filters-aside">{aside}</div>}</div>
}

/** FilterText is a member of the address's query: the list follows it. */
export function FilterText({ name, label, icon = 'search' }: { name: string; label: string; icon?: 'search' }) {
  const id = useId()
  const now = route.value.query[name] ?? ''
  const [text, setText] = useState(now)
  const timer = useRef(0)
  useEffect(() => { if (now !== text.trim()) setText(now) }, [now])
  useEffect(() => () => clearTimeout(timer.current), [])
  const set = (value: string) => setQuery({ [name]: value.trim() || undefined, cursor: undefined })
  return (
    <div class="filter">
      <label for={id} class="unseen">{label}</label>
      <Icon name={icon} size={16} />
      <input id={id} class="input" type="search" placeholder={label} value={text} spellcheck={false} autocomplete="off" autocapitalize="off"
        onInput={(event) => {
          const value = event.currentTarget.value
          setText(value)
          clearTimeout(timer.current)
          timer.current = window.setTimeout(() => set(value), pause)
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          clearTimeout(timer.current)
          set(event.currentTarget.value)
        }} />
    </div>
  )
}

export function FilterSelect({ name, label, choices }: { name: string; label: string; choices: Choice[] }) {
  const id = useId()
  const now = route.value.query[name] ?? ''
  return (
    <div class="filter">
      <label for={id} class="unseen">{label}</label>
      <select id={id} class="input" value={now} onChange={(event) => setQuery({ [name]: event.currentTarget.value || undefined, cursor: undefined })}>
        {choices.map(([value, text]) => <option key={value} value={value} selected={value === now}>{text}</option>)}
      </select>
    </div>
  )
}

/** FilterTime is a moment of the address's query, in milliseconds. */
export function FilterTime({ name, label }: { name: string; label: string }) {
  const id = useId()
  const now = Number(route.value.query[name] ?? 0)
  return (
    <div class="filter labelled">
      <label for={id}>{label}</label>
      <input id={id} class="input" type="datetime-local" value={local(now)}
        onChange={(event) => setQuery({ [name]: Date.parse(event.currentTarget.value) || undefined, cursor: undefined })} />
    </div>
  )
}

/** local is the form of a moment that the browser's field wants, in the operator's zone. */
function local(ms: number): string {
  if (!ms) return ''
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000)
  return at.toISOString().slice(0, 16)
}
