import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { t } from '../i18n'
import { route } from '../route'
import { Bones, Empty } from '../ui/empty'
import { Button, LinkButton } from '../ui/button'
import { Notice } from '../ui/empty'
import { find, type Found, type PageProps } from './places'

const loaded = new Map<Found['load'], ComponentType<PageProps>>()

/** Page shows the page of the address; the one before stays until the next one's code is there. */
export function Page() {
  const found = find(route.value)
  const [, again] = useState(0)
  const [lost, setLost] = useState(false)
  const load = found?.load

  useEffect(() => {
    if (!load || loaded.has(load)) return
    let gone = false
    load().then(
      (module) => {
        loaded.set(load, module.default)
        if (!gone) again((n) => n + 1)
      },
      () => { if (!gone) setLost(true) },
    )
    return () => { gone = true }
  }, [load])

  if (lost) {
    // The server has been changed for another version since the page was opened.
    return <Notice tone="warn"><p>{t('page.lost')}</p><Button onClick={() => location.reload()}>{t('page.reload')}</Button></Notice>
  }
  if (!found) return <Empty title={t('page.none')} text={t('page.none.text')} action={<LinkButton href="#/overview">{t('nav.overview')}</LinkButton>} />
  const Content = loaded.get(found.load)
  return Content ? <Content key={found.key} app={found.app} path={found.path} /> : <Bones lines={8} />
}
