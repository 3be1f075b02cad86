// A voice message: one plays at a time. Its waveform rides in the cloud data of those that this page has recorded.

import { signal } from '@preact/signals'
import type { Message } from '@teahouse-im/chat'
import { useEffect, useMemo } from 'preact/hooks'
import { duration } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { toastError } from '../../ui/Toast.tsx'

const bars = 32
const playing = signal<{ ID: string; share: number } | null>(null)
let audio: HTMLAudioElement | null = null

/** waveOf reads the waveform, bars from 0 to 1; a level line where there is none. */
function waveOf(m: Message): number[] {
  try {
    const { waveform } = JSON.parse(m.cloudCustomData || '{}')
    if (Array.isArray(waveform) && waveform.length > 0) return waveform.slice(0, bars).map((n) => Math.min(1, Math.max(0, Number(n) / 100 || 0)))
  } catch { /* not ours */ }
  return Array.from({ length: bars }, () => 0.3)
}

function stop(): void {
  audio?.pause()
  audio = null
  playing.value = null
}

function play(m: Message): void {
  stop()
  const one = (audio = new Audio(m.payload.url))
  playing.value = { ID: m.ID, share: 0 }
  const length = () => (Number.isFinite(one.duration) ? one.duration : m.payload.second || 1)
  one.ontimeupdate = () => audio === one && (playing.value = { ID: m.ID, share: Math.min(1, one.currentTime / length()) })
  one.onended = () => audio === one && stop()
  one.play().catch((err) => {
    if (audio === one) stop()
    toastError(err)
  })
}

export function Voice({ m }: { m: Message }) {
  const wave = useMemo(() => waveOf(m), [m.cloudCustomData])
  const now = playing.value?.ID === m.ID ? playing.value : null
  useEffect(() => () => void (playing.value?.ID === m.ID && stop()), [])
  const time = duration(m.payload.second)
  return (
    <span class="voice">
      <button type="button" tabIndex={-1} class="voice-play" disabled={m.status === 'unSend'} aria-label={now ? t('pauseVoice') : t('playVoice', { time })} onClick={() => (now ? stop() : play(m))}>
        <Icon name={now ? 'pause' : 'play'} size={20} />
      </button>
      <svg class="wave" viewBox={`0 0 ${bars * 5} 28`} aria-hidden="true">
        {wave.map((h, i) => {
          const size = Math.max(3, h * 26)
          return <rect key={i} x={i * 5} y={14 - size / 2} width="3" height={size} rx="1.5" class={now && i / bars <= now.share ? 'done' : ''} />
        })}
      </svg>
      <span class="voice-time">{time}</span>
    </span>
  )
}
