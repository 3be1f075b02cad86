// One message with what belongs to it: the day above it, who said it, what it answers,
// reactions, whether it has arrived. Drawn anew only when something of it has changed.

import { signal } from '@preact/signals'
import type { Message, Reaction } from '@teahouse-im/chat'
import { Component } from 'preact'
import { clock, dayLine, fullTime } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { openPanel } from '../panels/open.tsx'
import { dialogs } from '../panels/registry.ts'
import { edit, quote, toggle } from '../state/compose.ts'
import { me } from '../state/session.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { IconButton } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Body, bare } from './bodies/Body.tsx'
import { openMessageMenu, openReactions, react } from './menu.tsx'
import { Quote } from './Quote.tsx'
import { Ticks } from './Ticks.tsx'
import { tipText } from './tips.ts'
import { canEdit } from './rules.ts'

/** The message that one has jumped to. */
export const flashed = signal('')

export interface MessageRowProps {
  m: Message
  stamp: number
  first: boolean
  last: boolean
  day: boolean
  unread: boolean
  flash: boolean
  isLast: boolean
  chosen: boolean | undefined
  reactions: Reaction[] | undefined
  position: number
  of: number
}

export const senderOf = (m: Message): string => m.nameCard || m.friendRemark || m.nick || m.from

export class MessageRow extends Component<MessageRowProps> {
  override shouldComponentUpdate(next: MessageRowProps): boolean {
    const now = this.props
    return (Object.keys(next) as (keyof MessageRowProps)[]).some((key) => key !== 'position' && key !== 'of' && next[key] !== now[key])
  }

  override render({ m, first, last, day, unread, flash, isLast, chosen, reactions, position, of }: MessageRowProps) {
    const tip = m.isRevoked || m.type === 'TIMGroupTipElem'
    const classes = `message-row ${m.flow}${first ? ' first' : ''}${last ? ' last' : ''}${flash ? ' flash' : ''}${chosen ? ' chosen' : ''}${tip ? ' tip' : ''}`
    return (
      <div class={classes} role="listitem" aria-posinset={position} aria-setsize={of} data-id={m.ID} tabIndex={isLast ? 0 : -1}
        onAnimationEnd={() => flash && (flashed.value = '')}
        onClick={(e) => { if (chosen !== undefined && !tip) { e.preventDefault(); toggle(m) } }}
        onKeyDown={(e) => onKey(e, m, chosen !== undefined)}>
        {day && <div class="day"><span>{dayLine(m.time)}</span></div>}
        {unread && <div class="unread-line"><span>{t('unreadLine')}</span></div>}
        {tip ? <Tip m={m} /> : <Said m={m} first={first} last={last} chosen={chosen} reactions={reactions} />}
      </div>
    )
  }
}

function onKey(e: KeyboardEvent, m: Message, choosing: boolean): void {
  if (e.target !== e.currentTarget) return
  const at = (e.currentTarget as HTMLElement).querySelector('.bubble')?.getBoundingClientRect()
  if (choosing && (e.key === ' ' || e.key === 'Enter')) toggle(m)
  else if (at && (e.key === 'Enter' || e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey))) openMessageMenu(m, at.left + 20, at.top + 20)
  else return
  e.preventDefault()
}

function Tip({ m }: { m: Message }) {
  const mine = m.isRevoked && (m.revoker ? m.revoker === me.value : m.from === me.value)
  const text = !m.isRevoked ? tipText(m.payload) : mine ? t('recalledMine') : t('recalledBy', { who: m.revokerInfo.nick || m.revoker || senderOf(m) })
  return (
    <p class="tip-text"><span>{text}</span>
      {mine && canEdit(m) && m.payload.text && <button type="button" class="link" onClick={() => edit(m)}>{t('editAgain')}</button>}
    </p>
  )
}

