import { useState } from 'preact/hooks'
import { patch, post, remove } from '../api/client'
import type { Invite, Operator, Role } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { session } from '../state/session'
import { Button } from '../ui/button'
import { confirm, Dialog } from '../ui/dialog'
import { Notice } from '../ui/empty'
import { Field, Select } from '../ui/field'
import { Head, Tabs } from '../ui/head'
import { useList } from '../ui/list'
import { Badge, Code, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { say } from '../ui/toast'
import { words } from '../ui/words'
import { Sessions } from './sessions'

export default function OperatorsPage({ path: [tab = ''] }: PageProps) {
  const [inviting, setInviting] = useState(false)
  return (
    <>
      <Head title={t('nav.operators')}><Button kind="primary" icon="plus" write onClick={() => setInviting(true)}>{t('operators.invite')}</Button></Head>
      <Tabs label={t('nav.operators')} at={tab} tabs={[['', t('nav.operators'), '#/operators'], ['sessions', t('sessions'), '#/operators/sessions']]} />
      {tab === 'sessions' ? <Sessions /> : <Operators />}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  )
}

function Operators() {
  const list = useList<Operator>(['operators'])
  const change = (row: Operator, to: { role?: Role; disabled?: boolean }, title: string, text: string, action: string) => confirm({
    title, text, action, danger: to.disabled === true, name: to.disabled ? row.name : undefined,
    run: async () => { await patch(['operators', row.name], to); say(t('saved'), 'good'); list.reload() },
  })
  const drop = (row: Operator) => confirm({
    title: t('operators.remove.title', { name: row.name }), text: t('operators.remove.text'), name: row.name, action: t('remove'), danger: true,
    run: async () => { await remove(['operators', row.name]); say(t('operators.removed', { name: row.name }), 'good'); list.reload() },
  })
  const acts = (row: Operator) => (
    <div class="row">
      <Button small write onClick={() => { const to: Role = row.role === 'write' ? 'read' : 'write'; change(row, { role: to }, t('operators.role.title', { name: row.name }), t(`operators.role.${to}`), t('operators.role')) }}>{t('operators.role')}</Button>
      {row.disabled ? <Button small write onClick={() => change(row, { disabled: false }, t('operators.enable.title', { name: row.name }), t('operators.enable.text'), t('app.enable'))}>{t('app.enable')}</Button>
        : <Button small write onClick={() => change(row, { disabled: true }, t('operators.disable.title', { name: row.name }), t('operators.disable.text'), t('app.disable'))}>{t('app.disable')}</Button>}
      <Button small kind="danger" write onClick={() => drop(row)}>{t('remove')}</Button>
    </div>
  )
  const columns: Column<Operator>[] = [
    { head: t('operators.name'), wide: true, cell: (row) => <span class="row start"><b>{row.name}</b>{row.name === session.value?.name && <Badge tone="accent">{t('operators.you')}</Badge>}</span> },
    { head: t('operators.role'), cell: (row) => <Badge tone={row.role === 'write' ? 'good' : 'plain'}>{t(`role.${row.role}`)}</Badge> },
    { head: t('app.state'), cell: (row) => (row.disabled ? <Badge tone="bad">{t('app.disabled')}</Badge> : <Badge tone="good">{t('app.on')}</Badge>) },
    { head: t('operators.lastLogin'), cell: (row) => <Time at={row.last_login_at} /> },
    { head: t('sessions'), end: true, cell: (row) => number(row.sessions) },
    { head: t('acts'), hideHead: true, cell: acts },
  ]
  return <Table label={t('nav.operators')} list={list} columns={columns} id={(row) => row.name} empty={{ title: t('operators.empty'), text: t('operators.empty.text') }} />
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>('read')
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const [made, setMade] = useState<Invite>()
  const submit = async () => {
    setBusy(true)
    try {
      setMade(await post<Invite>(['operators', 'invite'], { role, ...(name.trim() && { name: name.trim() }) }))
    } catch (cause) {
      setProblem(words(cause))
    }
    setBusy(false)
  }
  if (made) {
    return (
      <Dialog title={t('operators.invited')} onClose={onClose}>
        <Notice tone="warn"><span>{t('operators.link.once')} <Time at={made.expires_at} exact /></span></Notice>
        <Code text={new URL(made.path, location.origin).href} label={t('operators.link')} />
        <footer><Button kind="primary" onClick={onClose}>{t('close')}</Button></footer>
      </Dialog>
    )
  }
  return (
    <Dialog title={t('operators.invite')} onClose={onClose}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <p class="lead">{t('operators.invite.text')}</p>
        <Select label={t('operators.role')} value={role} onChange={(to) => setRole(to as Role)} choices={[['read', t('role.read')], ['write', t('role.write')]]} hint={t(`link.lead.${role}`)} />
        <Field label={t('operators.name')} value={name} onInput={setName} hint={t('operators.name.hint')} plain />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <footer><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" kind="primary" write busy={busy}>{t('operators.invite')}</Button></footer>
      </form>
    </Dialog>
  )
}
