// Sending into a conversation: shown at once, then sent, failed or not.

import type { Message } from '@teahouse-im/chat'
import { toastError } from '../ui/Toast.tsx'
import { findConversation } from './conversations.ts'
import { chat, features } from './session.ts'
import { open } from './thread.ts'

/** Groups up to this many members have read receipts (spec/20 §3). */
const receiptMembers = 200

export interface Target {
  to: string
  conversationType: 'C2C' | 'GROUP'
  needReadReceipt?: boolean
}

type SendOptions = NonNullable<Parameters<ReturnType<typeof chat>['sendMessage']>[1]>

/** target says where a conversation's messages go, and whether they ask for receipts. */
export function target(conversationID: string): Target {
  if (conversationID.startsWith('C2C')) return { to: conversationID.slice(3), conversationType: 'C2C' }
  const group = findConversation(conversationID)?.groupProfile
  const receipts = features.value.has('receipts') && !!group && ['Private', 'Public', 'ChatRoom'].includes(group.type) && group.memberCount <= receiptMembers
  return { to: conversationID.slice(5), conversationType: 'GROUP', needReadReceipt: receipts }
}

/** show puts a message of mine into the open conversation, when it belongs there. */
async function show(m: Message): Promise<void> {
  const thread = open.value
  if (thread?.id !== m.conversationID) return
  if (!thread.now.value) await thread.load()
  thread.received([m])
  thread.changed([m])
}

/** dispatch shows a message and sends it; false when it has failed. What failed stays, to be sent again. */
export async function dispatch(m: Message, how: SendOptions = {}): Promise<boolean> {
  const settle = () => open.value?.id === m.conversationID && open.value.settle(m)
  if (!m.onProgress) m.onProgress = () => open.value?.id === m.conversationID && open.value.changed([m])
  const sending = chat().sendMessage(m, how)
  void show(m)
  try {
    await sending
    settle()
    return true
  } catch (err) {
    settle()
    toastError(err)
    return false
  }
}

export function sendText(conversationID: string, text: string, more: { atUserList?: string[]; quoted?: Message } = {}): Promise<boolean> {
  const to = target(conversationID)
  const m = more.atUserList?.length
    ? chat().createTextAtMessage({ ...to, payload: { text, atUserList: more.atUserList } })
    : chat().createTextMessage({ ...to, payload: { text } })
  if (more.quoted) chat().createQuoteMessage(m, more.quoted)
  return dispatch(m)
}

const pictures = /\.(jpe?g|png|gif|bmp|webp)$/i
const videos = /\.(mp4|mov)$/i

/** sendFiles sends pictures and videos as such, everything else as files. */
export function sendFiles(conversationID: string, files: File[]): void {
  for (const file of files) {
    const payload = { ...target(conversationID), payload: { file } }
    const name = file.name.includes('.') ? file.name : `${file.name}.${file.type.split('/')[1] ?? ''}`
    try {
      const m = pictures.test(name) ? chat().createImageMessage(payload) : videos.test(name) ? chat().createVideoMessage(payload) : chat().createFileMessage(payload)
      void dispatch(m)
    } catch (err) {
      toastError(err)
    }
  }
}

/** sendVoice sends a recording; its waveform rides in the cloud data of the message. */
export function sendVoice(conversationID: string, file: File, duration: number, waveform: number[]): void {
  try {
    void dispatch(chat().createAudioMessage({ ...target(conversationID), cloudCustomData: JSON.stringify({ waveform }), payload: { file: { file, duration } } }))
  } catch (err) {
    toastError(err)
  }
}

export function sendPlace(conversationID: string, description: string, latitude: number, longitude: number): void {
  void dispatch(chat().createLocationMessage({ ...target(conversationID), payload: { description, latitude, longitude } }))
}
