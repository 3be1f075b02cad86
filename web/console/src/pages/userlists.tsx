import type { Conversation, UserGroup } from '../api/types'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { link } from '../route'
import { useList } from '../ui/list'
import { Badge, Id, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'

const groups = (app: number): Column<UserGroup>[] => [
  { head: t('group'), wide: true, cell: (row) => <span class="who"><div><Id href={link(['apps', app, 'groups', row.group])}>{row.name || row.group}</Id>{row.name && <small class="mono cut">{row.group}</small>}</div></span> },
  { head: t('group.type'), cell: (row) => <Badge>{row.type}</Badge> },
  { head: t('member.role'), cell: (row) => row.role },
  { head: t('group.members'), end: true, cell: (row) => number(row.members) },
]

export function UserGroups({ app, user }: { app: number; user: string }) {
  const list = useList<UserGroup>(['apps', app, 'users', user, 'groups'])
  return <Table label={t('nav.groups')} list={list} columns={groups(app)} id={(row) => row.group} empty={{ title: t('user.noGroups'), text: t('user.noGroups.text') }} />
}

const conversations = (app: number): Column<Conversation>[] => [
  { head: t('conversation'), wide: true, cell: (row) => <span class="who"><div><Id href={link(['apps', app, 'messages'], { conversation: row.conversation })}>{row.name || row.peer}</Id><small class="mono cut">{row.conversation}</small></div></span> },
  { head: t('conversation.unread'), end: true, cell: (row) => number(row.unread) },
  { head: t('conversation.last'), cell: (row) => <Time at={row.last_at} /> },
  { head: t('conversation.pinned'), hideHead: true, cell: (row) => row.pinned && <Badge>{t('conversation.pinned')}</Badge> },
]

export function UserConversations({ app, user }: { app: number; user: string }) {
  const list = useList<Conversation>(['apps', app, 'users', user, 'conversations'])
  return <Table label={t('conversations')} list={list} columns={conversations(app)} id={(row) => row.conversation} empty={{ title: t('user.noConversations'), text: t('user.noConversations.text') }} />
}
