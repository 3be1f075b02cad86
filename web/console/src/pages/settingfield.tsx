import { t } from '../i18n'
import { bytes, number } from '../i18n/format'
import { Field, Select, Switch } from '../ui/field'
import { dotted, labelled, type Setting } from './settingform'

interface Props {
  row: Setting
  value: string
  standard: unknown // the default of a limit
  problem?: string
  locked: boolean
  onInput: (text: string) => void
}

/** SettingField is the field of one setting, as its kind wants it. */
export function SettingField({ row: { path, kind }, value, standard, problem, locked, onInput }: Props) {
  const name = dotted({ path, kind })
  const key = labelled({ path, kind })
  const label = key ? t(key) : name
  if (kind === 'switch') return <Switch label={label} hint={name} on={value === 'true'} disabled={locked} onChange={(on) => onInput(String(on))} />
  if (typeof kind !== 'string') return <Select label={label} hint={name} value={value || kind[0]!} disabled={locked} onChange={onInput} choices={kind.map((one) => [one, one])} />
  return (
    <Field label={label} value={value} hint={hint(kind, value, standard) ?? name} disabled={locked} problem={problem} plain mono={kind !== 'text'} onInput={onInput}
      rows={kind === 'lines' ? 3 : undefined} />
  )
}

/** hint says what the figure means: 0 is the default, -1 no limit. */
function hint(kind: string, value: string, standard: unknown): string | undefined {
  if (kind === 'duration' && typeof standard === 'string') return /^0[hms0]*$/.test(value.trim()) ? t('setting.defaultIs', { value: standard }) : t('setting.zero')
  if (kind === 'duration') return t('setting.duration')
  if (kind === 'lines') return t('setting.lines')
  if (kind === 'secret') return t('setting.secret')
  if (kind !== 'number' && kind !== 'bytes') return undefined
  const size = kind === 'bytes' ? bytes : number
  if (value.trim() === '-1') return t('setting.noLimit')
  if (value.trim() === '0' || value.trim() === '') return typeof standard !== 'number' || standard <= 0 ? t('setting.default') : t('setting.defaultIs', { value: size(standard) })
  return kind === 'bytes' && Number(value) > 0 ? bytes(Number(value)) : t('setting.zero')
}
