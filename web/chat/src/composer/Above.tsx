// What stands above the field: the message that is answered, or edited.

import { wordsOf } from '../conversations/preview.ts'
import { t } from '../i18n/index.ts'
import { editing, quoted } from '../state/compose.ts'
import { senderOf } from '../thread/MessageRow.tsx'
import { IconButton } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'

export function Above({ close }: { close: () => void }) {
  const m = editing.value ?? quoted.value
  if (!m) return null
  return (
    <div class="above">
      <Icon name={editing.value ? 'edit' : 'reply'} />
      <span class="above-words">
        <b class="cut">{editing.value ? t('editBar') : t('quoteBar', { who: senderOf(m) })}</b>
        <span class="cut">{wordsOf(m)}</span>
      </span>
      <IconButton icon="close" label={t('cancel')} onClick={close} />
    </div>
  )
}
