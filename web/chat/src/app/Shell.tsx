// The page of a user who is logged in: the rail, the left column, the large one, the drawer.
// On a phone one of them at a time.

import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ConversationList } from '../conversations/ConversationList.tsx'
import { t } from '../i18n/index.ts'
import { details, pages } from '../panels/registry.ts'
import { useLoaded } from '../panels/open.tsx'
import { go, openID, route } from '../route.ts'
import { totalUnread } from '../state/conversations.ts'
import { Thread } from '../thread/Thread.tsx'
import { Drawer } from '../ui/Drawer.tsx'
import { Empty, SkeletonRows } from '../ui/parts.tsx'
import { Banner } from './Banner.tsx'
import { detailsOpen } from './drawer.ts'
import { Rail } from './Rail.tsx'




effect(() => {
  document.title = totalUnread.value > 0 ? `(${totalUnread.value > 99 ? '99+' : totalUnread.value}) ${t('appName')}` : t('appName')
})

export function Shell() {
  const { name, path } = route.value
  const load = pages[name]
  const page = useLoaded(load)
  const id = openID.value
  useEffect(() => {
    if (!id) detailsOpen.value = false
  }, [id])
  // On a phone the large column is shown for a conversation, and for the depth of a page that has one.
  const deep = id !== '' || (path.length > 0 && page?.Main !== undefined)
  return (
    <div class={`shell${deep ? ' deep' : ''}${detailsOpen.value && id ? ' with-drawer' : ''}`}>
      <a class="skip" href="#composer" onClick={(e) => { e.preventDefault(); document.querySelector<HTMLElement>('.composer textarea')?.focus() }}>{t('skipToText')}</a>
      <Rail />
      <section class="list-column" aria-label={load !== undefined ? undefined : t('convList')}>
        <Banner />
        {!load ? <ConversationList /> : page ? <page.default path={path} /> : <SkeletonRows />}
      </section>
      <main class="main-column">
        {id ? <Thread key={id} id={id} /> : page?.Main ? <page.Main path={path} /> : <Empty icon="chat" title={t('convPick')} text={t('convPickText')} />}
      </main>
      {detailsOpen.value && id && <Details id={id} />}
    </div>
  )
}

function Details({ id }: { id: string }) {
  const module = useLoaded(details.load)
  const close = () => (detailsOpen.value = false)
  return (
    <Drawer title={t('details')} close={close}>
      {module ? <module.default key={id} conversationID={id} close={close} /> : <SkeletonRows count={4} />}
    </Drawer>
  )
}

addEventListener('keydown', (e) => {
  if (e.key !== 'Escape' || e.defaultPrevented || document.querySelector('.scrim, .menu-back')) return
  if (detailsOpen.value) detailsOpen.value = false
  else if (openID.value && (e.target as HTMLElement).tagName !== 'TEXTAREA') go([])
})
