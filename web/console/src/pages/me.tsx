import { useState } from 'preact/hooks'
import { post } from '../api/client'
import { t } from '../i18n'
import { session } from '../state/session'
import { Button } from '../ui/button'
import { Facts, Field } from '../ui/field'
import { Head } from '../ui/head'
import { Badge, Card, Time } from '../ui/small'
import { say } from '../ui/toast'
import { words } from '../ui/words'
import { Sessions } from './sessions'

export default function MePage() {
  const me = session.value!
  return (
    <>
      <Head title={t('me')} />
      <Card>
        <Facts rows={[
          [t('operators.name'), me.name],
          [t('operators.role'), <Badge tone={me.role === 'write' ? 'good' : 'plain'}>{t(`role.${me.role}`)}</Badge>],
          [t('sessions.expires'), <Time at={me.expires_at} exact />],
        ]} />
      </Card>
      <Password />
      <Card title={t('me.sessions')} pad={false}><Sessions operator={me.name} /></Card>
    </>
  )
}

const empty = { old: '', next: '', again: '' }

function Password() {
  const [texts, setTexts] = useState(empty)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const put = (name: keyof typeof empty) => (text: string) => setTexts((was) => ({ ...was, [name]: text }))
  const submit = async () => {
    if (texts.next !== texts.again) return setProblem(t('link.again.rule'))
    if ([...texts.next].length < 10) return setProblem(t('link.password.rule'))
    setBusy(true)
    setProblem('')
    try {
      await post(['password'], { old: texts.old, new: texts.next })
      setTexts(empty)
      say(t('me.password.done'), 'good')
    } catch (cause) {
      setProblem(words(cause))
    }
    setBusy(false)
  }
  return (
    <Card title={t('me.password')}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <input class="unseen" type="text" autocomplete="username" value={session.value!.name} tabIndex={-1} aria-hidden="true" readOnly />
        <div class="form-grid">
          <Field label={t('me.old')} type="password" value={texts.old} onInput={put('old')} autocomplete="current-password" required />
          <Field label={t('me.new')} type="password" value={texts.next} onInput={put('next')} autocomplete="new-password" hint={t('link.password.hint')} required />
          <Field label={t('link.again')} type="password" value={texts.again} onInput={put('again')} autocomplete="new-password" required />
        </div>
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="form-foot"><Button type="submit" busy={busy}>{t('me.password')}</Button></div>
      </form>
    </Card>
  )
}
