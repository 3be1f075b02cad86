// The messages of the open conversation, as far as they can be seen; the keyboard moves
// through them, pages come as one scrolls, what is new is read out.

import type { Conversation, Message } from '@teahouse-im/chat'
import { useEffect, useRef, useState } from 'preact/hooks'
import { dayOf } from '../i18n/dates.ts'
import { errorText } from '../i18n/errors.ts'
import { t } from '../i18n/index.ts'
import { openSeq } from '../route.ts'
import { chosen } from '../state/compose.ts'
import type { Thread } from '../state/thread.ts'
import { Button, Spinner } from '../ui/Button.tsx'
import { Empty } from '../ui/parts.tsx'
import { toast } from '../ui/Toast.tsx'
import { arrivedHere, useReading } from './reading.ts'
import { MessageRow, flashed } from './MessageRow.tsx'
import { Pills } from './Pills.tsx'
import { scroll } from './scroll.ts'
import { useMessages } from './useMessages.ts'

/** Messages of one sender within this time stand together, in s. */
const together = 300
/** A page is asked for when fewer px than this are left. */
const early = 1600

const grouped = (a: Message | undefined, b: Message | undefined): boolean =>
  !!a && !!b && a.from === b.from && a.type !== 'TIMGroupTipElem' && b.type !== 'TIMGroupTipElem' && !a.isRevoked && !b.isRevoked && b.time - a.time < together && dayOf(a.time) === dayOf(b.time)

export function MessageList({ thread, c }: { thread: Thread; c: Conversation | undefined }) {
  const list = thread.list.value
  const refs = { scroller: useRef<HTMLDivElement>(null), spacer: useRef<HTMLDivElement>(null), rows: useRef<HTMLDivElement>(null) }
  const view = useMessages(list, refs)
  const [atEnd, setAtEnd] = useState(true)
  void thread.tick.value
  const unreadFrom = useReading(thread, c, view)

  const page = () => {
    const { above, below } = view.left()
    if (above < early && !thread.begun.value) void thread.older()
    if (below < early && !thread.now.value) void thread.newer()
  }
  const onScroll = () => {
    view.scrolled(thread.now.value)
    setAtEnd(view.stick)
    if (view.stick) arrivedHere(thread)
    page()
  }
  useEffect(() => {
    if (thread.loaded.value && list.length > 0) page()
  }, [list, thread.loaded.value])

  useEffect(() => scroll.attach({
    toEnd: async () => {
      if (!thread.now.value) await thread.load()
      view.toEnd()
      setAtEnd(true)
    },
    jump: (m) => {
      view.jump(m)
      setAtEnd(false)
      flashed.value = m.ID
    },
  }), [])

  const wanted = openSeq.value
  useEffect(() => {
    if (wanted > 0 && thread.loaded.value) void jumpTo(thread, wanted)
  }, [wanted, thread.loaded.value])

  const move = (e: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[e.key]
    const here = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('.message-row')
    if (!step || !here) return
    const to = (step < 0 ? here.previousElementSibling : here.nextElementSibling) as HTMLElement | null
    if (!to) return
    e.preventDefault()
    to.focus({ preventScroll: true })
    to.scrollIntoView({ block: 'nearest' })
  }

  const { from, to } = view.range
  return (
    <div class={`messages-place${chosen.value ? ' choosing' : ''}`}>
      <div ref={refs.scroller} class="messages scroll" role="list" aria-label={t('messages')} aria-busy={!thread.loaded.value} onScroll={onScroll} onKeyDown={move}>
        <div ref={refs.spacer} class="messages-space" role="presentation">
          <Lead thread={thread} some={list.length > 0} />
          <div ref={refs.rows} class="messages-rows" role="presentation">
            {list.slice(from, to).map((m, i) => {
              const before = list[from + i - 1]
              return (
                <MessageRow key={m.ID} m={m} stamp={thread.stamp(m)} first={!grouped(before, m)} last={!grouped(m, list[from + i + 1])}
                  day={!before || dayOf(before.time) !== dayOf(m.time)} unread={unreadFrom === m.ID} flash={flashed.value === m.ID} isLast={from + i === list.length - 1}
                  chosen={chosen.value ? chosen.value.has(m) : undefined} reactions={thread.reactions.get(m.ID)} position={from + i + 1} of={list.length} />
              )
            })}
          </div>
        </div>
      </div>
      {list.length === 0 && <Nothing thread={thread} />}
      <Pills thread={thread} c={c} atEnd={atEnd} />
    </div>
  )
}

function Lead({ thread, some }: { thread: Thread; some: boolean }) {
  if (!some) return null
  return (
    <div class="messages-lead">
      {thread.begun.value ? <span>{t('begin')}</span> : thread.loading.value ? <span role="status"><Spinner /><span class="unseen">{t('loadingOlder')}</span></span> : null}
    </div>
  )
}

function Nothing({ thread }: { thread: Thread }) {
  if (!thread.loaded.value) return <div class="messages-over" aria-hidden="true">{[60, 34, 48, 70, 40].map((w, i) => <i key={w} class={`bone-bubble${i % 2 ? ' out' : ''}`} style={{ width: `${w}%` }} />)}</div>
  if (thread.failure.value) {
    return <div class="messages-over"><Empty icon="alert" title={errorText(thread.failure.value)}><Button onClick={() => void thread.load()}>{t('retry')}</Button></Empty></div>
  }
  return <div class="messages-over"><Empty icon="smile" title={t('saidNothing')} text={t('saidNothingText')} /></div>
}

/** jumpTo shows a message by its number, loading what is around it. */
export async function jumpTo(thread: Thread, sequence: number): Promise<void> {
  try {
    const m = await thread.hop(sequence)
    if (!m) return toast(t('quoteGone'))
    requestAnimationFrame(() => scroll.jump(m))
  } catch (err) {
    toast(errorText(err), true)
  }
}
