import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface FieldProps {
  label: string
  value: string
  onInput: (value: string) => void
  hint?: string
  problem?: string
  type?: 'text' | 'password' | 'number' | 'search' | 'datetime-local'
  placeholder?: string
  autocomplete?: string
  mono?: boolean
  plain?: boolean // no help of the keyboard: names and keys are no prose
  rows?: number // of a text of several lines
  disabled?: boolean
  required?: boolean
  unit?: string
  focus?: boolean
}

/** Field is a text with its label, a hint below, and what is wrong with it. */
export function Field(p: FieldProps) {
  const id = useId()
  const notes = [p.hint && id + 'h', p.problem && id + 'p'].filter(Boolean).join(' ') || undefined
  const box = useRef<HTMLInputElement & HTMLTextAreaElement>(null)
  useEffect(() => { if (p.focus) box.current?.focus() }, [])
  const shared = {
    id, ref: box, value: p.value, placeholder: p.placeholder, disabled: p.disabled, required: p.required,
    class: p.mono ? 'input mono' : 'input', spellcheck: p.plain ? false : undefined, autocapitalize: p.plain ? 'off' as const : undefined,
    'aria-describedby': notes, 'aria-invalid': p.problem ? true : undefined,
  }
  return (
    <div class="field">
      <label for={id}>{p.label}</label>
      <div class="field-line">
        {p.rows
          ? <textarea {...shared} rows={p.rows} onInput={(event) => p.onInput(event.currentTarget.value)} />
          : <input {...shared} type={p.type ?? 'text'} autocomplete={p.autocomplete ?? 'off'} onInput={(event) => p.onInput(event.currentTarget.value)} />}
        {p.unit && <span class="unit">{p.unit}</span>}
      </div>
      {p.hint && <p class="hint" id={id + 'h'}>{p.hint}</p>}
      {p.problem && <p class="problem" id={id + 'p'} role="alert">{p.problem}</p>}
    </div>
  )
}

export type Choice = [value: string, text: string]

export function Select({ label, value, choices, onChange, hint, disabled, hideLabel }: {
  label: string; value: string; choices: Choice[]; onChange: (value: string) => void; hint?: string; disabled?: boolean; hideLabel?: boolean
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : undefined}>{label}</label>
      <select id={id} class="input" value={value} disabled={disabled} aria-describedby={hint ? id + 'h' : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}>
        {choices.map(([key, text]) => <option key={key} value={key} selected={key === value}>{text}</option>)}
      </select>
      {hint && <p class="hint" id={id + 'h'}>{hint}</p>}
    </div>
  )
}

export function Switch({ label, on, onChange, hint, disabled }: {
  label: string; on: boolean; onChange: (on: boolean) => void; hint?: string; disabled?: boolean
}) {
  const id = useId()
  return (
    <div class="field switch-field">
      <div>
        <label for={id}>{label}</label>
        {hint && <p class="hint" id={id + 'h'}>{hint}</p>}
      </div>
      <input id={id} type="checkbox" role="switch" class="switch" checked={on} disabled={disabled}
        aria-describedby={hint ? id + 'h' : undefined} onChange={(event) => onChange(event.currentTarget.checked)} />
    </div>
  )
}

/** Facts are names with their values, in as many columns as there is room for. */
export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  )
}
