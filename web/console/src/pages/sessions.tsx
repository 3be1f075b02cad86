import { remove } from '../api/client'
import type { OperatorSession } from '../api/types'
import { t } from '../i18n'
import { logOut } from '../state/session'
import { Button } from '../ui/button'
import { confirm } from '../ui/dialog'
import { useList } from '../ui/list'
import { Badge, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { say } from '../ui/toast'

/** Sessions are the browsers that are logged in: an operator's, or all. */
export function Sessions({ operator }: { operator?: string }) {
  const list = useList<OperatorSession>(['sessions'], { operator })
  const end = (row: OperatorSession) => confirm({
    title: t('sessions.end.title'), text: t(row.current ? 'sessions.end.current' : 'sessions.end.text', { name: row.operator }), action: t('sessions.end'), danger: true,
    run: async () => {
      if (row.current) return logOut()
      await remove(['sessions', row.id])
      say(t('sessions.ended'), 'good')
      list.reload()
    },
  })
  const columns: Column<OperatorSession>[] = [
    { head: t('operators.name'), cell: (row) => <span class="row start"><b>{row.operator}</b>{row.current && <Badge tone="accent">{t('sessions.current')}</Badge>}</span> },
    { head: t('audit.address'), cell: (row) => <span class="mono">{row.address}</span> },
    { head: t('sessions.agent'), wide: true, cell: (row) => <span class="dim">{browser(row.agent)}</span> },
    { head: t('sessions.used'), cell: (row) => <Time at={row.used_at} /> },
    { head: t('sessions.expires'), cell: (row) => <Time at={row.expires_at} /> },
    { head: t('acts'), hideHead: true, cell: (row) => <div class="row"><Button small kind="danger" onClick={() => end(row)}>{t('sessions.end')}</Button></div> },
  ]
  return <Table label={t('sessions')} list={list} columns={columns} id={(row) => row.id} empty={{ title: t('sessions.empty'), text: t('sessions.empty.text') }} />
}

/** browser is the short name of what a User-Agent says; all of it when it is none we know. */
function browser(agent: string): string {
  const name = [['Edg/', 'Edge'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([sign]) => agent.includes(sign!))?.[1]
  const system = [['Android', 'Android'], ['iPhone', 'iOS'], ['iPad', 'iPadOS'], ['Mac OS', 'macOS'], ['Windows', 'Windows'], ['Linux', 'Linux']].find(([sign]) => agent.includes(sign!))?.[1]
  return name && system ? `${name}, ${system}` : agent
}
