import type { Conversation } from '@teahouse-im/chat'
import { detailsOpen } from '../app/drawer.ts'
import { t } from '../i18n/index.ts'
import { calls, details } from '../panels/registry.ts'
import { go } from '../route.ts'
import { idOf, nameOf, pictureOf } from '../state/conversations.ts'
import { onlineUsers, typingUsers } from '../state/users.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { IconButton } from '../ui/Button.tsx'

export function ThreadHead({ id, c }: { id: string; c: Conversation | undefined }) {
  const name = c ? nameOf(c) : id.replace(/^(C2C|GROUP)/, '')
  const c2c = id.startsWith('C2C')
  const canCall = calls.start && (c2c || c?.subType !== 'AVChatRoom')
  return (
    <header class="thread-head">
      <span class="only-phone"><IconButton icon="back" label={t('back')} onClick={() => go([])} /></span>
      <button type="button" class="thread-who" disabled={!details.load} aria-expanded={details.load ? detailsOpen.value : undefined} onClick={() => (detailsOpen.value = !detailsOpen.value)}>
        <Avatar id={id.replace(/^(C2C|GROUP)/, '')} name={name} url={c && pictureOf(c)} size={40} square={!c2c} online={c2c && onlineUsers.value.has(id.slice(3))} />
        <span class="thread-words">
          <h1 class="cut">{name}</h1>
          <span class="thread-state cut">{c ? <State c={c} /> : ' '}</span>
        </span>
      </button>
      <span class="head-buttons">
        {canCall && <IconButton icon="phone" label={t('voiceCall')} onClick={() => calls.start!(id, false)} />}
        {canCall && <IconButton icon="video" label={t('videoCall')} onClick={() => calls.start!(id, true)} />}
        {details.load && <IconButton icon="info" label={t('details')} pressed={detailsOpen.value} onClick={() => (detailsOpen.value = !detailsOpen.value)} />}
      </span>
    </header>
  )
}

function State({ c }: { c: Conversation }) {
  const user = idOf(c)
  if (c.type === 'GROUP') return <>{c.groupProfile?.memberCount ? t('members', { n: c.groupProfile.memberCount }) : ' '}</>
  if (typingUsers.value.has(user)) return <span class="typing">{t('typing')}</span>
  if (onlineUsers.value.has(user)) return <>{t('online')}</>
  return <>{user === nameOf(c) ? ' ' : user}</>
}
