// One conversation: its head, its messages, and the field to write in.

import { useEffect, useMemo } from 'preact/hooks'
import { Banner } from '../app/Banner.tsx'
import { Composer } from '../composer/Composer.tsx'
import { useDrop } from '../composer/drop.tsx'
import { t } from '../i18n/index.ts'
import { chosen, resetCompose } from '../state/compose.ts'
import { conversationOf } from '../state/opened.ts'
import { closeThread, openThread } from '../state/thread.ts'
import { Icon } from '../ui/Icon.tsx'
import { ChosenBar } from './ChosenBar.tsx'
import { MessageList } from './MessageList.tsx'
import { PinBar } from './PinBar.tsx'
import { ThreadHead } from './ThreadHead.tsx'

export function Thread({ id }: { id: string }) {
  const thread = useMemo(() => openThread(id), [id])
  const c = conversationOf(id)
  const [over, drop] = useDrop(id)
  useEffect(() => () => {
    closeThread(thread)
    resetCompose()
  }, [])
  return (
    <div class="thread" {...drop}>
      <div class="only-phone-bar"><Banner /></div>
      <ThreadHead id={id} c={c} />
      <PinBar thread={thread} />
      <MessageList thread={thread} c={c} />
      {chosen.value ? <ChosenBar /> : <Composer id={id} c={c} />}
      {over && <div class="drop-here"><Icon name="share" size={36} />{t('dropHere')}</div>}
    </div>
  )
}
