// What is read: the mark of the conversation, and receipts for those who asked for them.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Conversation, Message } from '@teahouse-im/chat'
import { isMarkedUnread, markRead } from '../state/conversations.ts'
import { chat } from '../state/session.ts'
import { arrivals, type Thread } from '../state/thread.ts'
import type { View } from './useMessages.ts'

const looking = (): boolean => document.visibilityState === 'visible' && document.hasFocus()

/** firstUnread is the oldest of the last n messages that count as unread; null: it is not loaded. */
export function firstUnread(list: Message[], n: number): Message | null {
  let left = n
  for (let i = list.length - 1; i >= 0 && left > 0; i--) {
    const m = list[i]!
    if (m.flow === 'in' && m.type !== 'TIMGroupTipElem' && !m._isExcludedFromUnreadCount && --left === 0) return m
  }
  return null
}

/** arrivedHere: the end is looked at, nothing waits below any more. */
export function arrivedHere(thread: Thread): void {
  if (thread.below.value > 0 && thread.now.value) thread.below.value = 0
}

/** useReading keeps the marks; it answers the ID of the message above which the line of unread ones stands. */
export function useReading(thread: Thread, c: Conversation | undefined, view: View): string {
  const [line, setLine] = useState('')
  const unreadAtFirst = useRef<number | null>(null)
  const told = useRef(new Set<string>())
  if (c && unreadAtFirst.current === null) unreadAtFirst.current = thread.unreadAtFirst = c.unreadCount

  useEffect(() => {
    if (!thread.loaded.value || !unreadAtFirst.current) return
    const m = firstUnread(thread.list.value, unreadAtFirst.current)
    if (m) setLine(m.ID)
  }, [thread.loaded.value])

  const read = () => {
    if (!c || !looking() || !thread.loaded.value) return
    if (view.stick && (c.unreadCount > 0 || c.groupAtInfoList.length > 0 || isMarkedUnread(c))) void markRead(c)
    const seen = view.visible().filter((m) => m.needReadReceipt && m.flow === 'in' && m.sequence > 0 && !told.current.has(m.ID))
    if (seen.length === 0) return
    for (const m of seen) told.current.add(m.ID)
    chat().sendMessageReadReceipt(seen).catch(() => seen.forEach((m) => told.current.delete(m.ID)))
  }
  useEffect(read)
  useEffect(() => {
    addEventListener('focus', read)
    document.addEventListener('visibilitychange', read)
    const el = view.scroller
    el?.addEventListener('scroll', read, { passive: true })
    return () => {
      removeEventListener('focus', read)
      document.removeEventListener('visibilitychange', read)
      el?.removeEventListener('scroll', read)
    }
  }, [c, thread])

  // What comes while one looks elsewhere waits below.
  const came = arrivals.value
  useEffect(() => {
    const foreign = came.filter((m) => m.flow === 'in').length
    if (foreign > 0 && !view.stick) thread.below.value += foreign
  }, [came])
  return line
}
