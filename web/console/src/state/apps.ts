import { computed, signal } from '@preact/signals'
import { get } from '../api/client'
import type { AppItem, Page } from '../api/types'
import { route } from '../route'

const kept = 'teahouse.console.app'

/** apps is the first page of them, for the picker; undefined until it was read. */
export const apps = signal<AppItem[] | undefined>(undefined)
/** more: there are apps beyond the page. */
export const more = signal(false)

const last = signal(read())

/** current is the app that the operator works in: that of the address, else the one before, else the first. */
export const current = computed<number | undefined>(() => {
  const [first, id] = route.value.path
  if (first === 'apps' && id && /^\d+$/.test(id)) return Number(id)
  if (last.value && apps.value?.some((app) => app.id === last.value)) return last.value
  return apps.value?.[0]?.id
})

export async function loadApps(): Promise<void> {
  const page = await get<Page<AppItem>>(['apps'], { limit: 100 })
  apps.value = page.items
  more.value = page.next !== ''
}

/** remember keeps the app for the next visit. */
export function remember(id: number): void {
  last.value = id
  try {
    localStorage.setItem(kept, String(id))
  } catch {
    // A browser that keeps nothing.
  }
}

function read(): number {
  try {
    return Number(localStorage.getItem(kept))
  } catch {
    return 0
  }
}
