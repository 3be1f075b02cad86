// Searching messages, people and groups on the server.

import { useEffect, useRef } from 'preact/hooks'
import type { Message } from '@teahouse-im/chat'
import { shortTime } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { go, openConversation } from '../../route.ts'
import { findConversation, nameOf, pictureOf } from '../../state/conversations.ts'
import { features } from '../../state/session.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button, IconButton } from '../../ui/Button.tsx'
import { Empty, Head, Row, SearchField, SkeletonRows } from '../../ui/parts.tsx'
import { typeText } from '../groups/types.ts'
import { openPanel } from '../open.tsx'
import { Tabs, Tag } from '../parts.tsx'
import type { PageProps } from '../registry.ts'
import { find, finds, kind, searching, words, type Kind, type MessageFind } from './state.ts'

/** Typing rests so long before it is looked for, in ms. */
const rest = 250

export default function Search({ path }: PageProps) {
  const within = path[0] ?? ''
  const ref = useRef<HTMLDivElement>(null)
  const first = useRef(true)
  useEffect(() => ref.current?.querySelector('input')?.focus(), [])
  useEffect(() => {
    const known = first.current && finds.value !== null
    first.current = false
    if (known) return
    const timer = setTimeout(() => void find(within), rest)
    return () => clearTimeout(timer)
  }, [words.value, kind.value, within])
  if (!features.value.has('search')) return <><Head title={t('navSearch')} /><Empty icon="search" title={t('searchOff')} text={t('searchOffText')} /></>
  const c = within ? findConversation(within) : undefined
  return (
    <>
      <Head title={within ? t('searchIn', { name: c ? nameOf(c) : within.replace(/^(C2C|GROUP)/, '') }) : t('navSearch')}
        back={within ? <IconButton icon="back" label={t('back')} onClick={() => openConversation(within)} /> : undefined} />
      <div ref={ref} class="panel-search"><SearchField label={t('searchFor')} value={words.value} change={(text) => (words.value = text)} /></div>
      {!within && <Tabs<Kind> label={t('searchKind')} value={kind.value} change={(to) => { finds.value = null; kind.value = to }} all={[
        { value: 'messages', text: t('messages') }, { value: 'people', text: t('people') }, { value: 'groups', text: t('groups') },
      ]} />}
      <div class="panel-list scroll" aria-live="polite" aria-busy={searching.value}><Found within={within} /></div>
    </>
  )
}

function Found({ within }: { within: string }) {
  const f = finds.value
  if (!words.value.trim()) return <Empty icon="search" title={t('searchStart')} text={t('searchStartText')} />
  if (!f) return <SkeletonRows count={5} />
  const nothing = !(f.messages?.length || f.people?.length || f.groups?.length)
  if (nothing) return <Empty icon="search" title={t('convNoMatch')} text={t('searchNothing', { text: words.value.trim() })} />
  return (
    <>
      {f.messages?.map((one) => (one.messageList.length > 1 || within ? one.messageList.map((m) => <MessageRow key={m.ID} m={m} />) : <ConversationFind key={one.conversationID} one={one} />))}
      {f.people?.map((p) => <Row key={p.userID} before={<Avatar id={p.userID} name={p.nick || p.userID} url={p.avatar} />} title={<Marked text={p.nick || p.userID} />} text={p.userID} onClick={() => void openPanel('profile', { userID: p.userID })} />)}
      {f.groups?.map((g) => <Row key={g.groupID} before={<Avatar id={g.groupID} name={g.name || g.groupID} url={g.avatar} square />} title={<Marked text={g.name || g.groupID} />} text={g.introduction || g.groupID} after={<Tag text={typeText(g.type)} />}
        onClick={() => (findConversation('GROUP' + g.groupID) ? openConversation('GROUP' + g.groupID) : void openPanel('joinGroup', { groupID: g.groupID }))} />)}
      {f.cursor && <div class="more-button"><Button busy={searching.value} onClick={() => void find(within, true)}>{t('more')}</Button></div>}
    </>
  )
}

/** ConversationFind is a conversation with finds: one opens it, many are listed. */
function ConversationFind({ one }: { one: MessageFind }) {
  const m = one.messageList[0]
  if (!m) return null
  if (one.messageCount <= 1) return <MessageRow m={m} named />
  const c = findConversation(one.conversationID)
  const name = c ? nameOf(c) : one.conversationID.replace(/^(C2C|GROUP)/, '')
  return (
    <div class="find"><Row before={<Avatar id={one.conversationID.replace(/^(C2C|GROUP)/, '')} name={name} url={c && pictureOf(c)} square={one.conversationID.startsWith('GROUP')} />} title={name}
      text={t('searchCount', { n: one.messageCount })} onClick={() => { finds.value = null; go(['search', one.conversationID]) }} /></div>
  )
}

const textOf = (m: Message): string => m.payload?.text ?? m.payload?.fileName ?? m.payload?.description ?? m.payload?.title ?? ''

function MessageRow({ m, named }: { m: Message; named?: boolean }) {
  const c = findConversation(m.conversationID)
  const who = m.nameCard || m.friendRemark || m.nick || m.from
  const title = named && c ? nameOf(c) : who
  return (
    <div class="find"><Row before={<Avatar id={named && c?.type === 'GROUP' ? m.to : m.from} name={title} url={named && c ? pictureOf(c) : m.avatar} square={named && c?.type === 'GROUP'} />} title={title}
      text={<>{named && c?.type === 'GROUP' ? `${who}: ` : ''}<Marked text={textOf(m)} /></>} after={<span class="find-time">{shortTime(m.time)}</span>}
      onClick={() => openConversation(m.conversationID, m.sequence)} /></div>
  )
}

/** Marked shows a text with the words that were looked for standing out; a long one from near the first. */
function Marked({ text }: { text: string }) {
  const all = words.value.trim().split(/\s+/).filter(Boolean).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (all.length === 0) return <>{text}</>
  const pattern = new RegExp(`(${all.join('|')})`, 'gi')
  const at = text.search(pattern)
  const shown = at > 48 ? '…' + text.slice(at - 30) : text
  return <>{shown.split(pattern).map((part, i) => (i % 2 ? <mark key={i}>{part}</mark> : part))}</>
}
