import type { Settings } from '../api/types'
import { known, type Key } from '../i18n'

/** Kind is how a setting is written: what the field looks like, and what its text means. */
export type Kind = 'text' | 'number' | 'bytes' | 'duration' | 'switch' | 'lines' | 'secret' | readonly string[]

export interface Setting {
  path: readonly string[] // in the app's section of the configuration
  kind: Kind
}

const row = (path: string, kind: Kind): Setting => ({ path: path.split('.'), kind })

/** named are the settings with a form of a certain order; whole are sections with all that the server has in them. */
const named: Record<string, Setting[]> = {
  general: [
    row('name', 'text'), row('administrators', 'lines'), row('retention', 'duration'), row('allow_type', ['AllowAny', 'NeedConfirm', 'DenyAny']), row('ban.live_rooms', 'switch'),
  ],
  login: [row('login.policy', ['multi', 'single', 'dual', 'triple']), row('login.auto_register', 'switch')],
  webhook: [
    row('webhook.url', 'text'), row('webhook.token', 'secret'), row('webhook.events', 'lines'), row('webhook.on_failure', ['deliver', 'refuse']),
    row('webhook.keep', 'duration'), row('webhook.text_event_time', 'switch'),
  ],
}
const whole = ['limits', 'switches', 'media']

/** sections are the settings' subjects in order; the others are in the section of all, as JSON. */
export const sections = ['general', 'login', 'limits', 'switches', 'webhook', 'media']

/** rowsOf are the settings of a section, as the app has them; undefined when there is no such section. */
export function rowsOf(section: string, settings: Settings): Setting[] | undefined {
  if (Object.hasOwn(named, section)) return named[section]
  const inner = settings[section]
  if (!whole.includes(section) || !plain(inner)) return undefined
  const known = Object.entries(inner).map(([name, value]): Setting => ({ path: [section, name], kind: kindOf(name, value) }))
  return known.sort((a, b) => Number(a.kind === 'lines') - Number(b.kind === 'lines'))
}

function kindOf(name: string, value: unknown): Kind {
  if (typeof value === 'boolean') return 'switch'
  if (Array.isArray(value)) return 'lines'
  if (typeof value === 'string') return 'duration'
  return name.endsWith('_bytes') ? 'bytes' : 'number'
}

/** dotted is the setting's name in the configuration file. */
export const dotted = (setting: Setting) => setting.path.join('.')

/** labelled is the key of the setting's words; without, its own name is shown. */
export const labelled = (setting: Setting): Key | undefined => known('setting.' + dotted(setting))

export function valueOf(settings: Settings, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (at !== null && typeof at === 'object' ? (at as Settings)[name] : undefined), settings)
}

/** shown is a value as the field has it; a switch has its own. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n')
  return value === undefined || value === null ? '' : String(value)
}

/** meant is the value that a field's text stands for; undefined when it is none of this kind. */
export function meant(kind: Kind, text: string): unknown {
  switch (kind) {
    case 'number':
    case 'bytes':
      return /^-?\d+$/.test(text.trim()) ? Number(text) : text.trim() === '' ? 0 : undefined
    case 'lines':
      return text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean)
    case 'duration':
      return text.trim() === '' ? '0s' : text.trim()
    default:
      return text
  }
}

/** merge is the merge patch (RFC 7396) that makes the one value of the other. */
export function merge(from: unknown, to: unknown): unknown {
  if (!plain(from) || !plain(to)) return to
  const patch: Settings = {}
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) patch[name] = null
  for (const [name, value] of Object.entries(to)) {
    if (JSON.stringify(from[name]) !== JSON.stringify(value)) patch[name] = Object.hasOwn(from, name) ? merge(from[name], value) : value
  }
  return patch
}

/** set is the settings with one of them changed. */
export function set(settings: Settings, [name, ...rest]: readonly string[], value: unknown): Settings {
  const inner = settings[name!]
  return { ...settings, [name!]: rest.length > 0 ? set(plain(inner) ? inner : {}, rest, value) : value }
}

function plain(value: unknown): value is Settings {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
