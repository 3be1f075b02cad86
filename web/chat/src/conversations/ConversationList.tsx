// The conversations: found, moved through by keys, drawn as far as they can be seen.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { openConversation, openID } from '../route.ts'
import { complete, conversations, listFilter, shownConversations } from '../state/conversations.ts'
import { IconButton } from '../ui/Button.tsx'
import { openMenuBelow } from '../ui/Menu.tsx'
import { Empty, Head, SearchField, SkeletonRows } from '../ui/parts.tsx'
import { newItems } from './menu.tsx'
import { ConversationRow, rowHeight } from './ConversationRow.tsx'
import { useRows } from './virtual.ts'

export function ConversationList() {
  const list = shownConversations.value
  const ref = useRef<HTMLDivElement>(null)
  const { from, to } = useRows(ref, list.length, rowHeight)
  const current = list.findIndex((c) => c.conversationID === openID.value)

  useLayoutEffect(() => {
    if (current >= 0) reveal(ref.current!, current)
  }, [openID.value])
  useEffect(() => () => void (listFilter.value = ''), [])

  const move = (e: KeyboardEvent) => {
    const focused = (document.activeElement as HTMLElement)?.dataset?.id
    const here = focused ? list.findIndex((c) => c.conversationID === focused) : current
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: list.length - 1 }[e.key]
    if (to === undefined || !list[to]) return
    e.preventDefault()
    reveal(ref.current!, to)
    requestAnimationFrame(() => ref.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(list[to]!.conversationID)}"]`)?.focus({ preventScroll: true }))
  }

  return (
    <>
      <Head title={t('navChats')}>
        <IconButton icon="plus" label={t('convNew')} aria-haspopup="menu" onClick={(e) => openMenuBelow(e.currentTarget as Element, t('convNew'), newItems())} />
      </Head>
      <div class="list-filter">
        <SearchField label={t('convFilter')} value={listFilter.value} change={(text) => (listFilter.value = text)} onKeyDown={(e) => {
          if (e.key === 'Escape') listFilter.value = ''
          else if (e.key === 'ArrowDown') move(e)
          else if (e.key === 'Enter' && list[0]) openConversation(list[0].conversationID)
        }} />
      </div>
      <div ref={ref} class="conversations scroll" role="list" aria-label={t('convList')} aria-busy={!complete.value} onKeyDown={move}>
        {list.length === 0 ? <Nothing /> : (
          <div class="rows" role="presentation" style={{ height: list.length * rowHeight }}>
            {list.slice(from, to).map((c, i) => (
              <ConversationRow key={c.conversationID} c={c} top={(from + i) * rowHeight} position={from + i + 1} of={list.length} current={from + i === current}
                reachable={from + i === (current >= 0 ? current : 0)} />
            ))}
          </div>
        )}
      </div>
    </>
  )
}

function Nothing() {
  if (!complete.value && conversations.value.length === 0) return <SkeletonRows />
  if (listFilter.value) return <Empty icon="search" title={t('convNoMatch')} text={t('convNoMatchText', { text: listFilter.value })} />
  return <Empty icon="chat" title={t('convNone')} text={t('convNoneText')} />
}

/** reveal scrolls as little as is needed to see a row. */
function reveal(el: HTMLElement, index: number): void {
  const top = index * rowHeight
  if (top < el.scrollTop) el.scrollTop = top
  else if (top + rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = top + rowHeight - el.clientHeight
}
