import { t, type Key } from '../i18n/index.ts'
import { pages } from '../panels/registry.ts'
import { go, hrefOf, route } from '../route.ts'
import { me } from '../state/session.ts'
import { totalUnread } from '../state/conversations.ts'
import { myProfile } from '../state/profile.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { Badge } from '../ui/parts.tsx'

const places: { name: string; icon: IconName; text: Key }[] = [
  { name: '', icon: 'chat', text: 'navChats' },
  { name: 'contacts', icon: 'contacts', text: 'navContacts' },
  { name: 'search', icon: 'search', text: 'navSearch' },
  { name: 'settings', icon: 'settings', text: 'navSettings' },
]

export function Rail() {
  const here = route.value.name === 'c' ? '' : route.value.name
  const open = (name: string) => (e: MouseEvent) => {
    e.preventDefault()
    go(name ? [name] : [])
  }
  const profile = myProfile.value
  return (
    <nav class="rail" aria-label={t('nav')}>
      {pages.me && (
        <a class="rail-me" href={hrefOf('me')} aria-label={t('navMe')} title={t('navMe')} aria-current={here === 'me' ? 'page' : undefined} onClick={open('me')}>
          <Avatar id={me.value} name={profile?.nick || me.value} url={profile?.avatar} size={40} />
        </a>
      )}
      {places.filter((one) => !one.name || pages[one.name]).map((one) => (
        <a key={one.name} href={one.name ? hrefOf(one.name) : '#/'} aria-current={here === one.name ? 'page' : undefined} onClick={open(one.name)}>
          <span class="rail-icon"><Icon name={one.icon} size={24} />{one.name === '' && <Badge count={totalUnread.value} label={t('convUnread', { n: totalUnread.value })} />}</span>
          <span>{t(one.text)}</span>
        </a>
      ))}
    </nav>
  )
}
