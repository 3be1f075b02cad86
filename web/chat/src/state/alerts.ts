// A sound, and a notice of the system, for what comes while the page is not looked at.

import { EVENT, type Message } from '@teahouse-im/chat'
import { wordsOf } from '../conversations/preview.ts'
import { openConversation } from '../route.ts'
import { findConversation, isMuted, nameOf } from './conversations.ts'
import { onChat } from './session.ts'
import { notices, sound } from './settings.ts'
import { hidden } from './thread.ts'

/** At most one sound in this time, in ms. */
const pause = 1500
let last = 0

/** beep makes two short soft tones. */
function beep(): void {
  if (Date.now() - last < pause) return
  last = Date.now()
  const context = new AudioContext()
  for (const [i, pitch] of [660, 880].entries()) {
    const tone = context.createOscillator()
    const loud = context.createGain()
    const at = context.currentTime + i * 0.11
    tone.frequency.value = pitch
    loud.gain.setValueAtTime(0.0001, at)
    loud.gain.exponentialRampToValueAtTime(0.08, at + 0.02)
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.2)
    tone.connect(loud).connect(context.destination)
    tone.start(at)
    tone.stop(at + 0.22)
    if (i === 1) tone.onended = () => void context.close()
  }
}

function notify(m: Message): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
  const c = findConversation(m.conversationID)
  const n = new Notification(c ? nameOf(c) : m.from, { body: (m.conversationType === 'GROUP' ? `${m.nick || m.from}: ` : '') + wordsOf(m), tag: m.conversationID })
  n.onclick = () => {
    window.focus()
    openConversation(m.conversationID)
    n.close()
  }
}

onChat((one) => one.on(EVENT.MESSAGE_RECEIVED, ({ data }) => {
  if (document.visibilityState === 'visible' && document.hasFocus()) return
  const news = (data as Message[]).filter((m) => {
    if (m.flow === 'out' || hidden(m) || !['C2C', 'GROUP'].includes(m.conversationType) || m.type === 'TIMGroupTipElem' || m._isExcludedFromUnreadCount) return false
    const c = findConversation(m.conversationID)
    return !c || !isMuted(c)
  })
  if (news.length === 0) return
  if (sound.value) beep()
  if (notices.value) notify(news[news.length - 1]!)
}))
