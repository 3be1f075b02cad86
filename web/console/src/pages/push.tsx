import { remove } from '../api/client'
import type { Push, PushTask, ScheduledPush } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { link } from '../route'
import { appCrumbs } from '../ui/apphead'
import { Button, LinkButton } from '../ui/button'
import { confirm } from '../ui/dialog'
import { Bones, Empty, Failed } from '../ui/empty'
import { Facts } from '../ui/field'
import { Head, Tabs } from '../ui/head'
import { useList } from '../ui/list'
import { useLoad } from '../ui/load'
import { Badge, Card, Id, Time, type Tone } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { say } from '../ui/toast'

const tones: Record<string, Tone> = { running: 'accent', dispatching: 'accent', pending: 'warn', done: 'good', dispatched: 'good' }

export default function PushPage({ app, path: [tab = ''] }: PageProps) {
  const at = (part?: string) => link(part ? ['apps', app, 'push', part] : ['apps', app, 'push'])
  return (
    <>
      <Head title={t('nav.push')} crumbs={appCrumbs(app)}>
        <LinkButton icon="tryout" href={link(['apps', app, 'try', 'timpush', 'push'])}>{t('push.new')}</LinkButton>
      </Head>
      <Tabs label={t('nav.push')} at={tab} tabs={[['', t('push.channels'), at()], ['tasks', t('push.tasks'), at('tasks')], ['scheduled', t('push.scheduled'), at('scheduled')]]} />
      {tab === 'tasks' ? <Tasks app={app} /> : tab === 'scheduled' ? <Scheduled app={app} /> : <Channels app={app} />}
    </>
  )
}

function Channels({ app }: { app: number }) {
  const loaded = useLoad<Push>(['apps', app, 'push'], {}, 10_000)
  const channels = loaded.value?.channels
  if (!channels) return loaded.error ? <Failed cause={loaded.error} again={loaded.reload} /> : <Card><Bones /></Card>
  if (!channels.some((channel) => channel.on)) {
    return <Empty title={t('push.none')} text={t('push.none.text')} action={<LinkButton kind="primary" href={link(['apps', app, 'settings', 'all'])}>{t('app.settings')}</LinkButton>} />
  }
  return (
    <div class="cards">
      {channels.map((channel) => (
        <Card key={channel.channel} title={channel.channel} aside={<Badge tone={channel.paused ? 'warn' : channel.on ? 'good' : 'plain'}>{t(channel.paused ? 'push.paused' : channel.on ? 'on' : 'off')}</Badge>}>
          <Facts rows={[[t('push.waiting'), number(channel.waiting)], [t('push.oldest'), <Time at={channel.oldest_at} />]]} />
        </Card>
      ))}
    </div>
  )
}

const tasks = (): Column<PushTask>[] => [
  { head: 'TaskId', wide: true, cell: (row) => <span><Id>{row.task}</Id>{row.scheduled && <small class="detail">{t('push.ofScheduled')} {row.scheduled}</small>}</span> },
  { head: t('push.kind'), cell: (row) => <span class="badges"><Badge>{row.kind}</Badge>{row.batch && <Badge>batch</Badge>}</span> },
  { head: t('push.state'), cell: (row) => <Badge tone={tones[row.state] ?? 'plain'}>{row.state}</Badge> },
  { head: t('push.from'), cell: (row) => <Id>{row.from}</Id> },
  { head: t('push.at'), cell: (row) => <Time at={row.at} exact /> },
  ...reached<PushTask>(),
]

const scheduled = (cancel: (row: ScheduledPush) => void): Column<ScheduledPush>[] => [
  { head: t('push.title'), wide: true, cell: (row) => <span><b>{row.title || row.task}</b><small class="detail">{row.text || row.task}</small></span> },
  { head: t('push.kind'), cell: (row) => <Badge>{row.kind}</Badge> },
  { head: t('push.state'), cell: (row) => <Badge tone={tones[row.state] ?? 'plain'}>{row.state}</Badge> },
  { head: t('push.at'), cell: (row) => <Time at={row.at} exact /> },
  ...reached<ScheduledPush>(),
  { head: t('acts'), hideHead: true, cell: (row) => row.state === 'pending' && <div class="row"><Button small kind="danger" write onClick={() => cancel(row)}>{t('push.cancel')}</Button></div> },
]

const reached = <T extends { users: number; failed: number }>(): Column<T>[] => [
  { head: t('push.users'), end: true, cell: (row) => number(row.users) },
  { head: t('push.failed'), end: true, cell: (row) => number(row.failed) },
]

function Tasks({ app }: { app: number }) {
  const list = useList<PushTask>(['apps', app, 'push', 'tasks'])
  return (
    <>
      <div class="filters"><p class="hint">{t('push.tasks.text')}</p><div class="filters-aside">
        <LinkButton icon="tryout" href={link(['apps', app, 'try', 'timpush', 'all_member_push_statistics'])}>{t('push.statistics')}</LinkButton>
      </div></div>
      <Table label={t('push.tasks')} list={list} columns={tasks()} id={(row) => row.task} empty={{ title: t('push.noTasks'), text: t('push.noTasks.text') }} />
    </>
  )
}

function Scheduled({ app }: { app: number }) {
  const list = useList<ScheduledPush>(['apps', app, 'push', 'scheduled'])
  const cancel = (row: ScheduledPush) => confirm({
    title: t('push.cancel.title'), text: t('push.cancel.text'), name: row.task, action: t('push.cancel'), danger: true,
    run: async () => { await remove(['apps', app, 'push', 'scheduled', row.task]); say(t('push.cancel.done'), 'good'); list.reload() },
  })
  return (
    <Table label={t('push.scheduled')} list={list} columns={scheduled(cancel)}
      id={(row) => row.task} empty={{ title: t('push.noScheduled'), text: t('push.noScheduled.text') }} />
  )
}
