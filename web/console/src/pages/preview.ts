import type { Element } from '../api/types'
import { t } from '../i18n'

const longest = 160 // characters of a line

/** preview is a message in one line: its text, or what kinds of elements it has (spec/05). */
export function preview(body: Element[]): string {
  const line = body.map(({ MsgType, MsgContent }) => {
    const content = MsgContent ?? {}
    switch (MsgType) {
      case 'TIMTextElem': return text(content.Text)
      case 'TIMCustomElem': return `[${t('element.custom')}] ${text(content.Desc) || text(content.Data)}`
      case 'TIMFileElem': return `[${t('element.file')}] ${text(content.FileName)}`
      case 'TIMImageElem': return `[${t('element.picture')}]`
      case 'TIMSoundElem': return `[${t('element.sound')}]`
      case 'TIMVideoFileElem': return `[${t('element.video')}]`
      case 'TIMLocationElem': return `[${t('element.location')}] ${text(content.Desc)}`
      case 'TIMFaceElem': return `[${t('element.face')}]`
      case 'TIMRelayElem': return `[${t('element.merged')}] ${text(content.Title)}`
      case 'TIMGroupTipElem': case 'TIMGroupTipElement': return `[${t('element.tip')}]`
      default: return `[${MsgType}]`
    }
  }).join(' ')
  return line.length > longest ? line.slice(0, longest) + '…' : line
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
