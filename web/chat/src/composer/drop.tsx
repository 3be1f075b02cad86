// Files that are dropped onto a conversation, or pasted into it.

import { useState } from 'preact/hooks'
import { openLate } from '../late/open.ts'

/** So many files at once. */
const most = 20

export function offer(id: string, files: File[]): void {
  if (files.length > 0) void openLate('files', { id, files: files.slice(0, most) })
}

const hasFiles = (e: DragEvent): boolean => !!e.dataTransfer?.types.includes('Files')

/** useDrop says whether files hover over the element, and gives its handlers. */
export function useDrop(id: string) {
  const [over, setOver] = useState(false)
  return [over, {
    onDragEnter: (e: DragEvent) => { if (hasFiles(e)) { e.preventDefault(); setOver(true) } },
    onDragOver: (e: DragEvent) => { if (hasFiles(e)) e.preventDefault() },
    onDragLeave: (e: DragEvent) => { if (!(e.currentTarget as HTMLElement).contains(e.relatedTarget as Node | null)) setOver(false) },
    onDrop: (e: DragEvent) => {
      if (!hasFiles(e)) return
      e.preventDefault()
      setOver(false)
      offer(id, [...e.dataTransfer!.files])
    },
  }] as const
}
