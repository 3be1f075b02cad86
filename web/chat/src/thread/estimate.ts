// How high a message will be, before it was drawn: near enough that the bar does not jump.

import type { Message } from '@teahouse-im/chat'

/** box is how large a picture is drawn, in px, of its own size. */
export function box(width: number, height: number, room = 280): { width: number; height: number } {
  if (!width || !height) return { width: Math.min(220, room), height: 165 }
  const scale = Math.min(1, room / width, 320 / height)
  return { width: Math.max(88, Math.round(width * scale)), height: Math.max(56, Math.round(height * scale)) }
}

export function estimate(m: Message): number {
  if (m.isRevoked || m.type === 'TIMGroupTipElem') return 38
  switch (m.type) {
    case 'TIMTextElem': return 40 + (Math.ceil((m.payload.text?.length ?? 0) / 46) - 1) * 22
    case 'TIMImageElem': return 14 + box(m.payload.imageInfoArray?.[0]?.width, m.payload.imageInfoArray?.[0]?.height).height
    case 'TIMVideoFileElem': return 14 + box(m.payload.snapshotWidth, m.payload.snapshotHeight).height
    case 'TIMRelayElem': return 130
    default: return 72
  }
}
