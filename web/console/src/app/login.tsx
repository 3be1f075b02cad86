import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { ended, logIn } from '../state/session'
import { Button } from '../ui/button'
import { Notice } from '../ui/empty'
import { Field } from '../ui/field'
import { words } from '../ui/words'
import { Gate } from './gate'

export function Login() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    setProblem('')
    try {
      await logIn(name.trim(), password)
    } catch (cause) {
      setProblem(words(cause))
      setPassword('')
      setBusy(false)
    }
  }
  return (
    <Gate title={t('login.title')}>
      {ended.value && <Notice tone="warn">{t('login.ended')}</Notice>}
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <Field label={t('login.name')} value={name} onInput={setName} autocomplete="username" plain required focus />
        <Field label={t('login.password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <Button type="submit" kind="primary" busy={busy}>{t('login.action')}</Button>
      </form>
      <p class="hint">{t('login.help')}</p>
    </Gate>
  )
}
