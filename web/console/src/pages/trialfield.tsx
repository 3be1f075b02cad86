import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { Field, Select, Switch } from '../ui/field'
import type { Member } from './openapi'

type Body = Record<string, unknown>

/** MemberField is one member of a command's body; an empty one is left out of it. */
export function MemberField({ member: { name, schema, kind, required }, body, onChange }: { member: Member; body: Body; onChange: (body: Body) => void }) {
  const value = body[name]
  const [text, setText] = useState(() => (kind === 'json' && value !== undefined ? JSON.stringify(value, null, 2) : ''))
  const [problem, setProblem] = useState('')
  const set = (to: unknown) => {
    const { [name]: _, ...others } = body
    onChange(to === undefined ? others : { ...others, [name]: to })
  }
  const label = required ? `${name} *` : name
  const hint = [schema.description, range(schema)].filter(Boolean).join(' ') || undefined
  switch (kind) {
    case 'switch':
      return <Switch label={label} hint={hint} on={value === true} onChange={(on) => set(on || undefined)} />
    case 'choice':
      return <Select label={label} hint={hint} value={value === undefined ? '' : String(value)} choices={[['', '–'], ...schema.enum!.map((one): [string, string] => [String(one), String(one)])]}
        onChange={(to) => set(to === '' ? undefined : schema.enum!.find((one) => String(one) === to))} />
    case 'number':
      return <Field label={label} hint={hint} mono plain value={value === undefined ? '' : String(value)} onInput={(to) => set(to.trim() === '' ? undefined : Number.isNaN(Number(to)) ? to : Number(to))} />
    case 'lines':
      return <Field label={label} hint={hint ?? t('setting.lines')} mono plain rows={3} value={Array.isArray(value) ? value.join('\n') : ''}
        onInput={(to) => set(to === '' ? undefined : to.split('\n'))} />
    case 'json':
      return <Field label={label} hint={hint ?? 'JSON'} mono plain rows={4} value={text} problem={problem} onInput={(to) => {
        setText(to)
        setProblem('')
        if (to.trim() === '') return set(undefined)
        try {
          set(JSON.parse(to))
        } catch (cause) {
          setProblem(t('json.wrong', { message: (cause as Error).message }))
        }
      }} />
    default:
      return <Field label={label} hint={hint} plain mono value={value === undefined ? '' : String(value)} onInput={(to) => set(to === '' && !required ? undefined : to)} />
  }
}

/** range says in signs what the schema allows. */
function range({ minimum, maximum, maxLength, maxItems }: Member['schema']): string {
  if (maxLength !== undefined) return `≤ ${maxLength}`
  if (maxItems !== undefined) return `≤ ${maxItems}`
  if (minimum !== undefined && maximum !== undefined) return `${minimum}–${maximum}`
  if (minimum !== undefined) return `≥ ${minimum}`
  return ''
}
