// Typing is a custom message that is not stored, in the form that the stock kits send and read.

import type { Message } from '@teahouse-im/chat'
import { chat, online, stage } from './session.ts'

/** At most one sign in this time, in ms. */
const pause = 3000
let last = 0
let told = ''

/** typingOf says whether a message is a sign of typing, and which; undefined: it is none. */
export function typingOf(m: Message): boolean | undefined {
  if (m.type !== 'TIMCustomElem' || !m.payload.data.includes('user_typing_status')) return undefined
  try {
    const data = JSON.parse(m.payload.data)
    return data.businessID === 'user_typing_status' ? data.typingStatus === 1 : undefined
  } catch {
    return undefined
  }
}

/** tellTyping lets the other one know, now and then. */
export function tellTyping(user: string, is: boolean): void {
  const now = Date.now()
  if (stage.value !== 'in' || !online.value || (is ? told === user && now - last < pause : told !== user)) return
  last = now
  told = is ? user : ''
  const data = JSON.stringify({ businessID: 'user_typing_status', typingStatus: is ? 1 : 0, version: 1, userAction: 14, actionParam: is ? 'EIMAMSG_InputStatus_Ing' : 'EIMAMSG_InputStatus_End' })
  const m = chat().createCustomMessage({ to: user, conversationType: 'C2C', payload: { data } })
  chat().sendMessage(m, { onlineUserOnly: true }).catch(() => {}) // nobody misses a sign that is lost
}
