import type { ComponentType } from 'preact'
import type { Route } from '../route'

/** PageProps are what a page gets of the address. */
export interface PageProps {
  app: number // 0 where the page is of the whole server
  path: string[] // what follows the page's own name
}

interface Place {
  load: () => Promise<{ default: ComponentType<PageProps> }>
}

/** server are the pages of the whole server, app those of one app; each is loaded when it is first opened. */
const server: Record<string, Place> = {
  overview: { load: () => import('../pages/overview') },
  apps: { load: () => import('../pages/apps') },
  connections: { load: () => import('../pages/connections') },
  audit: { load: () => import('../pages/audit') },
  operators: { load: () => import('../pages/operators') },
  me: { load: () => import('../pages/me') },
  config: { load: () => import('../pages/config') },
}

const app: Record<string, Place> = {
  '': { load: () => import('../pages/app') },
  settings: { load: () => import('../pages/settings') },
  users: { load: () => import('../pages/users') },
  groups: { load: () => import('../pages/groups') },
  messages: { load: () => import('../pages/messages') },
  webhooks: { load: () => import('../pages/webhooks') },
  push: { load: () => import('../pages/push') },
  usersig: { load: () => import('../pages/usersig') },
  try: { load: () => import('../pages/try') },
}

export interface Found extends PageProps {
  name: string // of the place, for the navigation
  key: string
  load: Place['load']
}

/** find is the page of an address, if there is one. */
export function find({ path }: Route): Found | undefined {
  const [first = 'overview', id, second = '', ...rest] = path
  if (first === 'apps' && id !== undefined) {
    const place = /^\d{1,10}$/.test(id) ? own(app, second) : undefined
    return place && { name: 'app/' + second, key: `${id}/${second}`, app: Number(id), path: rest, load: place.load }
  }
  const place = own(server, first)
  return place && { name: first, key: first, app: 0, path: path.slice(1), load: place.load }
}

function own(table: Record<string, Place>, name: string): Place | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
