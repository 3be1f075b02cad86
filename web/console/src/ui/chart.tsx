import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { t } from '../i18n'
import { clock } from '../i18n/format'
import { nearest, niceBytes, niceTop, path } from './scale'

export interface Series {
  name: string
  values: (number | undefined)[]
}

interface Props {
  title: string
  times: number[] // ms, ascending
  span: number // ms that the chart shows, to the last time
  series: Series[] // at most three
  format: (value: number) => string
  binary?: boolean
  note?: string
}

const height = 132
const left = 4
const base = height - 18
const roof = 10

/** Chart draws lines over the last minutes; pointer and arrow keys tell the figures of a moment. */
export function Chart({ title, times, span, series, format, binary, note }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [at, setAt] = useState<number | undefined>(undefined)
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.round(entry!.contentRect.width)))
    watch.observe(box.current!)
    return () => watch.disconnect()
  }, [])

  const last = times.length - 1
  const end = times[last] ?? 0
  const top = (binary ? niceBytes : niceTop)(Math.max(0, ...series.flatMap((one) => one.values.map((value) => value ?? 0))))
  const x = (time: number) => left + (1 - (end - time) / span) * (width - left * 2)
  const y = (value: number) => base - (value / top) * (base - roof)
  const shown = at === undefined ? undefined : Math.min(at, last)
  const move = (step: number) => setAt(Math.max(0, Math.min(last, (shown ?? last) + step)))

  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-name">{title}</span>
        <span class="chart-now">{series.map((one, index) => (
          <span key={one.name} class={`chart-figure c${index}`}>
            {series.length > 1 && <small>{one.name}</small>}
            <b>{told(one.values[shown ?? last], format)}</b>
          </span>
        ))}</span>
        <span class="chart-when">{shown !== undefined ? clock(times[shown]!) : note ?? ''}</span>
      </figcaption>
      <div ref={box} class="chart-box" tabIndex={0} role="img" aria-label={said(title, series, format)}
        onPointerMove={(event) => last >= 0 && setAt(nearest(times, end - (1 - (event.offsetX - left) / (width - left * 2)) * span))}
        onPointerLeave={() => setAt(undefined)} onBlur={() => setAt(undefined)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft') move(-1)
          else if (event.key === 'ArrowRight') move(1)
          else return
          event.preventDefault()
        }}>
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            {[0, 0.5, 1].map((part) => (
              <g key={part} class="chart-grid">
                <line x1={left} x2={width - left} y1={y(top * part)} y2={y(top * part)} />
              </g>
            ))}
            {ticks(end, span).map((time) => <text key={time} class="chart-tick" x={x(time)} y={height - 4}>{clock(time).slice(0, 5)}</text>)}
            {series.map((one, index) => <Line key={one.name} index={index} values={one.values} times={times} x={x} y={y} fill={index === 0} />)}
            <g class="chart-scale">{[0.5, 1].map((part) => <text key={part} x={left} y={y(top * part) - 4}>{format(top * part)}</text>)}</g>
            {shown !== undefined && (
              <g class="chart-at">
                <line x1={x(times[shown]!)} x2={x(times[shown]!)} y1={roof - 4} y2={base} />
                {series.map((one, index) => one.values[shown] !== undefined && <circle key={one.name} class={`c${index}`} r={3.5} cx={x(times[shown]!)} cy={y(one.values[shown]!)} />)}
              </g>
            )}
          </svg>
        )}
      </div>
    </figure>
  )
}

function Line({ index, values, times, x, y, fill }: {
  index: number; values: (number | undefined)[]; times: number[]; x: (t: number) => number; y: (v: number) => number; fill: boolean
}) {
  const points = times.map((time, at): [number, number | undefined] => [x(time), values[at] === undefined ? undefined : y(values[at]!)])
  const line = path(points)
  if (!line) return null
  const known = points.filter(([, value]) => value !== undefined)
  return (
    <g class={`chart-line c${index}`}>
      {fill && <path class="chart-area" d={`${path(known)}L${known.at(-1)![0].toFixed(1)} ${base}L${known[0]![0].toFixed(1)} ${base}Z`} />}
      <path d={line} />
    </g>
  )
}

/** ticks are the times with a word below: each fifth minute of the clock. */
function ticks(end: number, span: number): number[] {
  const step = 300_000
  const found: number[] = []
  for (let time = Math.floor(end / step) * step; time > end - span + 30_000; time -= step) if (end - time > 20_000) found.push(time)
  return found
}

function told(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value)
}

/** said is what a screen reader says in place of the drawing. */
function said(title: string, series: Series[], format: (value: number) => string): string {
  return [title, ...series.map((one) => {
    const values = one.values.filter((value) => value !== undefined)
    if (values.length === 0) return one.name
    return t('chart.said', { name: one.name, now: format(values.at(-1)!), low: format(Math.min(...values)), high: format(Math.max(...values)) })
  })].join('. ')
}
