import { useState } from 'preact/hooks'
import { post } from '../api/client'
import type { App, AppItem, NewKey } from '../api/types'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { go, link, route } from '../route'
import { loadApps } from '../state/apps'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { Field } from '../ui/field'
import { Filters, FilterText } from '../ui/filter'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { KeyShown } from '../ui/keyshown'
import { Badge, Id } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { failed } from '../ui/toast'
import { words } from '../ui/words'

const columns = (): Column<AppItem>[] => [
  { head: t('app'), wide: true, cell: (app) => <span class="who"><span><Id href={link(['apps', app.id])}>{app.name || String(app.id)}</Id></span></span> },
  { head: 'SDKAppID', cell: (app) => <span class="mono">{app.id}</span> },
  { head: t('app.accounts'), end: true, cell: (app) => number(app.accounts) },
  { head: t('nav.groups'), end: true, cell: (app) => number(app.groups) },
  { head: t('online'), end: true, cell: (app) => number(app.online) },
  { head: t('nav.connections'), end: true, cell: (app) => app.connections === undefined ? '–' : number(app.connections) },
  { head: t('app.state'), cell: (app) => <AppBadges app={app} /> },
]

export default function AppsPage() {
  const [making, setMaking] = useState(false)
  const q = route.value.query.q ?? ''
  const list = useList<AppItem>(['apps'], { q })
  return (
    <>
      <Head title={t('nav.apps')}><Button kind="primary" icon="plus" write onClick={() => setMaking(true)}>{t('apps.create')}</Button></Head>
      <Filters><FilterText name="q" label={t('apps.filter')} /></Filters>
      <Table label={t('nav.apps')} list={list} columns={columns()} id={(app) => app.id}
        empty={q ? { title: t('list.nothing'), text: t('list.nothing.text') } : { title: t('apps.empty'), text: t('apps.empty.text') }} />
      {making && <Make onClose={() => { setMaking(false); list.reload() }} />}
    </>
  )
}

export function AppBadges({ app }: { app: AppItem }) {
  return (
    <span class="badges">
      {app.deleting ? <Badge tone="bad">{t('app.deleting')}</Badge> : app.disabled ? <Badge tone="bad">{t('app.disabled')}</Badge> : <Badge tone="good">{t('app.on')}</Badge>}
      {app.declared && <Badge>{t('app.declared')}</Badge>}
    </span>
  )
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [id, setId] = useState('')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<{ app: App; key: NewKey }>()
  const submit = async () => {
    setBusy(true)
    setProblem('')
    try {
      setMade(await post(['apps'], { name: name.trim(), ...(id.trim() && { id: Number(id) }) }))
      loadApps().catch(failed)
    } catch (cause) {
      setProblem(words(cause))
    }
    setBusy(false)
  }
  if (made) {
    return (
      <Dialog title={t('apps.made', { name: made.app.name || made.app.id })} onClose={onClose}>
        <KeyShown app={made.app.id} secret={made.key} />
        <footer><Button kind="primary" onClick={() => { onClose(); go(link(['apps', made.app.id])) }}>{t('apps.open')}</Button></footer>
      </Dialog>
    )
  }
  return (
    <Dialog title={t('apps.create')} onClose={onClose}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <Field label={t('app.name')} value={name} onInput={setName} required focus />
        <Field label="SDKAppID" value={id} onInput={setId} hint={t('apps.id.hint')} mono plain />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <footer>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" busy={busy}>{t('apps.create')}</Button>
        </footer>
      </form>
    </Dialog>
  )
}
