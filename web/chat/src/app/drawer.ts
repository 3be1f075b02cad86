import { signal } from '@preact/signals'

/** The drawer of the open conversation is there. */
export const detailsOpen = signal(false)
