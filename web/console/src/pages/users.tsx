import type { User } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { link, route } from '../route'
import { appCrumbs } from '../ui/apphead'
import { LinkButton } from '../ui/button'
import { Filters, FilterText } from '../ui/filter'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { Avatar, Badge, Id, Online, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { UserPage } from './user'

export default function UsersPage({ app, path: [user, tab = ''] }: PageProps) {
  return user === undefined ? <Users app={app} /> : <UserPage key={user} app={app} user={user} tab={tab} />
}

export function Who({ app, user, nick }: { app: number; user: string; nick?: string }) {
  return (
    <span class="who">
      <Avatar name={nick ?? ''} id={user} />
      <div><Id href={link(['apps', app, 'users', user])}>{user}</Id>{nick && <small class="cut">{nick}</small>}</div>
    </span>
  )
}

const columns = (app: number): Column<User>[] => [
  { head: t('user'), wide: true, cell: (row) => <Who app={app} user={row.user} nick={row.nick} /> },
  { head: t('user.state'), cell: (row) => <Online on={row.online} /> },
  { head: t('user.devices'), end: true, cell: (row) => number(row.devices) },
  { head: t('user.created'), cell: (row) => <Time at={row.created_at} /> },
  { head: t('user.administrator'), hideHead: true, cell: (row) => row.administrator && <Badge tone="accent">{t('user.administrator')}</Badge> },
]

function Users({ app }: { app: number }) {
  const prefix = route.value.query.prefix ?? ''
  const list = useList<User>(['apps', app, 'users'], { prefix })
  return (
    <>
      <Head title={t('nav.users')} crumbs={appCrumbs(app)}><LinkButton href={link(['apps', app, 'usersig'])} icon="key">{t('usersig.make')}</LinkButton></Head>
      <Filters><FilterText name="prefix" label={t('users.filter')} /></Filters>
      <Table label={t('nav.users')} list={list} columns={columns(app)} id={(row) => row.user}
        empty={prefix ? { title: t('list.nothing'), text: t('users.nothing', { prefix }) } : { title: t('users.empty'), text: t('users.empty.text') }} />
    </>
  )
}
