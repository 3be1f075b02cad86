// Times as people say them. All are given in seconds.

import { language, t } from './index.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

function format(time: number, options: Intl.DateTimeFormatOptions): string {
  const key = language.value + JSON.stringify(options)
  let f = formats.get(key)
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(language.value, options)))
  return f.format(time * 1000)
}

/** dayOf numbers the days of the user's calendar. */
export function dayOf(time: number): number {
  const d = new Date(time * 1000)
  return Math.round(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 86_400_000)
}

const today = () => dayOf(Date.now() / 1000)

export const clock = (time: number): string => format(time, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** shortTime is what stands in a list: the clock today, then the day, then the date. */
export function shortTime(time: number): string {
  if (!time) return ''
  const ago = today() - dayOf(time)
  if (ago <= 0) return clock(time)
  if (ago === 1) return t('yesterday')
  if (ago < 7) return format(time, { weekday: 'short' })
  const sameYear = new Date(time * 1000).getFullYear() === new Date().getFullYear()
  return sameYear ? format(time, { month: 'short', day: 'numeric' }) : format(time, { year: 'numeric', month: 'numeric', day: 'numeric' })
}

/** dayLine is what stands between two days. */
export function dayLine(time: number): string {
  const ago = today() - dayOf(time)
  if (ago === 0) return t('today')
  if (ago === 1) return t('yesterday')
  if (ago > 1 && ago < 7) return format(time, { weekday: 'long' })
  return format(time, { year: 'numeric', month: 'long', day: 'numeric' })
}

export const fullTime = (time: number): string =>
  format(time, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** duration writes seconds as 0:07 or 1:02:03. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const rest = String(s % 60).padStart(2, '0')
  const minutes = Math.floor(s / 60)
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
}

/** longSpan writes seconds in words: how long somebody is muted. */
export function longSpan(seconds: number): string {
  const units: [number, 'day' | 'hour' | 'minute' | 'second'][] = [[86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]
  const [size, unit] = units.find(([n]) => seconds >= n) ?? units[3]!
  return new Intl.NumberFormat(language.value, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(seconds / size))
}

export function fileSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  let i = 0
  let n = bytes
  while (n >= 1000 && i < 3) {
    n /= 1000
    i++
  }
  return new Intl.NumberFormat(language.value, { style: 'unit', unit: units[i]!, unitDisplay: i ? 'short' : 'long', maximumFractionDigits: n < 10 && i ? 1 : 0 }).format(n)
}
