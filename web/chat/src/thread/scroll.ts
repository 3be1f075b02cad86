// How other parts of the page move through the open messages.

import type { Message } from '@teahouse-im/chat'

interface Moves {
  toEnd(): Promise<void> | void
  jump(m: Message): void
}

let moves: Moves | null = null

export const scroll = {
  /** attach is called by the list that is there; the answer ends it. */
  attach(to: Moves): () => void {
    moves = to
    return () => {
      if (moves === to) moves = null
    }
  },
  toEnd: (): void => void moves?.toEnd(),
  jump: (m: Message): void => moves?.jump(m),
}
