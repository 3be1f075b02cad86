import { post, remove } from '../api/client'
import type { GroupDetail, Member } from '../api/types'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { go, link } from '../route'
import { appCrumbs } from '../ui/apphead'
import { ActButton, Button, LinkButton } from '../ui/button'
import { confirm } from '../ui/dialog'
import { Bones, Failed } from '../ui/empty'
import { Facts } from '../ui/field'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { useLoad } from '../ui/load'
import { Badge, Card, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { say } from '../ui/toast'
import { Muted } from './user'
import { Who } from './users'

const columns = (app: number): Column<Member>[] => [
  { head: t('user'), wide: true, cell: (row) => <Who app={app} user={row.user} nick={row.name_card || row.nick} /> },
  { head: t('member.role'), cell: (row) => <Badge tone={row.role === 'Owner' ? 'accent' : 'plain'}>{row.role}</Badge> },
  { head: t('member.joined'), cell: (row) => <Time at={row.joined_at} /> },
  { head: t('member.muted'), cell: (row) => <Muted until={row.muted_until_at} /> },
]

export function GroupPage({ app, group: id }: { app: number; group: string }) {
  const loaded = useLoad<GroupDetail>(['apps', app, 'groups', id])
  const members = useList<Member>(['apps', app, 'groups', id, 'members'])
  const group = loaded.value
  const crumbs = appCrumbs(app, [t('nav.groups'), link(['apps', app, 'groups'])])
  if (!group && loaded.error) return <><Head title={id} crumbs={crumbs} /><Failed cause={loaded.error} again={loaded.reload} /></>
  return (
    <>
      <Head title={group?.name || id} crumbs={crumbs} badge={group && <span class="row"><Badge>{group.type}</Badge>{group.muted && <Badge tone="warn">{t('group.muted')}</Badge>}</span>}>
        {group && <Acts app={app} group={group} reload={loaded.reload} />}
      </Head>
      <Card>{group ? <GroupFacts app={app} group={group} /> : <Bones lines={4} />}</Card>
      <Card title={t('group.members')} pad={false}>
        <Table label={t('group.members')} list={members} columns={columns(app)} id={(row) => row.user} empty={{ title: t('group.noMembers'), text: t('group.noMembers.text') }} />
      </Card>
    </>
  )
}

function GroupFacts({ app, group }: { app: number; group: GroupDetail }) {
  return (
    <Facts rows={[
      ['GroupId', <span class="mono">{group.group}</span>],
      [t('group.owner'), group.owner ? <a href={link(['apps', app, 'users', group.owner])}>{group.owner}</a> : t('none')],
      [t('group.members'), group.max_members ? `${number(group.members)} / ${number(group.max_members)}` : number(group.members)],
      [t('group.messages'), number(Math.max(0, group.next_seq - 1))],
      [t('group.created'), <Time at={group.created_at} exact />],
      [t('group.last'), <Time at={group.last_at} exact />],
      [t('group.join'), group.join || t('none')],
      [t('group.invite'), group.invite || t('none')],
      [t('group.introduction'), group.introduction || t('none')],
      [t('group.notification'), group.notification || t('none')],
    ]} />
  )
}

function Acts({ app, group, reload }: { app: number; group: GroupDetail; reload: () => void }) {
  const path = ['apps', app, 'groups', group.group]
  const mute = async () => { await post([...path, 'mute'], { all: !group.muted }); reload() }
  const dismiss = () => confirm({
    title: t('dismiss.title', { group: group.name || group.group }), text: t('dismiss.text'), name: group.group, action: t('dismiss'), danger: true,
    run: async () => { await remove(path); say(t('dismiss.done'), 'good'); go(link(['apps', app, 'groups'])) },
  })
  return (
    <>
      <LinkButton href={link(['apps', app, 'messages'], { conversation: 'group/' + encodeURIComponent(group.group) })} icon="messages">{t('nav.messages')}</LinkButton>
      <ActButton write act={mute} done={t('saved')}>{t(group.muted ? 'group.unmute' : 'group.mute')}</ActButton>
      <Button kind="danger" write onClick={dismiss}>{t('dismiss')}</Button>
    </>
  )
}
