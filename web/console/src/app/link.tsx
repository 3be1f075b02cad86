import { useEffect, useState } from 'preact/hooks'
import { post } from '../api/client'
import type { Link, Session } from '../api/types'
import { t } from '../i18n'
import { replace } from '../route'
import { enter } from '../state/session'
import { Button } from '../ui/button'
import { Bones, Failed } from '../ui/empty'
import { Field } from '../ui/field'
import { words } from '../ui/words'
import { Gate } from './gate'

const namePattern = /^[a-z0-9][a-z0-9._-]{0,31}$/
const shortest = 10 // characters of a password

/** LinkPage takes a one-time link: the first operator's, an invitation, or a login of dev. */
export function LinkPage({ token }: { token: string }) {
  const [link, setLink] = useState<Link>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    void (async () => {
      try {
        const found = await post<Link>(['links', 'check'], { token })
        if (found.kind === 'login') await redeem({ token })
        else setLink(found)
      } catch (cause) {
        setError(cause)
      }
    })()
  }, [token])
  if (error) return <Gate title={t('link.title')}><Failed cause={error} /><p class="hint">{t('link.gone.help')}</p><a class="button" href="#/">{t('login.title')}</a></Gate>
  if (!link) return <Gate title={t('link.title')}><Bones lines={3} /></Gate>
  return <Redeem token={token} link={link} />
}

async function redeem(body: { token: string; name?: string; password?: string }): Promise<void> {
  const session = await post<Session>(['links', 'redeem'], body)
  replace('#/overview') // the token leaves the address before anything else is done
  enter(session)
}

function Redeem({ token, link }: { token: string; link: Link }) {
  const [name, setName] = useState(link.name)
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const wrong = {
    name: namePattern.test(name) ? '' : t('link.name.rule'),
    password: [...password].length < shortest || password === name ? t('link.password.rule') : '',
    again: password === again ? '' : t('link.again.rule'),
  }
  const submit = async () => {
    setTried(true)
    if (wrong.name || wrong.password || wrong.again) return
    setBusy(true)
    try {
      await redeem({ token, name, password })
    } catch (cause) {
      setProblem(words(cause))
      setBusy(false)
    }
  }
  const first = link.kind === 'first'
  return (
    <Gate title={first ? t('link.first') : t('link.invite')} lead={first ? t('link.first.lead') : t(`link.lead.${link.role}`)}>
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <Field label={t('login.name')} value={name} onInput={setName} disabled={link.name !== ''} hint={t('link.name.hint')} autocomplete="username" plain focus problem={tried ? wrong.name : ''} />
        <Field label={t('login.password')} type="password" value={password} onInput={setPassword} hint={t('link.password.hint')} autocomplete="new-password" problem={tried ? wrong.password : ''} />
        <Field label={t('link.again')} type="password" value={again} onInput={setAgain} autocomplete="new-password" problem={tried ? wrong.again : ''} />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <Button type="submit" kind="primary" busy={busy}>{t('link.action')}</Button>
      </form>
    </Gate>
  )
}
