import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from '../i18n'
import { link, replace, route } from '../route'
import { current, loadApps, remember } from '../state/apps'
import { logOut, session } from '../state/session'
import { Button } from '../ui/button'
import { Icon } from '../ui/icon'
import { Badge } from '../ui/small'
import { failed } from '../ui/toast'
import { Choices } from './choices'
import { Logo } from './logo'
import { Nav } from './nav'
import { Page } from './page'
import { find } from './places'

/** Shell is the console: the navigation, which is a drawer on a phone, and the page. */
export function Shell() {
  const [open, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const key = find(route.value)?.key
  const before = useRef(key)

  useEffect(() => { loadApps().catch(failed) }, [])
  useEffect(() => { if (route.value.path[0] === 'apps' && current.value) remember(current.value) }, [key])
  useEffect(() => setOpen(false), [route.value])
  useEffect(() => { // the documents lead to a command, of whichever app
    const [first, ...command] = route.value.path
    if (first === 'try' && current.value) replace(link(['apps', current.value, 'try', ...command]))
  }, [route.value, current.value])
  useEffect(() => {
    if (before.current === key) return
    before.current = key
    main.current?.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [key])

  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus() }}>{t('skip')}</a>
      <header class="bar">
        <Button kind="quiet" icon="menu" label={t('nav.open')} onClick={() => setOpen(true)} />
        <Logo />
      </header>
      <Side open={open} onClose={() => setOpen(false)} />
      <main ref={main} id="main" class="main" tabIndex={-1}><div class="page"><Page /></div></main>
    </div>
  )
}

function Side({ open, onClose }: { open: boolean; onClose: () => void }) {
  const side = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!open) return
    const opener = document.activeElement
    side.current?.querySelector<HTMLElement>('a, button')?.focus()
    const onKey = (event: KeyboardEvent) => { if (event.key === 'Escape') onClose() }
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      if (opener instanceof HTMLElement) opener.focus()
    }
  }, [open])
  return (
    <>
      {open && <div class="scrim" onClick={onClose} />}
      <aside ref={side} class={open ? 'side open' : 'side'}>
        <div class="side-head">
          <Logo />
          <span class="side-close"><Button kind="quiet" icon="close" label={t('nav.close')} onClick={onClose} /></span>
        </div>
        <div class="side-scroll"><Nav /></div>
        <Me />
      </aside>
    </>
  )
}

function Me() {
  const me = session.value!
  return (
    <footer class="side-foot">
      <a class="me" href="#/me" aria-current={route.value.path[0] === 'me' ? 'page' : undefined}>
        <Icon name="users" />
        <span class="cut">{me.name}</span>
        {me.role === 'read' && <Badge>{t('role.read')}</Badge>}
      </a>
      <div class="side-acts">
        <Choices />
        <Button kind="quiet" small icon="leave" label={t('logout')} onClick={() => void logOut()} />
      </div>
    </footer>
  )
}
