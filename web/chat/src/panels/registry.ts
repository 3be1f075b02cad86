// Parts that are loaded when they are first wanted: pages of the left column, the drawer of a
// conversation, dialogs. A part is a module whose default export is a component.

import type { ComponentType } from 'preact'

export interface PageProps {
  /** What stands behind the name in the address: #/contacts/friends → ['friends']. */
  path: string[]
}

export interface DetailsProps {
  conversationID: string
  close: () => void
}

export interface PageModule {
  /** The left column. */
  default: ComponentType<PageProps>
  /** What stands in the large column; on a phone only when there is a path. Without it an empty place. */
  Main?: ComponentType<PageProps>
}

type Load<M> = () => Promise<M>

/** Pages beside the conversations, by the first part of the address. */
export const pages: Record<string, Load<PageModule>> = {}

/** What is told of a conversation in the drawer at its right. */
export const details: { load?: Load<{ default: ComponentType<DetailsProps> }> } = {}

/** Dialogs that others open: openPanel('createGroup', props). Each gets its props and close. */
export const dialogs: Record<string, Load<{ default: ComponentType<any> }>> = {}

/** How a call is begun, when this page can: from the head of a conversation. */
export const calls: { start?: (conversationID: string, video: boolean) => void } = {}
