// How far a message of mine has come.

import type { Message } from '@teahouse-im/chat'
import { t } from '../i18n/index.ts'
import { openLate } from '../late/open.ts'
import { dispatch } from '../state/send.ts'
import { Icon } from '../ui/Icon.tsx'

export function Ticks({ m }: { m: Message }) {
  if (m.status === 'unSend') return <span class="tick" role="img" aria-label={t('sending')}><Icon name="clock" size={14} /></span>
  if (m.status === 'fail') {
    return <button type="button" class="tick failed" onClick={() => void dispatch(m)}><Icon name="alert" size={16} /><span>{t('failed')} · {t('sendAgain')}</span></button>
  }
  if (m.conversationType === 'GROUP') return <GroupTicks m={m} />
  return m.isPeerRead
    ? <span class="tick read" role="img" aria-label={t('read')}><Icon name="checks" size={16} /></span>
    : <span class="tick" role="img" aria-label={t('sent')}><Icon name="check" size={15} /></span>
}

function GroupTicks({ m }: { m: Message }) {
  const { readCount, unreadCount } = m.readReceiptInfo
  if (!m.needReadReceipt || readCount + unreadCount === 0) return <span class="tick" role="img" aria-label={t('sent')}><Icon name="check" size={15} /></span>
  const all = unreadCount === 0
  const text = all ? t('readByAll') : t('readBy', { n: readCount, all: readCount + unreadCount })
  return (
    <button type="button" tabIndex={-1} class={`tick${all ? ' read' : ''}`} aria-label={text} title={text} onClick={() => void openLate('readers', { m })}>
      <Icon name={readCount > 0 ? 'checks' : 'check'} size={16} />{!all && readCount > 0 && <span>{readCount}</span>}
    </button>
  )
}
