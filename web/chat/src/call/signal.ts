// Call signals as messages: what stands in them, and what is shown of them. The inner data is
// in the form that the stock kits read.

import type { Message } from '@teahouse-im/chat'
import { t } from '../i18n/index.ts'
import { duration } from './time.ts'
import { me } from '../state/session.ts'

export const INVITE = 1, CANCEL = 2, ACCEPT = 3, REJECT = 4, TIMEOUT = 5

export interface Inner {
  cmd: string
  /** Seconds, of a call that is over. */
  seconds: number
  busy: boolean
  video: boolean
}

export interface CallSignal {
  action: number
  id: string
  inviter: string
  invitees: string[]
  group: string
  /** Seconds. */
  timeout: number
  inner: Inner
}

/** innerText is the data of a signal. */
export function innerText(cmd: string, video: boolean, inviter: string, more: { seconds?: number; busy?: boolean } = {}): string {
  return JSON.stringify({
    businessID: 'av_call', version: 4, platform: 'Web', call_type: video ? 2 : 1, call_end: more.seconds ?? 0, room_id: 0, userData: '',
    ...(more.busy && { line_busy: 'line_busy' }),
    data: { cmd, inviter, room_id: 0, str_room_id: '', message: more.busy ? 'lineBusy' : '' },
  })
}

function innerOf(text: unknown): Inner | null {
  try {
    const one = JSON.parse(String(text))
    if (one?.businessID !== 'av_call' && one?.businessID !== 'rtc_call') return null
    const seconds = Number(one.call_end)
    return {
      cmd: String(one.data?.cmd ?? ''), seconds: seconds > 0 && seconds <= 86_400 ? seconds : 0,
      busy: one.line_busy === 'line_busy' || one.data?.message === 'lineBusy', video: one.call_type === 2 || one.data?.cmd === 'videoCall',
    }
  } catch {
    return null
  }
}

/** readSignal reads the data of a custom message; null: it is no signal of a call. */
export function readSignal(data: Record<string, any> | null): CallSignal | null {
  if (data?.businessID !== 1 || typeof data.inviteID !== 'string') return null
  const inner = innerOf(data.data)
  if (!inner) return null
  return {
    action: Number(data.actionType), id: data.inviteID, inviter: String(data.inviter ?? ''), group: String(data.groupID ?? ''),
    invitees: Array.isArray(data.inviteeList) ? data.inviteeList.map(String) : [], timeout: Number(data.timeout) || 0, inner,
  }
}

function dataOf(m: Message): Record<string, any> | null {
  if (m.type !== 'TIMCustomElem' || !m.payload.data?.includes('"businessID"')) return null
  try {
    return JSON.parse(m.payload.data)
  } catch {
    return null
  }
}

export const signalOf = (m: Message): CallSignal | null => readSignal(dataOf(m))

/** What callers tell each other while they find a way; nothing of it is stored. */
export interface Media {
  call: string
  kind: string
  [more: string]: any
}

export const mediaID = 'call_media'

export function mediaOf(m: Message): Media | null {
  const data = dataOf(m)
  return data?.businessID === mediaID && typeof data.call === 'string' ? (data as unknown as Media) : null
}

/** unseen are messages of a call without a bubble of their own: the end of a call says what it was. */
export function unseen(m: Message): boolean {
  if (m.type !== 'TIMCustomElem' || !m.payload.data?.includes('"businessID"')) return false
  if (m.payload.data.includes(mediaID)) return mediaOf(m) !== null
  const s = signalOf(m)
  if (!s) return false
  return s.action === ACCEPT || (s.group ? s.action === REJECT : s.action === INVITE && s.inner.cmd !== 'hangup')
}

/** missed: I was called, and it came to nothing. */
export const missed = (s: CallSignal): boolean => s.inviter !== me.value && (s.action === CANCEL || s.action === TIMEOUT || (s.action === REJECT && s.inner.busy))

/** callWords says what a signal is. */
export function callWords(data: Record<string, any>): string | undefined {
  const s = readSignal(data)
  if (!s) return undefined
  const mine = s.inviter === me.value
  const kind = t(s.inner.video ? 'callVideo' : 'callVoice')
  if (s.action === INVITE && s.inner.cmd === 'hangup') return s.group ? t('callEnded') : t('callLasted', { kind, time: duration(s.inner.seconds) })
  switch (s.action) {
    case INVITE: return kind
    case CANCEL: return mine ? t('callCancelled', { kind }) : t('callMissed', { kind })
    case ACCEPT: return t('callAnswered')
    case REJECT: return s.inner.busy ? t(mine ? 'callBusy' : 'callMissed', { kind }) : t(mine ? 'callRefused' : 'callRefusedMine', { kind })
    case TIMEOUT: return t(mine || s.group ? 'callNoAnswer' : 'callMissed', { kind })
  }
  return undefined
}
