import { route } from '../route'
import { session, unreachable, ask } from '../state/session'
import { t } from '../i18n'
import { Confirmer } from '../ui/dialog'
import { Failed } from '../ui/empty'
import { Refused } from '../api/client'
import { Toasts } from '../ui/toast'
import { LinkPage } from './link'
import { Login } from './login'
import { Shell } from './shell'

/** Root shows what the operator may see: the link's page, the login, or the console. */
export function Root() {
  return (
    <>
      <Where />
      <Confirmer />
      <Toasts />
    </>
  )
}

function Where() {
  const [first, token] = route.value.path
  if (first === 'link' && token) return <LinkPage key={token} token={token} />
  if (unreachable.value) return <main class="gate"><Failed cause={new Refused(0, 'unreachable', '')} again={() => void ask()} /></main>
  if (session.value === undefined) return <main class="gate" aria-busy="true" aria-label={t('loading')} />
  if (session.value === null) return <Login />
  return <Shell />
}
