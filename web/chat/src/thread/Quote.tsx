// What a message answers: looked up once, shown in two lines, a click goes there.

import type { Message } from '@teahouse-im/chat'
import { useEffect, useState } from 'preact/hooks'
import { wordsOf } from '../conversations/preview.ts'
import { t } from '../i18n/index.ts'
import { chat } from '../state/session.ts'
import { open } from '../state/thread.ts'
import { jumpTo } from './MessageList.tsx'
import { senderOf } from './MessageRow.tsx'

/** find gives the quoted message: what is known, else the server's. */
async function find(m: Message): Promise<Message | null> {
  const { msgID, messageSequence } = m.quoteInfo!
  const known = chat().findMessage(msgID)
  if (known) return known
  const { data } = await chat().getMessageListHopping({ conversationID: m.conversationID, sequence: messageSequence, direction: 0, count: 1 })
  return data.messageList.find((one) => one.sequence === messageSequence) ?? null
}

export function Quote({ m }: { m: Message }) {
  const { msgID, messageSequence } = m.quoteInfo!
  const [q, setQ] = useState<Message | null | undefined>(() => chat().findMessage(msgID) ?? undefined)
  useEffect(() => {
    if (q === undefined) find(m).then(setQ, () => setQ(null))
  }, [msgID])
  const gone = q === null || q?.isDeleted || q?.isRevoked
  return (
    <button type="button" tabIndex={-1} class="quote" disabled={gone || !q} aria-label={q && !gone ? t('jumpTo') : undefined} onClick={() => open.value && void jumpTo(open.value, messageSequence)}>
      {q === undefined ? <span class="quote-text">…</span> : gone ? <span class="quote-text">{t('quoteGone')}</span> : (
        <><span class="quote-who cut">{senderOf(q!)}</span><span class="quote-text">{wordsOf(q!)}</span></>
      )}
    </button>
  )
}
