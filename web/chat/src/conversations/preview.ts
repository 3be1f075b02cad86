// The last message of a conversation in a line of words.

import type { Conversation } from '@teahouse-im/chat'
import { t, type Key } from '../i18n/index.ts'
import { me } from '../state/session.ts'
import { tipText } from '../thread/tips.ts'
import { customText } from '../thread/custom.ts'

const plain: Record<string, Key> = {
  TIMImageElem: 'prevImage', TIMSoundElem: 'prevSound', TIMVideoFileElem: 'prevVideo', TIMFaceElem: 'prevFace',
}

/** wordsOf says in words what a message is. */
export function wordsOf(m: { type: string; payload: any }): string {
  const p = m.payload ?? {}
  if (plain[m.type]) return t(plain[m.type]!)
  switch (m.type) {
    case 'TIMTextElem': return p.text ?? ''
    case 'TIMFileElem': return t('prevFile', { name: p.fileName })
    case 'TIMLocationElem': return t('prevLocation', { name: p.description })
    case 'TIMRelayElem': return t('prevMerged', { title: p.title })
    case 'TIMGroupTipElem': return tipText(p)
    case 'TIMCustomElem': return customText(p) || t('prevCustom')
    default: return t('prevCustom')
  }
}

/** preview is what the list shows below a name. */
export function preview(c: Conversation): string {
  const last = c.lastMessage
  if (!last.fromAccount && !last.type) return t('prevNone')
  const who = last.nameCard || last.nick || last.fromAccount
  if (last.isRevoked) return last.fromAccount === me.value ? t('prevRecalledMine') : t('prevRecalled', { who })
  const words = wordsOf(last)
  if (last.type === 'TIMGroupTipElem' || c.type === 'C2C') return words
  return `${last.fromAccount === me.value ? t('you') : who}: ${words}`
}
