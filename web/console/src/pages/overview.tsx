import { useRef } from 'preact/hooks'
import type { History, Overview } from '../api/types'
import { t, type Key } from '../i18n'
import { bytes, compact, duration, number, seconds } from '../i18n/format'
import { Bones, Failed, Notice } from '../ui/empty'
import { Chart } from '../ui/chart'
import { Facts } from '../ui/field'
import { Head } from '../ui/head'
import { useLoad } from '../ui/load'
import { Badge, Card } from '../ui/small'

const every = 5000 // ms, the step of the history
const span = 15 * 60_000 // ms that the server keeps

const milliseconds = (value: number) => seconds(value / 1000)
const rate = (value: number) => `${compact(value)}/s`
const byteRate = (value: number) => `${bytes(value)}/s`

interface Drawn {
  title: Key
  lines: [name: string, text: Key][]
  format: (value: number) => string
  binary?: boolean
}

const charts: Drawn[] = [
  { title: 'chart.messages', lines: [['sent', 'chart.sent'], ['delivered', 'chart.delivered']], format: rate },
  { title: 'chart.connections', lines: [['connections', 'chart.connections'], ['online', 'chart.online']], format: compact },
  { title: 'chart.latency', lines: [['ack_ms', 'chart.ack'], ['commit_ms', 'chart.commit']], format: milliseconds },
  { title: 'chart.traffic', lines: [['in_bytes', 'chart.in'], ['out_bytes', 'chart.out']], format: byteRate, binary: true },
  { title: 'chart.calls', lines: [['rest', 'chart.rest'], ['refused', 'chart.refused']], format: rate },
  { title: 'chart.webhooks', lines: [['webhook_queue', 'chart.waiting'], ['webhook_calls', 'chart.callsRate'], ['webhook_failed', 'chart.failedRate']], format: compact },
  { title: 'chart.push', lines: [['push_queue', 'chart.waiting'], ['push_sent', 'chart.sentRate'], ['push_dropped', 'chart.droppedRate']], format: compact },
  { title: 'chart.memory', lines: [['memory', 'chart.resident'], ['heap', 'chart.heap']], format: bytes, binary: true },
  { title: 'chart.cpu', lines: [['cpu', 'chart.cores']], format: (value) => number(value, 2) },
  { title: 'chart.disk', lines: [['disk_used', 'chart.used']], format: bytes, binary: true },
  { title: 'chart.store', lines: [['store_queue', 'chart.storeQueue'], ['behind', 'chart.behind']], format: compact },
]

export default function OverviewPage() {
  const overview = useLoad<Overview>(['overview'], {}, every)
  const history = useLoad<History>(['overview', 'history'], {}, every)
  const kept = useRef<{ overview?: Overview; history?: History }>({})
  const now = overview.value ?? kept.current.overview
  const past = history.value ?? kept.current.history
  kept.current = { overview: now, history: past }

  if (!now && overview.error) return <><Head title={t('nav.overview')} /><Failed cause={overview.error} again={overview.reload} /></>
  return (
    <>
      <Head title={t('nav.overview')} badge={now && <Badge tone={now.ready ? 'good' : 'bad'}>{t(now.ready ? 'overview.ready' : 'overview.notReady')}</Badge>} />
      {now && !now.ready && <Notice tone="bad">{now.why}</Notice>}
      {overview.error !== undefined && <Notice tone="warn">{t('overview.stale')}</Notice>}
      <Card>{now ? <ServerFacts now={now} /> : <Bones lines={3} />}</Card>
      <div class="cards">
        {charts.map((chart) => past ? <Past key={chart.title} chart={chart} past={past} /> : <div key={chart.title} class="chart"><Bones lines={5} /></div>)}
      </div>
    </>
  )
}

function ServerFacts({ now }: { now: Overview }) {
  const value = now.now_values
  return (
    <Facts rows={[
      [t('overview.version'), now.version],
      [t('overview.uptime'), duration(now.uptime_seconds)],
      [t('nav.apps'), number(now.apps)],
      [t('overview.sessions'), number(value.sessions ?? 0)],
      [t('overview.diskFree'), bytes(value.disk_free ?? 0)],
      [t('overview.folder'), <span class="mono">{now.data_dir}</span>],
      ...Object.entries(now.listeners).map(([name, at]): [string, preact.ComponentChildren] => [t('overview.listener', { name: name.toUpperCase() }), <span class="mono">{at}</span>]),
    ]} />
  )
}

function Past({ chart, past }: { chart: Drawn; past: History }) {
  const at = past.names.indexOf('at')
  const times = past.points.map((point) => point[at] ?? 0)
  const series = chart.lines
    .map(([name, text]) => ({ text, column: past.names.indexOf(name) }))
    .filter(({ column }) => column >= 0)
    .map(({ text, column }) => ({ name: t(text), values: past.points.map((point) => point[column] ?? undefined) }))
  return <Chart title={t(chart.title)} times={times} span={span} series={series} format={chart.format} binary={chart.binary} />
}
