// What can be done with several messages at once; it stands where one writes otherwise.

import { useEffect } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { openLate } from '../late/open.ts'
import { chosen } from '../state/compose.ts'
import { IconButton } from '../ui/Button.tsx'
import { toast } from '../ui/Toast.tsx'
import { removeMessages } from './menu.tsx'

/** So many messages one merged message may have (spec/41). */
const mergedAtMost = 300
const singlyAtMost = 30

export function ChosenBar() {
  const set = chosen.value!
  const list = [...set].sort((a, b) => a.sequence - b.sequence || a.time - b.time)
  const end = () => (chosen.value = null)
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key !== 'Escape' || document.querySelector('.scrim')) return
      e.preventDefault()
      end()
    }
    addEventListener('keydown', key, true)
    return () => removeEventListener('keydown', key, true)
  }, [])
  const forward = (merged: boolean) => {
    const most = merged ? mergedAtMost : singlyAtMost
    if (list.length > most) return toast(t('tooManySelected', { n: most }), true)
    void openLate('forward', { messages: list, merged, done: end })
  }
  const none = list.length === 0
  return (
    <div class="chosen-bar" role="toolbar" aria-label={t('selectedCount', { n: list.length })}>
      <IconButton icon="close" label={t('cancel')} onClick={end} />
      <strong>{t('selectedCount', { n: list.length })}</strong>
      <span class="chosen-acts">
        <button type="button" disabled={none} onClick={() => forward(false)}>{t('forwardEach')}</button>
        <button type="button" disabled={none} onClick={() => forward(true)}>{t('forwardMerged')}</button>
        <button type="button" class="danger" disabled={none} onClick={async () => (await removeMessages(list)) && end()}>{t('deleteMsg')}</button>
      </span>
    </div>
  )
}
