// The way in: an app, a user, a ticket. Also where one stands after a kick.

import { useState } from 'preact/hooks'
import { errorText } from '../i18n/errors.ts'
import { language, setLanguage, t } from '../i18n/index.ts'
import { enter, kicked, loginError, remembered, stage } from '../state/session.ts'
import { Button, Spinner } from '../ui/Button.tsx'
import { Field } from '../ui/parts.tsx'
import { Mark } from './Mark.tsx'

const kicks = {
  multipleAccount: ['kickedOther', 'kickedOtherText'], multipleDevice: ['kickedOther', 'kickedOtherText'],
  userSigExpired: ['kickedExpired', 'kickedExpiredText'], REST_API_Kick: ['kickedAdmin', 'kickedAdminText'],
} as const

export function Login() {
  const before = remembered()
  const [app, setApp] = useState(before.app)
  const [user, setUser] = useState(before.user)
  const [sig, setSig] = useState('')
  const [wrong, setWrong] = useState('')
  const entering = stage.value === 'entering'
  const kick = kicks[kicked.value as keyof typeof kicks]

  const submit = (e: Event) => {
    e.preventDefault()
    if (!/^\d{1,10}$/.test(app.trim())) return setWrong(t('loginAppWrong'))
    setWrong('')
    void enter(Number(app.trim()), user.trim(), sig.trim())
  }

  return (
    <main class="login scroll">
      <form class="login-card" onSubmit={submit}>
        <Mark size={56} />
        <h1>{t('loginTitle')}</h1>
        {kick ? (
          <div class="notice warn" role="alert"><strong>{t(kick[0])}</strong><span>{t(kick[1])}</span></div>
        ) : (
          <p class="muted">{t('loginText')}</p>
        )}
        <Field label={t('loginApp')} name="app" inputMode="numeric" autocomplete="off" required value={app} change={setApp} error={wrong} disabled={entering} />
        <Field label={t('loginUser')} name="user" autocomplete="username" required value={user} change={setUser} disabled={entering} />
        <Field label={t('loginSig')} name="sig" type="password" autocomplete="off" required value={sig} change={setSig} hint={t('loginSigHint')} disabled={entering} />
        {loginError.value !== null && <div class="notice bad" role="alert">{errorText(loginError.value)}</div>}
        <Button kind="primary" type="submit" wide busy={entering}>{entering ? t('loginGoing') : t('loginGo')}</Button>
        <button type="button" class="link" lang={language.value === 'en' ? 'zh-CN' : 'en'} onClick={() => void setLanguage(language.value === 'en' ? 'zh-CN' : 'en')}>
          {language.value === 'en' ? '中文' : 'English'}
        </button>
      </form>
      {entering && <p class="unseen" role="status"><Spinner />{t('loginGoing')}</p>}
    </main>
  )
}
