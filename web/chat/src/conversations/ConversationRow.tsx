import { TYPES, type Conversation } from '@teahouse-im/chat'
import { shortTime } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { openConversation } from '../route.ts'
import { idOf, isMarkedUnread, isMuted, nameOf, pictureOf } from '../state/conversations.ts'
import { onlineUsers, typingUsers } from '../state/users.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Icon } from '../ui/Icon.tsx'
import { openMenu } from '../ui/Menu.tsx'
import { Badge } from '../ui/parts.tsx'
import { usePress } from '../ui/press.ts'
import { conversationItems } from './menu.tsx'
import { preview } from './preview.ts'

/** Every row has this height, in px, as in list.css. */
export const rowHeight = 72

export interface RowProps {
  c: Conversation
  top: number
  position: number
  of: number
  current: boolean
  /** Tab stops here. */
  reachable: boolean
}

export function ConversationRow({ c, top, position, of, current, reachable }: RowProps) {
  const id = idOf(c)
  const name = nameOf(c)
  const muted = isMuted(c)
  const c2c = c.type === 'C2C'
  const menu = (x: number, y: number) => openMenu({ x, y }, name, conversationItems(c))
  const press = usePress(menu)
  const unread = c.unreadCount || (isMarkedUnread(c) ? -1 : 0)
  return (
    <div class="conversation-place" role="listitem" aria-posinset={position} aria-setsize={of} style={{ transform: `translateY(${top}px)` }}>
      <button {...press} type="button" class={`conversation${current ? ' current' : ''}${c.isPinned ? ' pinned' : ''}`} data-id={c.conversationID} tabIndex={reachable ? 0 : -1}
        aria-current={current ? 'true' : undefined}
        onClick={() => openConversation(c.conversationID)}
        onKeyDown={(e) => {
          if (e.key !== 'ContextMenu' && !(e.key === 'F10' && e.shiftKey)) return
          e.preventDefault()
          const r = e.currentTarget.getBoundingClientRect()
          menu(r.left + 60, r.top + 40)
        }}>
        <Avatar id={id} name={name} url={pictureOf(c)} size={48} square={!c2c} online={c2c && onlineUsers.value.has(id)} />
        <span class="conversation-words">
          <span class="conversation-top">
            <span class="conversation-name cut">{name}</span>
            {muted && <span class="conversation-sign" title={t('convMuted')}><Icon name="mute" size={14} /><span class="unseen">{t('convMuted')}</span></span>}
            <time class="conversation-time">{shortTime(c.lastMessage.lastTime)}</time>
          </span>
          <span class="conversation-bottom">
            <Line c={c} typing={c2c && typingUsers.value.has(id)} />
            {unread === 0 && c.isPinned && <span class="conversation-sign" title={t('convPinned')}><Icon name="pin" size={14} /><span class="unseen">{t('convPinned')}</span></span>}
            {unread > 0 && <Badge count={unread} quiet={muted} label={t('convUnread', { n: unread })} />}
            {unread < 0 && <span class="badge dot" role="img" aria-label={t('convMarkedUnread')} />}
          </span>
        </span>
      </button>
    </div>
  )
}

function Line({ c, typing }: { c: Conversation; typing: boolean }) {
  if (typing) return <span class="conversation-line cut typing">{t('typing')}</span>
  const at = c.groupAtInfoList.flatMap((one) => one.atTypeArray)
  const mention = at.some((n) => n !== TYPES.CONV_AT_ALL) ? t('atMe') : at.length > 0 ? t('atAll') : ''
  if (c.draftText && !mention) return <span class="conversation-line cut"><b class="draft">{t('draft')}</b> {c.draftText}</span>
  return <span class="conversation-line cut">{mention && <b class="mention">{mention} </b>}{preview(c)}</span>
}
