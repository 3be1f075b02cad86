import { t, type Key } from '../i18n'
import { link, route } from '../route'
import { apps, current } from '../state/apps'
import { Icon, type IconName } from '../ui/icon'
import { find } from './places'
import { Picker } from './picker'

type Row = [place: string, icon: IconName, text: Key]

const ofApp: Row[] = [
  ['', 'app', 'nav.app'], ['users', 'users', 'nav.users'], ['groups', 'groups', 'nav.groups'], ['messages', 'messages', 'nav.messages'],
  ['webhooks', 'webhooks', 'nav.webhooks'], ['push', 'push', 'nav.push'], ['usersig', 'key', 'nav.usersig'], ['try', 'tryout', 'nav.try'],
]
const ofServer: Row[] = [
  ['apps', 'apps', 'nav.apps'], ['connections', 'connections', 'nav.connections'], ['audit', 'audit', 'nav.audit'],
  ['operators', 'operators', 'nav.operators'], ['config', 'settings', 'nav.config'],
]

/** Nav leads to every page: those of the app one works in, and those of the server. */
export function Nav() {
  const at = find(route.value)?.name
  const app = current.value
  return (
    <nav class="nav" aria-label={t('nav')}>
      <ul>{entry('overview', '#/overview', 'overview', t('nav.overview'), at)}</ul>
      {apps.value && apps.value.length > 0 && app !== undefined && (
        <section>
          <Picker />
          <ul>{ofApp.map(([place, icon, text]) => entry('app/' + place, link(place ? ['apps', app, place] : ['apps', app]), icon, t(text), at === 'app/settings' ? 'app/' : at))}</ul>
        </section>
      )}
      <section>
        <h2>{t('nav.server')}</h2>
        <ul>{ofServer.map(([place, icon, text]) => entry(place, '#/' + place, icon, t(text), at))}</ul>
      </section>
    </nav>
  )
}

function entry(name: string, href: string, icon: IconName, text: string, at: string | undefined) {
  return (
    <li key={name}>
      <a href={href} aria-current={name === at ? 'page' : undefined}><Icon name={icon} /><span>{text}</span></a>
    </li>
  )
}
