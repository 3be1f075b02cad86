import { useEffect, useState } from 'preact/hooks'
import { patch } from '../api/client'
import type { App, Settings } from '../api/types'
import type { PageProps } from '../app/places'
import { known, t } from '../i18n'
import { link } from '../route'
import { canWrite } from '../state/session'
import { loadApps } from '../state/apps'
import { appCrumbs } from '../ui/apphead'
import { Button } from '../ui/button'
import { Bones, Failed, Notice } from '../ui/empty'
import { Field } from '../ui/field'
import { Head } from '../ui/head'
import { useLoad, type Loaded } from '../ui/load'
import { Card } from '../ui/small'
import { failed, say } from '../ui/toast'
import { words } from '../ui/words'
import { AppTabs } from './app'
import { dotted, meant, merge, rowsOf, sections, set, shown, valueOf, type Setting } from './settingform'
import { SettingField } from './settingfield'

const all = 'all'

export default function SettingsPage({ app: id, path: [section = 'general'] }: PageProps) {
  const loaded = useLoad<App>(['apps', id])
  const app = loaded.value
  const rows = app && rowsOf(section, app.settings)
  return (
    <>
      <Head title={t('app.settings')} crumbs={appCrumbs(id)} />
      <AppTabs app={id} at="settings" />
      {loaded.error !== undefined && !app && <Failed cause={loaded.error} again={loaded.reload} />}
      {app?.declared && <Notice>{t('app.declared.text')}</Notice>}
      <div class="split narrow-first">
        <nav class="card sub" aria-label={t('settings.sections')}>
          {[...sections, all].map((name) => (
            <a key={name} href={link(['apps', id, 'settings', name])} aria-current={name === section ? 'page' : undefined}>{t(known('settings.' + name)!)}</a>
          ))}
        </nav>
        {!app ? !loaded.error && <Card><Bones lines={6} /></Card> : rows ? <Form key={section} title={section} rows={rows} app={app} loaded={loaded} /> : <Raw app={app} loaded={loaded} />}
      </div>
    </>
  )
}

async function save(app: App, change: unknown, loaded: Loaded<App>): Promise<void> {
  loaded.set(await patch<App>(['apps', app.id], { settings: change }))
  say(t('saved'), 'good')
  loadApps().catch(failed)
}

function Form({ title, rows, app, loaded }: { title: string; rows: Setting[]; app: App; loaded: Loaded<App> }) {
  const [texts, setTexts] = useState<Record<string, string>>({})
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  useEffect(() => setTexts({}), [app])
  const locked = app.declared || !canWrite.value

  let next: Settings = app.settings
  const wrong: Record<string, string> = {}
  for (const row of rows) {
    const text = texts[dotted(row)]
    if (text === undefined) continue
    const value = row.kind === 'switch' ? text === 'true' : meant(row.kind, text)
    if (value === undefined) wrong[dotted(row)] = t('setting.number')
    else next = set(next, row.path, value)
  }
  const change = merge(app.settings, next) as Settings
  const changed = Object.keys(change).length > 0
  const submit = async () => {
    setBusy(true)
    setProblem('')
    try {
      await save(app, change, loaded)
    } catch (cause) {
      setProblem(words(cause))
    }
    setBusy(false)
  }
  return (
    <Card title={t(known('settings.' + title)!)}>
      {known(`settings.${title}.text`) && <p class="hint">{t(known(`settings.${title}.text`)!)}</p>}
      <form class="stack" onSubmit={(event) => { event.preventDefault(); if (changed) void submit() }}>
        <div class={title === 'switches' ? 'stack' : 'form-grid'}>
          {rows.map((row) => (
            <SettingField key={dotted(row)} row={row} value={texts[dotted(row)] ?? shown(valueOf(app.settings, row.path))} standard={valueOf(app.defaults ?? {}, row.path)}
              problem={wrong[dotted(row)]} locked={locked} onInput={(text) => setTexts((was) => ({ ...was, [dotted(row)]: text }))} />
          ))}
        </div>
        {problem && <p class="problem" role="alert">{problem}</p>}
        {!app.declared && (
          <div class="form-foot">
            <Button type="submit" kind="primary" write disabled={!changed || Object.keys(wrong).length > 0} busy={busy}>{t('save')}</Button>
            {changed && <Button onClick={() => setTexts({})}>{t('discard')}</Button>}
          </div>
        )}
      </form>
    </Card>
  )
}

/** Raw is the whole section as JSON, for what has no form. */
function Raw({ app, loaded }: { app: App; loaded: Loaded<App> }) {
  const before = JSON.stringify(app.settings, null, 2)
  const [text, setText] = useState(before)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  useEffect(() => setText(before), [before])
  const submit = async () => {
    setProblem('')
    let next: unknown
    try {
      next = JSON.parse(text)
    } catch (cause) {
      setProblem(t('json.wrong', { message: (cause as Error).message }))
      return
    }
    setBusy(true)
    try {
      await save(app, merge(app.settings, next), loaded)
    } catch (cause) {
      setProblem(words(cause))
    }
    setBusy(false)
  }
  return (
    <Card title={t('settings.all')}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <Field label={t('settings.json')} value={text} onInput={setText} rows={24} mono plain hint={t('settings.json.hint')} disabled={app.declared || !canWrite.value} problem={problem} />
        {!app.declared && (
          <div class="form-foot">
            <Button type="submit" kind="primary" write disabled={text === before} busy={busy}>{t('save')}</Button>
            {text !== before && <Button onClick={() => setText(before)}>{t('discard')}</Button>}
          </div>
        )}
      </form>
    </Card>
  )
}
