import type { Connection } from '../api/types'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { link, route } from '../route'
import { apps } from '../state/apps'
import { Button } from '../ui/button'
import { Filters, FilterSelect, FilterText } from '../ui/filter'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { Badge, Id, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { kickDevice } from './devices'

const platforms = ['Android', 'iOS', 'iPad', 'Web', 'Windows', 'Mac', 'Linux', 'IoT']

const columns = (reload: () => void): Column<Connection>[] => [
  { head: t('user'), cell: (row) => <Id href={link(['apps', row.app, 'users', row.user])}>{row.user}</Id> },
  { head: t('app'), cell: (row) => <span class="mono">{row.app}</span> },
  { head: t('connection.client'), wide: true, cell: (row) => <Id>{row.client}</Id> },
  { head: t('connection.platform'), cell: (row) => <span>{row.platform} <small class="dim">MQTT {row.protocol}</small></span> },
  { head: t('connection.address'), cell: (row) => <span class="mono">{row.address}</span> },
  { head: t('connection.since'), cell: (row) => <Time at={row.since_at} /> },
  { head: t('connection.unacked'), end: true, cell: (row) => number(row.unacked) },
  { head: t('connection.behind'), end: true, cell: (row) => (row.behind > 0 ? <Badge tone="warn">{number(row.behind)}</Badge> : '0') },
  { head: t('acts'), hideHead: true, cell: (row) => <div class="row"><Button small kind="danger" write onClick={() => kickDevice(row.app, row.user, row.client, reload)}>{t('kick')}</Button></div> },
]

export default function ConnectionsPage() {
  const { app = '', user = '', platform = '', address = '' } = route.value.query
  const list = useList<Connection>(['connections'], { app, user, platform, address })
  const filtered = app || user || platform || address
  return (
    <>
      <Head title={t('nav.connections')}><Button icon="refresh" onClick={list.reload}>{t('refresh')}</Button></Head>
      <Filters>
        <FilterSelect name="app" label={t('app')} choices={[['', t('apps.any')], ...(apps.value ?? []).map((one): [string, string] => [String(one.id), one.name ? `${one.name} · ${one.id}` : String(one.id)])]} />
        <FilterText name="user" label={t('connections.user')} />
        <FilterSelect name="platform" label={t('connection.platform')} choices={[['', t('connections.anyPlatform')], ...platforms.map((one): [string, string] => [one, one])]} />
        <FilterText name="address" label={t('connections.address')} />
      </Filters>
      <Table label={t('nav.connections')} list={list} columns={columns(list.reload)} id={(row) => `${row.app}/${row.user}/${row.client}`}
        empty={filtered ? { title: t('list.nothing'), text: t('list.nothing.text') } : { title: t('connections.empty'), text: t('connections.empty.text') }} />
    </>
  )
}
