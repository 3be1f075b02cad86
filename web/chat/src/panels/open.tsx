// Showing parts that are loaded late.

import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { openDialog } from '../ui/Dialog.tsx'
import { toastError } from '../ui/Toast.tsx'
import { dialogs } from './registry.ts'

const loaded = new Map<object, unknown>()

/** useLoaded gives a module once it is there; null until then. */
export function useLoaded<M>(load: (() => Promise<M>) | undefined): M | null {
  const [module, setModule] = useState<M | null>(() => (load ? ((loaded.get(load) as M) ?? null) : null))
  useEffect(() => {
    let wanted = true
    const known = load ? (loaded.get(load) as M | undefined) : undefined
    setModule(known ?? null)
    if (load && !known) {
      load().then((m) => {
        loaded.set(load, m)
        if (wanted) setModule(m)
      }, toastError)
    }
    return () => void (wanted = false)
  }, [load])
  return load && loaded.has(load) ? (loaded.get(load) as M) : module
}

/** openPanel shows a dialog of the registry; its component gets props, and close. */
export async function openPanel(name: string, props: object = {}): Promise<void> {
  try {
    const Panel: ComponentType<any> = (await dialogs[name]!()).default
    openDialog((close) => <Panel {...props} close={close} />)
  } catch (err) {
    toastError(err)
  }
}
