// The pinned messages of a group, one at a time below the head: a click goes there, the next click to the next.

import { EVENT, type Message } from '@teahouse-im/chat'
import { useEffect, useState } from 'preact/hooks'
import { wordsOf } from '../conversations/preview.ts'
import { t } from '../i18n/index.ts'
import { chat, features } from '../state/session.ts'
import type { Thread } from '../state/thread.ts'
import { Icon } from '../ui/Icon.tsx'
import { jumpTo } from './MessageList.tsx'
import { senderOf } from './MessageRow.tsx'

export function PinBar({ thread }: { thread: Thread }) {
  const [list, setList] = useState<Message[]>([])
  const [at, setAt] = useState(0)
  const groupID = thread.id.startsWith('GROUP') ? thread.id.slice(5) : ''
  useEffect(() => {
    if (!groupID || !features.value.has('pins')) return
    const load = () => void chat().getPinnedGroupMessageList(groupID).then(({ data }) => setList(data.messageList), () => {})
    const moved = ({ data }: { data: { groupID: string } }) => data.groupID === groupID && load()
    const one = chat()
    load()
    one.on(EVENT.PINNED_GROUP_MESSAGE_UPDATED, moved)
    return () => one.off(EVENT.PINNED_GROUP_MESSAGE_UPDATED, moved)
  }, [groupID, features.value])
  void thread.tick.value
  const pinned = list.filter((m) => !m.isRevoked && !m.isDeleted)
  const m = pinned[at % pinned.length]
  if (!m) return null
  return (
    <button type="button" class="pin-bar" aria-label={`${t('pinnedMark')}: ${wordsOf(m)}`} onClick={() => { void jumpTo(thread, m.sequence); setAt(at + 1) }}>
      <Icon name="pin" size={18} />
      <span class="pin-words"><b class="cut">{senderOf(m)}</b><span class="cut">{wordsOf(m)}</span></span>
      {pinned.length > 1 && <span class="pin-count">{(at % pinned.length) + 1} / {pinned.length}</span>}
    </button>
  )
}
