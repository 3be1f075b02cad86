import type { Settings } from '../api/types'
import { known, type Key } from '../i18n'

/** Kind is how a setting is written: what the field looks like, and what its text means. */
export type Kind = 'text' | 'number' | 'bytes' | 'duration' | 'switch' | 'lines' | 'secret' | readonly string[]

export interface Setting {
  path: readonly string[] // in the app's section of the configuration
  kind: Kind
}

const row = (path: string, kind: Kind): Setting => ({ path: path.split('.'), kind })
const limits = (kind: Kind, names: string) => names.split(' ').map((name) => row('limits.' + name, kind))

/** sections are the settings that have a form, by subject; the others are in the section of all, as JSON. */
export const sections: Record<string, Setting[]> = {
  general: [row('name', 'text'), row('administrators', 'lines'), row('retention', 'duration'), row('allow_type', ['AllowAny', 'NeedConfirm', 'DenyAny'])],
  login: [row('login.auto_register', 'switch'), row('login.policy', ['multi', 'single', 'dual', 'triple'])],
  limits: [
    ...limits('number', 'group_rate command_rate devices_per_user accounts groups_made_per_day live_rooms_made_per_day live_rooms_owned group_growth_per_day'),
    ...limits('number', 'pushes_per_day push_users_per_second friends friend_groups friend_requests following live_recent'),
    ...limits('number', 'connection_packets'), ...limits('bytes', 'connection_bytes'), ...limits('number', 'user_packets'), ...limits('bytes', 'user_bytes'),
    ...limits('number', 'app_packets'), ...limits('bytes', 'app_bytes'),
  ],
  switches: [row('switches.show_blocked', 'switch'), row('switches.friends_only', 'switch'), row('switches.no_search', 'switch'), row('switches.no_push_to_many', 'switch')],
  webhook: [
    row('webhook.url', 'text'), row('webhook.token', 'secret'), row('webhook.events', 'lines'), row('webhook.on_failure', ['deliver', 'refuse']), row('webhook.keep', 'duration'),
  ],
  media: [
    row('media.image_bytes', 'bytes'), row('media.file_bytes', 'bytes'), row('media.app_bytes', 'bytes'), row('media.app_files', 'number'),
    row('media.user_bytes', 'bytes'), row('media.user_files', 'number'),
  ],
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
