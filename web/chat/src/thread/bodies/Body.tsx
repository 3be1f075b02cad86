// What a message says, by its kind.

import type { Message } from '@teahouse-im/chat'
import { callBubble } from '../../call/Bubble.tsx'
import { fileSize } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { openLate } from '../../late/open.ts'
import { Icon } from '../../ui/Icon.tsx'
import { customText } from '../custom.ts'
import { box } from '../estimate.ts'
import { Picture } from './Picture.tsx'
import { onlyEmoji, Text } from './Text.tsx'
import { Video } from './Video.tsx'
import { Voice } from './Voice.tsx'

/** What is looked at without a bubble around it. */
export const bare = (m: { type: string; payload: any }): boolean =>
  m.type === 'TIMImageElem' || m.type === 'TIMVideoFileElem' || (m.type === 'TIMTextElem' && onlyEmoji(m.payload.text))

export function Body({ m }: { m: Message }) {
  const p = m.payload
  switch (m.type) {
    case 'TIMTextElem': return <Text text={p.text} mentions={m.atUserList?.length > 0} />
    case 'TIMImageElem': return <Picture m={m} />
    case 'TIMVideoFileElem': return <Video m={m} />
    case 'TIMSoundElem': return <Voice m={m} />
    case 'TIMFileElem': return <File m={m} />
    case 'TIMLocationElem': return <Place p={p} />
    case 'TIMFaceElem': return <Face p={p} />
    case 'TIMRelayElem': return <Merged m={m} />
    case 'TIMCustomElem': return callBubble(p) ?? <span class="text">{customText(p) || <i>{t('customMsg')}</i>}</span>
    default: return <span class="text"><i>{t('unknownMsg')}</i></span>
  }
}

function File({ m }: { m: Message }) {
  const { fileName, fileSize: bytes, fileUrl } = m.payload
  const busy = m.status === 'unSend'
  const inside = (
    <>
      <span class="file-icon"><Icon name="file" size={24} /></span>
      <span class="file-words"><b class="cut">{fileName}</b><small>{busy ? t('uploading', { n: Math.round(m.progress * 100) }) : fileSize(bytes)}</small></span>
    </>
  )
  if (busy) return <span class="file">{inside}<progress class="file-progress" max={1} value={m.progress} /></span>
  return <a class="file" href={safe(fileUrl)} download={fileName} target="_blank" rel="noreferrer noopener" tabIndex={-1} aria-label={t('fileOpen', { name: fileName, size: fileSize(bytes) })}>{inside}</a>
}

/** safe lets through addresses that a link may have. */
export const safe = (url: string): string | undefined => (/^(https?:|blob:)/i.test(url) ? url : undefined)

function Place({ p }: { p: any }) {
  const lat = Number(p.latitude)
  const lon = Number(p.longitude)
  const where = `${lat.toFixed(5)}, ${lon.toFixed(5)}`
  return (
    <a class="place" href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}`} target="_blank" rel="noreferrer noopener" tabIndex={-1} aria-label={t('openMap', { lat, lon })}>
      <span class="place-map" aria-hidden="true"><Icon name="place" size={30} /></span>
      <span class="file-words"><b class="cut">{p.description || t('place')}</b><small>{where}</small></span>
    </a>
  )
}

/** Faces of other clients have pictures that this page has not: their name is shown. */
function Face({ p }: { p: any }) {
  const name = String(p.data || p.index)
  return <span class="face" role="img" aria-label={t('face', { n: name })}><Icon name="smile" size={40} /><small class="cut">{name}</small></span>
}

function Merged({ m }: { m: Message }) {
  const { title, abstractList, messageList } = m.payload
  return (
    <button type="button" tabIndex={-1} class="merged" aria-label={t('mergedOpen')} onClick={() => void openLate('merged', { m })}>
      <b class="cut">{title}</b>
      {abstractList.slice(0, 4).map((line: string, i: number) => <span key={i} class="cut">{line}</span>)}
      <small>{messageList.length > 0 ? t('mergedCount', { n: messageList.length }) : t('mergedOpen')}</small>
    </button>
  )
}

export { box }
