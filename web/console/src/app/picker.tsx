import { t } from '../i18n'
import { go, link, route } from '../route'
import { apps, current, more } from '../state/apps'

const all = 'all'

/** Picker changes the app one works in, and stays on the same kind of page. */
export function Picker() {
  const list = apps.value ?? []
  const now = current.value
  const missing = now !== undefined && !list.some((app) => app.id === now)
  const move = (to: string) => {
    if (to === all) return go('#/apps')
    const [first, , place] = route.value.path
    go(link(first === 'apps' && place ? ['apps', to, place] : ['apps', to]))
  }
  return (
    <label class="picker">
      <span>{t('nav.picker')}</span>
      <select class="input" value={String(now)} onChange={(event) => move(event.currentTarget.value)}>
        {missing && <option value={now}>{now}</option>}
        {list.map((app) => <option key={app.id} value={app.id} selected={app.id === now}>{app.name ? `${app.name} · ${app.id}` : app.id}</option>)}
        {more.value && <option value={all}>{t('nav.allApps')}</option>}
      </select>
    </label>
  )
}
