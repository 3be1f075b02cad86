import { useEffect, useRef, useState } from 'preact/hooks'
import { duration } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import type { Recording } from '../late/record.ts'
import { sendVoice } from '../state/send.ts'
import { scroll } from '../thread/scroll.ts'
import { IconButton } from '../ui/Button.tsx'
import { toast } from '../ui/Toast.tsx'

/** A recording ends by itself after this time, in s. */
const longest = 300

export function RecordButton({ id, recording, change }: { id: string; recording: boolean; change: (on: boolean) => void }) {
  const current = useRef<Recording | null>(null)
  const [seconds, setSeconds] = useState(0)
  const [level, setLevel] = useState(0)
  useEffect(() => () => current.current?.discard(), [])
  useEffect(() => {
    if (!recording) return
    const timer = setInterval(() => {
      const one = current.current
      if (!one) return
      setSeconds(one.seconds())
      setLevel(one.level())
      if (one.seconds() >= longest) void stop()
    }, 100)
    return () => clearInterval(timer)
  }, [recording])

  const start = async () => {
    try {
      const { record } = await import('../late/record.ts')
      current.current = await record()
      setSeconds(0)
      change(true)
    } catch {
      toast(t('recordDenied'), true)
    }
  }
  const stop = async () => {
    const one = current.current
    current.current = null
    change(false)
    if (!one) return
    const { file, seconds, waveform } = await one.stop()
    if (seconds < 0.7) return toast(t('recordShort'), true)
    sendVoice(id, file, seconds, waveform)
    scroll.toEnd()
  }
  const discard = () => {
    current.current?.discard()
    current.current = null
    change(false)
  }

  if (!recording) return 'mediaDevices' in navigator ? <IconButton icon="mic" label={t('recordVoice')} onClick={() => void start()} /> : null
  return (
    <div class="recording">
      <IconButton kind="danger" icon="trash" label={t('recordCancel')} onClick={discard} />
      <span class="recording-state" role="status"><i class="recording-dot" style={{ transform: `scale(${1 + level})` }} />{t('recording', { time: duration(seconds) })}</span>
      <IconButton kind="primary" icon="send" label={t('recordStop')} onClick={() => void stop()} />
    </div>
  )
}
