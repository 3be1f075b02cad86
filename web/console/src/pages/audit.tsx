import type { AuditLine } from '../api/types'
import { t } from '../i18n'
import { link, route } from '../route'
import { Button } from '../ui/button'
import { Filters, FilterSelect, FilterText, FilterTime } from '../ui/filter'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { Badge, Id, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'

const nouns = ['app', 'command', 'group', 'key', 'link', 'message', 'operator', 'password', 'push', 'session', 'user', 'usersig', 'webhook']

const columns = (): Column<AuditLine>[] => [
  { head: t('audit.at'), cell: (row) => <Time at={row.at} exact /> },
  { head: t('audit.actor'), cell: (row) => <span class="row start">{row.actor}{row.kind !== 'session' && <Badge>{row.kind}</Badge>}</span> },
  { head: t('audit.action'), cell: (row) => <span class="mono">{row.action}</span> },
  { head: t('audit.object'), wide: true, cell: (row) => <span><Id>{row.object}</Id>{row.detail && <small class="detail">{row.detail}</small>}</span> },
  { head: t('app'), cell: (row) => (row.app ? <Id href={link(['apps', row.app])}>{String(row.app)}</Id> : '') },
  { head: t('audit.address'), cell: (row) => <span class="mono">{row.address}</span> },
  { head: t('audit.result'), cell: (row) => <Badge tone={row.result === 'ok' ? 'good' : 'bad'}>{row.result}</Badge> },
]

export default function AuditPage() {
  const { actor = '', action = '', app = '', object = '', from = '', to = '' } = route.value.query
  const list = useList<AuditLine>(['audit'], { actor, action, app, object, from, to })
  const filtered = actor || action || app || object || from || to
  return (
    <>
      <Head title={t('nav.audit')}><Button icon="refresh" onClick={list.reload}>{t('refresh')}</Button></Head>
      <Filters>
        <FilterText name="actor" label={t('audit.byActor')} />
        <FilterSelect name="action" label={t('audit.action')} choices={[['', t('audit.anyAction')], ...nouns.map((one): [string, string] => [one + '.', one])]} />
        <FilterText name="object" label={t('audit.byObject')} />
        <FilterText name="app" label="SDKAppID" />
        <FilterTime name="from" label={t('audit.from')} />
        <FilterTime name="to" label={t('audit.to')} />
      </Filters>
      <Table label={t('nav.audit')} list={list} columns={columns()} id={(row) => row.id}
        empty={filtered ? { title: t('list.nothing'), text: t('list.nothing.text') } : { title: t('audit.empty'), text: t('audit.empty.text') }} />
    </>
  )
}
