// A page of a story: the lists of the chat with very much in them, without a server.

import { signal } from '@preact/signals'
import type { Conversation, Message } from '@teahouse-im/chat'
import { render } from 'preact'
import '../../../web/chat/src/state/redraw.ts'
import '../../../web/chat/src/style/index.ts'
import { ConversationList } from '../../../web/chat/src/conversations/ConversationList.tsx'
import { complete, conversations } from '../../../web/chat/src/state/conversations.ts'
import { Thread } from '../../../web/chat/src/state/thread.ts'
import { MessageList } from '../../../web/chat/src/thread/MessageList.tsx'

const words = 'tea water leaves cup kettle steam table evening guests talk slowly green black white oolong '.split(' ')
const text = (n: number) => Array.from({ length: 3 + ((n * 7919) % 37) }, (_, i) => words[(n * 31 + i * 17) % words.length]).join(' ')

function conversation(n: number): Conversation {
  const userID = `user${n}`
  return {
    conversationID: `C2C${userID}`, type: 'C2C', subType: '', unreadCount: n % 5 === 0 ? n % 130 : 0, remark: '', isPinned: n < 3, messageRemindType: n % 11 ? 'AcceptAndNotify' : 'AcceptNotNotify',
    markList: [], customData: '', conversationGroupList: [], draftText: n % 17 ? '' : 'a draft', groupAtInfoList: [], userProfile: { userID, nick: `Guest ${n}`, avatar: '' },
    lastMessage: { lastTime: 1_790_000_000 - n * 600, fromAccount: userID, type: 'TIMTextElem', payload: { text: text(n) }, nick: '', nameCard: '', isRevoked: false },
  } as unknown as Conversation
}

function message(n: number): Message {
  return {
    ID: `m${n}`, conversationID: 'GROUPx', conversationType: 'GROUP', type: 'TIMTextElem', payload: { text: text(n) }, from: `user${n % 9}`, to: 'x', flow: n % 4 ? 'in' : 'out',
    time: 1_700_000_000 + n * 240, sequence: n + 1, status: 'success', nick: `Guest ${n % 9}`, avatar: '', nameCard: '', friendRemark: '', atUserList: [], isRevoked: false, cloudCustomData: '',
    readReceiptInfo: { readCount: 0, unreadCount: 0 }, needReadReceipt: false, isPinned: false, isModified: false, revokerInfo: {},
  } as unknown as Message
}

const thread = new Thread('GROUPx')
const shown = signal(false)
conversations.value = Array.from({ length: 5_000 }, (_, n) => conversation(n))
complete.value = true
thread.list.value = Array.from({ length: 100_000 }, (_, n) => message(n))
thread.loaded.value = thread.begun.value = true

function Page() {
  return (
    <div class="shell deep">
      <nav class="rail" />
      <section class="list-column"><ConversationList /></section>
      <main class="main-column"><div class="thread"><MessageList thread={thread} c={undefined} /></div></main>
      {shown.value}
    </div>
  )
}
render(<Page />, document.getElementById('app')!)

/** measure scrolls an element up or down for a time, and tells how many frames a second it drew. */
async function measure(selector: string, step: number, ms: number): Promise<{ fps: number; empty: number; moved: number }> {
  const el = document.querySelector<HTMLElement>(selector)!
  const began = performance.now()
  const from = el.scrollTop
  let frames = 0
  let empty = 0
  for (let now = began; now - began < ms;) {
    now = await new Promise<number>(requestAnimationFrame)
    el.scrollTop += step
    frames++
    const r = el.getBoundingClientRect()
    const hit = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)
    if (hit === el || hit?.matches('.messages-space, .rows')) empty++
  }
  return { fps: (frames * 1000) / (performance.now() - began), empty, moved: Math.abs(el.scrollTop - from) }
}
Object.assign(window, { measure })
