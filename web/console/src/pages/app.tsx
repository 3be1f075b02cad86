import { post, remove } from '../api/client'
import type { App, AppKey, NewKey } from '../api/types'
import type { PageProps } from '../app/places'
import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { link } from '../route'
import { loadApps } from '../state/apps'
import { ActButton, Button } from '../ui/button'
import { confirm, Dialog } from '../ui/dialog'
import { Bones, Failed, Notice } from '../ui/empty'
import { Facts, Select } from '../ui/field'
import { Head, Tabs } from '../ui/head'
import { KeyShown } from '../ui/keyshown'
import { useLoad, type Loaded } from '../ui/load'
import { Badge, Card, Time } from '../ui/small'
import { failed } from '../ui/toast'
import { words } from '../ui/words'
import { AppBadges } from './apps'
import { Days } from './appdays'

export function AppTabs({ app, at }: { app: number; at: string }) {
  return <Tabs label={t('nav.app')} at={at} tabs={[['', t('app.summary'), link(['apps', app])], ['settings', t('app.settings'), link(['apps', app, 'settings'])]]} />
}

export default function AppPage({ app: id }: PageProps) {
  const loaded = useLoad<App>(['apps', id])
  const app = loaded.value
  if (!app && loaded.error) return <><Head title={String(id)} crumbs={[[t('nav.apps'), '#/apps']]} /><Failed cause={loaded.error} again={loaded.reload} /></>
  return (
    <>
      <Head title={app?.name || String(id)} crumbs={[[t('nav.apps'), '#/apps']]} badge={app && <AppBadges app={app} />}>
        {app && !app.declared && !app.deleting && <><Turn app={app} loaded={loaded} /><Delete app={app} loaded={loaded} /></>}
      </Head>
      <AppTabs app={id} at="" />
      {app?.declared && <Notice>{t('app.declared.text')}</Notice>}
      {app?.deleting && <Notice tone="bad">{t('app.deleting.text', { removed: number(app.removed) })}</Notice>}
      {app?.disabled && !app.deleting && <Notice tone="bad">{t('app.disabled.text')}</Notice>}
      <Card>{app ? <AppFacts app={app} /> : <Bones lines={3} />}</Card>
      {app && !app.deleting && <Keys app={app} loaded={loaded} />}
      {app && app.figures.length > 0 && <Days figures={app.figures} />}
    </>
  )
}

function AppFacts({ app }: { app: App }) {
  return (
    <Facts rows={[
      ['SDKAppID', <span class="mono">{app.id}</span>],
      [t('app.accounts'), number(app.accounts)],
      [t('nav.groups'), number(app.groups)],
      [t('app.onlineUsers'), number(app.online)],
      [t('nav.connections'), app.connections === undefined ? '–' : number(app.connections)],
      [t('app.administrators'), app.administrators.join(', ') || t('none')],
      [t('nav.webhooks'), t(app.webhook ? 'on' : 'off')],
      [t('nav.push'), app.push.join(', ') || t('off')],
      [t('app.search'), t(app.search ? 'on' : 'off')],
    ]} />
  )
}

function Turn({ app, loaded }: { app: App; loaded: Loaded<App> }) {
  const turn = async (to: 'disable' | 'enable') => {
    loaded.set(await post<App>(['apps', app.id, to]))
    loadApps().catch(failed)
  }
  if (app.disabled) return <ActButton write act={() => turn('enable')} done={t('app.enabled')}>{t('app.enable')}</ActButton>
  return (
    <Button kind="danger" write onClick={() => confirm({
      title: t('app.disable.title', { name: app.name || app.id }), text: t('app.disable.text'), name: app.name || String(app.id),
      action: t('app.disable'), danger: true, run: () => turn('disable'),
    })}>{t('app.disable')}</Button>
  )
}

function Delete({ app, loaded }: { app: App; loaded: Loaded<App> }) {
  const run = async () => {
    loaded.set(await remove<App>(['apps', app.id]))
    loadApps().catch(failed)
  }
  return (
    <Button kind="danger" write onClick={() => confirm({
      title: t('app.delete.title', { name: app.name || app.id }), text: t('app.delete.text'), name: String(app.id),
      action: t('app.delete'), danger: true, run,
    })}>{t('app.delete')}</Button>
  )
}

function Keys({ app, loaded }: { app: App; loaded: Loaded<App> }) {
  const [rotating, setRotating] = useState(false)
  return (
    <Card title={t('keys')} pad={false} aside={!app.declared && <Button small icon="key" write onClick={() => setRotating(true)}>{t('keys.rotate')}</Button>}>
      <div class="table-box">
        <table class="table">
          <thead><tr><th scope="col" class="wide">{t('keys.id')}</th><th scope="col">{t('keys.until')}</th><th scope="col"><span class="unseen">{t('acts')}</span></th></tr></thead>
          <tbody>{app.keys.map((key) => <KeyRow key={key.id} row={key} app={app} loaded={loaded} />)}</tbody>
        </table>
      </div>
      {rotating && <Rotate app={app} loaded={loaded} onClose={() => setRotating(false)} />}
    </Card>
  )
}

function KeyRow({ row, app, loaded }: { row: AppKey; app: App; loaded: Loaded<App> }) {
  const drop = () => confirm({
    title: t('keys.remove.title'), text: t('keys.remove.text'), name: row.id, action: t('remove'), danger: true,
    run: async () => loaded.set(await remove<App>(['apps', app.id, 'keys', row.id])),
  })
  return (
    <tr>
      <td><span class="mono">{row.id}</span></td>
      <td data-head={t('keys.until')}>{row.not_after_at ? <Time at={row.not_after_at} /> : <Badge tone="good">{t('keys.current')}</Badge>}</td>
      <td>{!app.declared && app.keys.length > 1 && <div class="row"><Button small kind="danger" write onClick={drop}>{t('remove')}</Button></div>}</td>
    </tr>
  )
}

function Rotate({ app, loaded, onClose }: { app: App; loaded: Loaded<App>; onClose: () => void }) {
  const [overlap, setOverlap] = useState('86400')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const [key, setKey] = useState<NewKey>()
  const submit = async () => {
    setBusy(true)
    try {
      const made = await post<{ key: NewKey; app: App }>(['apps', app.id, 'keys'], { overlap_seconds: Number(overlap) })
      loaded.set(made.app)
      setKey(made.key)
    } catch (cause) {
      setProblem(words(cause))
    }
    setBusy(false)
  }
  return (
    <Dialog title={t('keys.rotate')} onClose={onClose}>
      {key ? <><KeyShown app={app.id} secret={key} /><footer><Button kind="primary" onClick={onClose}>{t('key.kept')}</Button></footer></> : (
        <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
          <p class="lead">{t('keys.rotate.text')}</p>
          <Select label={t('keys.overlap')} value={overlap} onChange={setOverlap} choices={[
            ['0', t('keys.overlap.none')], ['3600', t('keys.overlap.hour')], ['86400', t('keys.overlap.day')], ['604800', t('keys.overlap.week')], ['2592000', t('keys.overlap.month')],
          ]} />
          {problem && <p class="problem" role="alert">{problem}</p>}
          <footer><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" kind="primary" busy={busy}>{t('keys.rotate')}</Button></footer>
        </form>
      )}
    </Dialog>
  )
}
