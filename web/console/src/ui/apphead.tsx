import { t } from '../i18n'
import { link } from '../route'
import { apps } from '../state/apps'
import type { Crumb } from './head'

/** appCrumbs lead from the list of apps to the app that a page is of. */
export function appCrumbs(app: number, ...more: Crumb[]): Crumb[] {
  const name = apps.value?.find((one) => one.id === app)?.name
  return [[t('nav.apps'), '#/apps'], [name || String(app), link(['apps', app])], ...more]
}