function Said({ m, first, last, chosen, reactions }: { m: Message; first: boolean; last: boolean; chosen: boolean | undefined; reactions: Reaction[] | undefined }) {
  const group = m.conversationType === 'GROUP' && m.flow === 'in'
  const menu = (x: number, y: number) => openMessageMenu(m, x, y)
  const plain = bare(m)
  return (
    <div class="message">
      {chosen !== undefined && <span class="choose" role="checkbox" aria-checked={chosen} aria-label={t('selectMsg')}>{chosen && <Icon name="check" size={16} />}</span>}
      {group && (
        <span class="message-face">
          {last && <button type="button" tabIndex={-1} aria-label={senderOf(m)} disabled={!dialogs.profile} onClick={() => void openPanel('profile', { userID: m.from, groupID: m.to })}><Avatar id={m.from} name={senderOf(m)} url={m.avatar} size={34} /></button>}
        </span>
      )}
      <div class="bubble-place">
        <Pressed menu={menu} class={`bubble${plain ? ' bare' : ''}${m.status === 'fail' ? ' failed' : ''}`}>
          {group && first && <span class="sender cut">{senderOf(m)}</span>}
          {m.flow === 'out' && first && <span class="unseen">{t('you')}: </span>}
          {m.quoteInfo && <Quote m={m} />}
          <Body m={m} />
          <span class="meta" title={fullTime(m.time)}>
            {m.isPinned && <><Icon name="pin" size={12} /><span class="unseen">{t('pinnedMark')}</span></>}
            {m.isModified && <span>{t('edited')}</span>}
            <time>{clock(m.time)}</time>
            {m.flow === 'out' && <Ticks m={m} />}
          </span>
        </Pressed>
        {reactions && reactions.length > 0 && <Reactions m={m} list={reactions} />}
      </div>
      {chosen === undefined && m.status === 'success' && (
        <span class="message-tools">
          <IconButton tabIndex={-1} icon="smile" size={18} label={t('react')} onClick={(e) => openReactions(m, e.currentTarget as Element)} />
          <IconButton tabIndex={-1} icon="reply" size={18} label={t('reply')} onClick={() => quote(m)} />
          <IconButton tabIndex={-1} icon="more" size={18} label={t('more')} onClick={(e) => { const r = (e.currentTarget as Element).getBoundingClientRect(); menu(r.left, r.bottom) }} />
        </span>
      )}
    </div>
  )
}

/** The bubble: a right click or a long press opens the menu. */
class Pressed extends Component<{ menu: (x: number, y: number) => void; class: string }> {
  private timer: ReturnType<typeof setTimeout> | undefined
  private stop = () => clearTimeout(this.timer)

  override render({ menu, children, class: classes }: { menu: (x: number, y: number) => void; class: string; children?: any }) {
    return (
      <div class={classes}
        onContextMenu={(e) => { e.preventDefault(); this.stop(); if (!document.querySelector('.menu')) menu(e.clientX, e.clientY) }}
        onTouchStart={(e) => { const { clientX, clientY } = e.touches[0]!; this.stop(); this.timer = setTimeout(() => menu(clientX, clientY), 450) }}
        onTouchMove={this.stop} onTouchEnd={this.stop} onTouchCancel={this.stop}>
        {children}
      </div>
    )
  }
}

function Reactions({ m, list }: { m: Message; list: Reaction[] }) {
  return (
    <div class="reactions">
      {list.map((r) => (
        <button key={r.reactionID} type="button" tabIndex={-1} class={`reaction${r.reactedByMyself ? ' mine' : ''}`} aria-pressed={r.reactedByMyself}
          aria-label={t('reactionOf', { emoji: r.reactionID, n: r.totalUserCount })} title={r.partialUserList.map((u) => u.nick || u.userID).join(', ')}
          onClick={() => void react(m, r.reactionID, r.reactedByMyself)}>
          <span>{r.reactionID}</span><span>{r.totalUserCount}</span>
        </button>
      ))}
    </div>
  )
}
