// Dialogs of messages that few need at first: loaded when they are wanted.

import { createElement, type ComponentType } from 'preact'
import { openDialog } from '../ui/Dialog.tsx'
import { toastError } from '../ui/Toast.tsx'

const parts = {
  readers: () => import('./Readers.tsx'),
  forward: () => import('./Forward.tsx'),
  viewer: () => import('./Viewer.tsx'),
  merged: () => import('./Merged.tsx'),
  files: () => import('./Files.tsx'),
}

/** openLate shows a part; it gets its props, and close. */
export async function openLate(name: keyof typeof parts, props: object): Promise<void> {
  try {
    const Part = (await parts[name]()).default as ComponentType<any>
    openDialog((close) => createElement(Part, { ...props, close }))
  } catch (err) {
    toastError(err)
  }
}
