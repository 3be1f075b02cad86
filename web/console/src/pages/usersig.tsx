import { useState } from 'preact/hooks'
import { post } from '../api/client'
import type { CheckStep } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { appCrumbs } from '../ui/apphead'
import { Button } from '../ui/button'
import { Notice } from '../ui/empty'
import { Field, Select } from '../ui/field'
import { Head } from '../ui/head'
import { Icon } from '../ui/icon'
import { Badge, Card, Code, Time } from '../ui/small'
import { words } from '../ui/words'

export default function UserSigPage({ app }: PageProps) {
  return (
    <>
      <Head title="UserSig" crumbs={appCrumbs(app)} />
      <div class="split"><Make app={app} /><Check app={app} /></div>
    </>
  )
}

function useAsk<T>(run: () => Promise<T>) {
  const [answer, setAnswer] = useState<T>()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const ask = async () => {
    setBusy(true)
    setProblem('')
    try {
      setAnswer(await run())
    } catch (cause) {
      setAnswer(undefined)
      setProblem(words(cause))
    }
    setBusy(false)
  }
  return { answer, problem, busy, ask }
}

function Make({ app }: { app: number }) {
  const [user, setUser] = useState('')
  const [expire, setExpire] = useState('86400')
  const { answer, problem, busy, ask } = useAsk(() => post<{ usersig: string; expires_at: number }>(['apps', app, 'usersig'], { user: user.trim(), expire_seconds: Number(expire) }))
  return (
    <Card title={t('usersig.make')}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void ask() }}>
        <p class="hint">{t('usersig.make.text')}</p>
        <Field label="UserID" value={user} onInput={setUser} plain mono required />
        <Select label={t('usersig.valid')} value={expire} onChange={setExpire} choices={[['3600', t('usersig.hour')], ['86400', t('usersig.day')], ['604800', t('usersig.week')], ['15552000', t('usersig.halfYear')]]} />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="form-foot"><Button type="submit" kind="primary" write busy={busy} disabled={!user.trim()}>{t('usersig.make')}</Button></div>
        {answer && <div class="stack" aria-live="polite"><Code text={answer.usersig} label="UserSig" /><p class="hint">{t('usersig.until')} <Time at={answer.expires_at} exact /></p></div>}
      </form>
    </Card>
  )
}

function Check({ app }: { app: number }) {
  const [text, setText] = useState('')
  const [user, setUser] = useState('')
  const { answer, problem, busy, ask } = useAsk(() => post<{ valid: boolean; steps: CheckStep[] }>(['apps', app, 'usersig', 'check'], { usersig: text.trim(), ...(user.trim() && { user: user.trim() }) }))
  return (
    <Card title={t('usersig.check')}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void ask() }}>
        <p class="hint">{t('usersig.check.text')}</p>
        <Field label="UserSig" value={text} onInput={setText} rows={4} plain mono required />
        <Field label={t('usersig.forUser')} value={user} onInput={setUser} plain mono />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="form-foot"><Button type="submit" kind="primary" write busy={busy} disabled={!text.trim()}>{t('usersig.check')}</Button></div>
        {answer && (
          <div class="stack" aria-live="polite">
            <Notice tone={answer.valid ? 'good' : 'bad'}>{t(answer.valid ? 'usersig.good' : 'usersig.bad')}</Notice>
            <ol class="steps">{answer.steps.map((step) => (
              <li key={step.step} class={step.ok ? 'ok' : 'bad'}>
                <Icon name={step.ok ? 'check' : 'close'} size={16} /><span><b>{step.step}</b> {step.text}</span>{step.code !== 0 && <Badge tone="bad">{step.code}</Badge>}
              </li>
            ))}</ol>
          </div>
        )}
      </form>
    </Card>
  )
}
