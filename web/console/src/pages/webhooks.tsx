import { useState } from 'preact/hooks'
import { post } from '../api/client'
import type { DeadLetter, WebhookResult, Webhooks } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { number, seconds } from '../i18n/format'
import { link } from '../route'
import { appCrumbs } from '../ui/apphead'
import { ActButton, Button, LinkButton } from '../ui/button'
import { confirm } from '../ui/dialog'
import { Bones, Empty, Failed, Notice } from '../ui/empty'
import { Facts } from '../ui/field'
import { Head, Tabs } from '../ui/head'
import { useList } from '../ui/list'
import { useLoad } from '../ui/load'
import { Badge, Card, Id, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { say } from '../ui/toast'

export default function WebhooksPage({ app, path: [tab = ''] }: PageProps) {
  const loaded = useLoad<Webhooks>(['apps', app, 'webhooks'], {}, 10_000)
  const state = loaded.value
  const at = (part?: string) => link(part ? ['apps', app, 'webhooks', part] : ['apps', app, 'webhooks'])
  return (
    <>
      <Head title={t('nav.webhooks')} crumbs={appCrumbs(app)} badge={state && <Badge tone={state.on ? 'good' : 'plain'}>{t(state.on ? 'on' : 'off')}</Badge>}>
        <LinkButton icon="settings" href={link(['apps', app, 'settings', 'webhook'])}>{t('app.settings')}</LinkButton>
      </Head>
      <Tabs label={t('nav.webhooks')} at={tab} tabs={[['', t('webhooks.state'), at()], ['results', t('webhooks.results'), at('results')], ['dead', t('webhooks.dead'), at('dead')]]} />
      {tab === 'results' ? <Results app={app} /> : tab === 'dead' ? <Dead app={app} />
        : state ? <State app={app} state={state} /> : loaded.error ? <Failed cause={loaded.error} again={loaded.reload} /> : <Card><Bones /></Card>}
    </>
  )
}

function State({ app, state }: { app: number; state: Webhooks }) {
  const [tested, setTested] = useState<WebhookResult>()
  if (!state.on) {
    return <Empty title={t('webhooks.none')} text={t('webhooks.none.text')} action={<LinkButton kind="primary" href={link(['apps', app, 'settings', 'webhook'])}>{t('webhooks.setUp')}</LinkButton>} />
  }
  return (
    <>
      {state.paused_until_at > Date.now() && <Notice tone="warn"><span>{t('webhooks.paused', { failures: state.failures })} <Time at={state.paused_until_at} /></span></Notice>}
      <Card aside={<ActButton write icon="webhooks" act={async () => setTested(await post<WebhookResult>(['apps', app, 'webhooks', 'test']))}>{t('webhooks.test')}</ActButton>} title={t('webhooks.state')}>
        {tested && <Notice tone={tested.outcome === 'ok' ? 'good' : 'bad'}><span>{t('webhooks.tested', { outcome: tested.outcome, took: seconds(tested.took_ms / 1000) })} {tested.message}</span></Notice>}
        <Facts rows={[
          [t('webhooks.url'), <span class="mono">{state.url}</span>],
          [t('webhooks.queue'), number(state.queue)],
          [t('webhooks.oldest'), <Time at={state.oldest_at} />],
          [t('webhooks.answered'), <Time at={state.answered_at} />],
          [t('webhooks.failures'), number(state.failures)],
          [t('webhooks.dead'), number(state.dead) + (state.dead_more ? '+' : '')],
        ]} />
      </Card>
      <Card title={t('webhooks.events')}>
        {state.all ? <p>{t('webhooks.all')}</p> : state.events.length === 0 ? <p class="dim">{t('none')}</p> : <ul class="badges">{state.events.map((event) => <li key={event}><Badge>{event}</Badge></li>)}</ul>}
      </Card>
    </>
  )
}

const results = (): Column<WebhookResult>[] => [
  { head: t('webhooks.at'), cell: (row) => <Time at={row.at} exact /> },
  { head: 'CallbackCommand', wide: true, cell: (row) => <span class="mono">{row.command}</span> },
  { head: t('webhooks.outcome'), cell: (row) => <Badge tone={row.outcome === 'ok' ? 'good' : 'bad'}>{row.outcome}{row.status && row.outcome !== 'ok' ? ' ' + row.status : ''}</Badge> },
  { head: t('webhooks.took'), end: true, cell: (row) => seconds(row.took_ms / 1000) },
  { head: t('webhooks.message'), cell: (row) => row.message },
]

function Results({ app }: { app: number }) {
  const list = useList<WebhookResult>(['apps', app, 'webhooks', 'results'])
  return (
    <>
      <div class="filters"><p class="hint">{t('webhooks.results.text')}</p><div class="filters-aside"><Button icon="refresh" onClick={list.reload}>{t('refresh')}</Button></div></div>
      <Table label={t('webhooks.results')} list={list} columns={results()} id={(row) => `${row.at} ${row.command} ${row.event_id}`} empty={{ title: t('webhooks.noResults'), text: t('webhooks.noResults.text') }} />
    </>
  )
}

const dead = (): Column<DeadLetter>[] => [
  { head: 'CallbackCommand', wide: true, cell: (row) => <span class="mono">{row.command}</span> },
  { head: t('webhooks.at'), cell: (row) => <Time at={row.at} exact /> },
  { head: t('webhooks.about'), cell: (row) => <Id>{row.key}</Id> },
]

function Dead({ app }: { app: number }) {
  const list = useList<DeadLetter>(['apps', app, 'webhooks', 'dead'])
  const replay = () => confirm({
    title: t('replay.title'), text: t('replay.text'), name: String(app), action: t('replay'),
    run: async () => { say(t('replay.done', { count: (await post<{ replayed: number }>(['apps', app, 'webhooks', 'replay'])).replayed }), 'good'); list.reload() },
  })
  return (
    <>
      <div class="filters"><p class="hint">{t('webhooks.dead.text')}</p><div class="filters-aside"><Button write disabled={!list.items?.length} onClick={replay}>{t('replay')}</Button></div></div>
      <Table label={t('webhooks.dead')} list={list} columns={dead()} id={(row) => row.id} empty={{ title: t('webhooks.noDead'), text: t('webhooks.noDead.text') }} />
    </>
  )
}
