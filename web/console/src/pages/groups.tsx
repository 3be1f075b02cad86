import type { Group } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { link, route } from '../route'
import { appCrumbs } from '../ui/apphead'
import { Filters, FilterSelect, FilterText } from '../ui/filter'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { Avatar, Badge, Id, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { GroupPage } from './group'

const types = ['Private', 'Public', 'ChatRoom', 'AVChatRoom', 'Community']

const columns = (app: number): Column<Group>[] => [
  {
    head: t('group'), wide: true,
    cell: (row) => <span class="who"><Avatar name={row.name} id={row.group} /><div><Id href={link(['apps', app, 'groups', row.group])}>{row.name || row.group}</Id>{row.name && <small class="mono cut">{row.group}</small>}</div></span>,
  },
  { head: t('group.type'), cell: (row) => <Badge>{row.type}</Badge> },
  { head: t('group.owner'), cell: (row) => row.owner ? <Id href={link(['apps', app, 'users', row.owner])}>{row.owner}</Id> : <span class="dim">{t('none')}</span> },
  { head: t('group.members'), end: true, cell: (row) => number(row.members) },
  { head: t('group.last'), cell: (row) => <Time at={row.last_at} /> },
  { head: t('group.muted'), hideHead: true, cell: (row) => row.muted && <Badge tone="warn">{t('group.muted')}</Badge> },
]

export default function GroupsPage({ app, path: [group] }: PageProps) {
  return group === undefined ? <Groups app={app} /> : <GroupPage key={group} app={app} group={group} />
}

function Groups({ app }: { app: number }) {
  const { type = '', prefix = '' } = route.value.query
  const list = useList<Group>(['apps', app, 'groups'], { type, prefix })
  return (
    <>
      <Head title={t('nav.groups')} crumbs={appCrumbs(app)} />
      <Filters>
        <FilterText name="prefix" label={t('groups.filter')} />
        <FilterSelect name="type" label={t('group.type')} choices={[['', t('groups.anyType')], ...types.map((one): [string, string] => [one, one])]} />
      </Filters>
      <Table label={t('nav.groups')} list={list} columns={columns(app)} id={(row) => row.group}
        empty={type || prefix ? { title: t('list.nothing'), text: t('list.nothing.text') } : { title: t('groups.empty'), text: t('groups.empty.text') }} />
    </>
  )
}
