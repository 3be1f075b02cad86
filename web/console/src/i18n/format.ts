import { language } from '.'

/** number prints a count with the separators of the language. */
export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value)
}

/** compact prints a count in at most four figures, such as 12.3K. */
export function compact(value: number): string {
  const whole = Math.abs(value) < (language.value === 'zh-CN' ? 10_000 : 1000) // Chinese counts in ten thousands
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : whole ? 0 : 1
  return new Intl.NumberFormat(language.value, { notation: 'compact', maximumFractionDigits: digits }).format(value)
}

/** bytes prints a size in binary units. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let at = 0
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024
    at++
  }
  return `${number(value, at === 0 || value >= 100 ? 0 : 1)} ${units[at]}`
}

/** seconds prints a short time with three figures at most. */
export function seconds(value: number): string {
  if (value < 0.001) return `${number(value * 1e6)} µs`
  if (value < 1) return `${number(value * 1000, value < 0.1 ? 1 : 0)} ms`
  return `${number(value, 1)} s`
}

/** duration prints a long time in its two largest units. */
export function duration(secs: number): string {
  const units: [Intl.NumberFormatOptions['unit'], number][] = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]]
  const first = Math.max(0, units.findIndex(([, size]) => secs >= size))
  const parts: string[] = []
  for (const [unit, size] of (secs < 1 ? units.slice(3) : units.slice(first, first + 2))) {
    const count = Math.floor(secs / size)
    secs -= count * size
    if (count > 0 || parts.length === 0) parts.push(new Intl.NumberFormat(language.value, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
  }
  return parts.join(' ')
}

/** moment prints a time in the operator's zone as 2026-11-30 17:05:09, in all languages: logs are compared by it. */
export function moment(ms: number): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' }).format(ms)
}

/** clock prints the time of a day. */
export function clock(ms: number): string {
  return new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(ms)
}

/** ago prints how long a time is past, in its largest unit. */
export function ago(ms: number, now = Date.now()): string {
  const secs = Math.round((ms - now) / 1000)
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' })
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]] as const) {
    if (Math.abs(secs) >= size) return format.format(Math.trunc(secs / size), unit)
  }
  return format.format(secs, 'second')
}
