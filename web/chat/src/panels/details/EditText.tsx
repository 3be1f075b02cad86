// Changing a text of a group.

import { useState } from 'preact/hooks'
import type { Group } from '@teahouse-im/chat'
import { errorText } from '../../i18n/errors.ts'
import { t } from '../../i18n/index.ts'
import { chat } from '../../state/session.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { groupMoves } from '../groups/state.ts'

/** Bytes that the server takes (spec/41). */
const bounds = { name: 100, notification: 400, introduction: 400 }

export function EditText({ group, what, close }: { group: Group; what: keyof typeof bounds; close: () => void }) {
  const [text, setText] = useState(group[what])
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const over = new TextEncoder().encode(text.trim()).length - bounds[what]
  const title = what === 'name' ? t('groupName') : t(what)
  const save = async (e: Event) => {
    e.preventDefault()
    if (over > 0 || (what === 'name' && !text.trim())) return
    setBusy(true)
    try {
      await chat().updateGroupProfile({ groupID: group.groupID, [what]: text.trim() })
      groupMoves.value++
      close()
    } catch (err) {
      setWrong(errorText(err))
    }
    setBusy(false)
  }
  return (
    <Dialog title={title} close={close} foot={<><Button onClick={close}>{t('cancel')}</Button><Button kind="primary" busy={busy} disabled={over > 0 || (what === 'name' && !text.trim())} type="submit" form="edit-text">{t('save')}</Button></>}>
      <form id="edit-text" class="form" onSubmit={save}>
        <label class={`field${wrong || over > 0 ? ' wrong' : ''}`}><span>{title}</span>
          {what === 'name' ? <input data-autofocus value={text} onInput={(e) => setText(e.currentTarget.value)} />
            : <textarea data-autofocus rows={5} value={text} onInput={(e) => setText(e.currentTarget.value)} />}
          {(wrong || over > 0) && <small role="alert">{wrong || t('tooLong', { n: over })}</small>}
        </label>
      </form>
    </Dialog>
  )
}
