import type { UserDetail } from '../api/types'
import { t } from '../i18n'
import { link } from '../route'
import { appCrumbs } from '../ui/apphead'
import { Bones, Failed } from '../ui/empty'
import { Facts } from '../ui/field'
import { Head, Tabs } from '../ui/head'
import { useLoad } from '../ui/load'
import { Badge, Card, Code, Online, Time } from '../ui/small'
import { number } from '../i18n/format'
import { UserActs } from './useracts'
import { UserConversations, UserGroups } from './userlists'
import { Devices } from './devices'

export function UserPage({ app, user, tab }: { app: number; user: string; tab: string }) {
  const loaded = useLoad<UserDetail>(['apps', app, 'users', user])
  const detail = loaded.value
  const crumbs = appCrumbs(app, [t('nav.users'), link(['apps', app, 'users'])])
  if (!detail && loaded.error) return <><Head title={user} crumbs={crumbs} /><Failed cause={loaded.error} again={loaded.reload} /></>
  const at = (part?: string) => link(part ? ['apps', app, 'users', user, part] : ['apps', app, 'users', user])
  return (
    <>
      <Head title={user} crumbs={crumbs} badge={detail && <span class="row"><Online on={detail.online} />{detail.administrator && <Badge tone="accent">{t('user.administrator')}</Badge>}</span>}>
        {detail && <UserActs app={app} user={detail} reload={loaded.reload} />}
      </Head>
      <Tabs label={user} at={tab} tabs={[['', t('user.summary'), at()], ['groups', t('nav.groups'), at('groups')], ['conversations', t('conversations'), at('conversations')]]} />
      {tab === 'groups' ? <UserGroups app={app} user={user} /> : tab === 'conversations' ? <UserConversations app={app} user={user} />
        : detail ? <Summary app={app} user={detail} reload={loaded.reload} /> : <Card><Bones lines={6} /></Card>}
    </>
  )
}

function Summary({ app, user, reload }: { app: number; user: UserDetail; reload: () => void }) {
  return (
    <>
      <Card>
        <Facts rows={[
          ['UserID', <span class="mono">{user.user}</span>],
          [t('user.nick'), user.nick || t('none')],
          [t('user.created'), <Time at={user.created_at} exact />],
          [t('user.kicked'), <Time at={user.kicked_at} />],
          [t('user.mutedC2C'), <Muted until={user.muted_c2c_until_at} />],
          [t('user.mutedGroup'), <Muted until={user.muted_group_until_at} />],
          [t('user.pushDevices'), number(user.push_devices)],
        ]} />
      </Card>
      <Devices app={app} user={user.user} connections={user.connections} reload={reload} />
      <Card title={t('user.profile')}>
        {Object.keys(user.profile).length > 0 ? <Code text={JSON.stringify(user.profile, null, 2)} label={t('user.profile')} /> : <p class="dim">{t('user.profile.empty')}</p>}
      </Card>
    </>
  )
}

const forEver = 4_000_000_000_000 // ms: a time that far off means without end

export function Muted({ until }: { until: number }) {
  if (until <= Date.now()) return <span class="dim">{t('no')}</span>
  return <Badge tone="warn">{until > forEver ? t('muted.forEver') : <>{t('muted.until')}&nbsp;<Time at={until} exact /></>}</Badge>
}
