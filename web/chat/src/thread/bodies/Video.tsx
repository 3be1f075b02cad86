import type { Message } from '@teahouse-im/chat'
import { duration } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { openLate } from '../../late/open.ts'
import { Icon } from '../../ui/Icon.tsx'
import { box } from '../estimate.ts'
import { Progress } from './Progress.tsx'

export function Video({ m }: { m: Message }) {
  const p = m.payload
  const time = duration(p.videoSecond)
  return (
    <button type="button" tabIndex={-1} class="picture video" style={box(p.snapshotWidth, p.snapshotHeight)} disabled={m.status === 'unSend'} aria-label={t('playVideo', { time })}
      onClick={() => void openLate('viewer', { messages: [m], m })}>
      {p.snapshotUrl && <img src={p.snapshotUrl} alt="" decoding="async" draggable={false} referrerpolicy="no-referrer" />}
      {m.status === 'unSend' ? <Progress share={m.progress} /> : <span class="play"><Icon name="play" size={26} /></span>}
      {p.videoSecond > 0 && <span class="video-time">{time}</span>}
    </button>
  )
}
