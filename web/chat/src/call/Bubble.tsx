// What a thread shows of a call.

import { customData } from '../thread/custom.ts'
import { Icon } from '../ui/Icon.tsx'
import { callWords, missed, readSignal } from './signal.ts'

/** Bubble is null for what is no call. */
export function callBubble(payload: { data: string }) {
  const data = customData(payload)
  const s = readSignal(data)
  const words = s && callWords(data!)
  if (!s || !words) return null
  return <span class={`call-line${missed(s) ? ' missed' : ''}`}><Icon name={s.inner.video ? 'video' : 'phone'} size={18} /><span>{words}</span></span>
}
