// What floats over the messages: the way to the end, to what is unread, to a mention; and the
// place where what comes is read out.

import type { Conversation } from '@teahouse-im/chat'
import { useState } from 'preact/hooks'
import { wordsOf } from '../conversations/preview.ts'
import { t } from '../i18n/index.ts'
import { arrivals, type Thread } from '../state/thread.ts'
import { Icon } from '../ui/Icon.tsx'
import { Badge } from '../ui/parts.tsx'
import { jumpTo } from './MessageList.tsx'
import { firstUnread } from './reading.ts'
import { scroll } from './scroll.ts'

/** Mentions among so many of the newest messages are seen without a way to them. */
const inView = 8
/** More pages than this are not loaded to find where one has stopped reading. */
const pagesAtMost = 40

export function Pills({ thread, c, atEnd }: { thread: Thread; c: Conversation | undefined; atEnd: boolean }) {
  const [gone, setGone] = useState(false)
  const [mentions] = useState(() => c?.groupAtInfoList.map((one) => one.messageSequence) ?? [])
  const [seen, setSeen] = useState(0)
  const newest = thread.list.value.slice(-inView)[0]?.sequence ?? Infinity
  const mention = mentions.slice(seen).find((sequence) => sequence < newest)
  const unread = thread.unreadAtFirst
  const below = thread.below.value
  const toUnread = async () => {
    setGone(true)
    let m = firstUnread(thread.list.value, unread)
    for (let i = 0; !m && i < pagesAtMost && (await thread.older()) > 0; i++) m = firstUnread(thread.list.value, unread)
    const to = m ?? thread.list.value[0]
    if (to) requestAnimationFrame(() => scroll.jump(to))
  }
  return (
    <>
      <div class="pills top">
        {!gone && unread > 12 && thread.loaded.value && (
          <button type="button" class="pill" onClick={() => void toUnread()}><span class="turned"><Icon name="down" size={16} /></span>{t('jumpUnread', { n: unread })}</button>
        )}
        {mention && thread.loaded.value && (
          <button type="button" class="pill strong" onClick={() => { void jumpTo(thread, mention); setSeen(mentions.indexOf(mention) + 1) }}>@ {t('jumpMention')}</button>
        )}
      </div>
      <div class="pills bottom">
        {(!atEnd || !thread.now.value) && (
          <button type="button" class="pill round" aria-label={below > 0 ? t('newBelow', { n: below }) : t('toBottom')} onClick={() => scroll.toEnd()}>
            <Icon name="down" size={20} /><Badge count={below} />
          </button>
        )}
      </div>
      <div class="unseen" role="log" aria-live="polite">
        {arrivals.value.filter((m) => m.flow === 'in').slice(-3).map((m) => <p key={m.ID}>{m.nick || m.from}: {wordsOf(m)}</p>)}
      </div>
    </>
  )
}
