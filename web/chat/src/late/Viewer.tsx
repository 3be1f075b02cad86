// Pictures and videos over the whole page: closer, on, back, kept.

import './style.ts'
import type { Message } from '@teahouse-im/chat'
import { useEffect, useRef, useState } from 'preact/hooks'
import { fullTime } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { safe } from '../thread/bodies/Body.tsx'
import { IconButton } from '../ui/Button.tsx'
import { useTrap } from '../ui/focus.ts'
import { Icon } from '../ui/Icon.tsx'

const closest = 6

interface Place {
  scale: number
  x: number
  y: number
}

const whole: Place = { scale: 1, x: 0, y: 0 }

export default function Viewer({ messages, m, close }: { messages: Message[]; m: Message; close: () => void }) {
  const ref = useRef<HTMLDivElement>(null)
  const [i, setI] = useState(() => Math.max(0, messages.indexOf(m)))
  const [place, setPlace] = useState(whole)
  const drag = useRef<{ x: number; y: number; from: Place } | null>(null)
  useTrap(ref, close)
  const now = messages[i]!
  const video = now.type === 'TIMVideoFileElem'
  const url = safe(video ? now.payload.videoUrl : now.payload.imageInfoArray[0].url)
  const step = (by: number) => {
    if (!messages[i + by]) return
    setI(i + by)
    setPlace(whole)
  }
  const zoom = (by: number) => setPlace((was) => {
    const scale = Math.min(closest, Math.max(1, was.scale * by))
    return scale === 1 ? whole : { ...was, scale }
  })
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key === 'ArrowLeft') step(-1)
      else if (e.key === 'ArrowRight') step(1)
      else if (e.key === '+' || e.key === '=') zoom(1.4)
      else if (e.key === '-') zoom(1 / 1.4)
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  })
  return (
    <div ref={ref} class="viewer" role="dialog" aria-modal="true" aria-label={video ? t('prevVideo') : t('viewer')}>
      <header>
        <span class="viewer-words"><b class="cut">{now.nick || now.from}</b><small>{fullTime(now.time)}</small></span>
        {!video && <IconButton icon="plus" label={t('zoomIn')} onClick={() => zoom(1.5)} />}
        {!video && <IconButton icon="minus" label={t('zoomOut')} disabled={place.scale === 1} onClick={() => zoom(1 / 1.5)} />}
        {url && <a class="icon-button" href={url} download target="_blank" rel="noreferrer noopener" aria-label={t('download')} title={t('download')}><Icon name="download" /></a>}
        <IconButton icon="close" label={t('close')} data-autofocus onClick={close} />
      </header>
      <div class="viewer-stage"
        onClick={(e) => e.target === e.currentTarget && close()}
        onWheel={(e) => { e.preventDefault(); if (!video) zoom(e.deltaY < 0 ? 1.15 : 1 / 1.15) }}
        onPointerDown={(e) => { if (place.scale > 1) { drag.current = { x: e.clientX, y: e.clientY, from: place }; e.currentTarget.setPointerCapture(e.pointerId) } }}
        onPointerMove={(e) => { const d = drag.current; if (d) setPlace({ ...d.from, x: d.from.x + e.clientX - d.x, y: d.from.y + e.clientY - d.y }) }}
        onPointerUp={() => (drag.current = null)} onPointerCancel={() => (drag.current = null)}>
        {video
          ? <video key={now.ID} src={url} poster={safe(now.payload.snapshotUrl)} controls autoplay playsInline />
          : <img key={now.ID} src={url} alt={t('openPicture', { who: now.nick || now.from })} draggable={false} referrerpolicy="no-referrer" style={{ transform: `translate(${place.x}px, ${place.y}px) scale(${place.scale})` }}
              onDblClick={() => setPlace(place.scale > 1 ? whole : { ...whole, scale: 2.5 })} />}
      </div>
      {messages.length > 1 && (
        <footer>
          <IconButton icon="back" label={t('previous')} disabled={i === 0} onClick={() => step(-1)} />
          <span>{i + 1} / {messages.length}</span>
          <IconButton icon="next" label={t('next')} disabled={i === messages.length - 1} onClick={() => step(1)} />
        </footer>
      )}
    </div>
  )
}

