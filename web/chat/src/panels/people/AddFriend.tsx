// Asking somebody to be a friend.

import { useState } from 'preact/hooks'
import { TYPES } from '@teahouse-im/chat'
import { t } from '../../i18n/index.ts'
import { me, chat } from '../../state/session.ts'
import { myProfile } from '../../state/profile.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/parts.tsx'
import { toast } from '../../ui/Toast.tsx'
import { errorText } from '../../i18n/errors.ts'
import { friends, requests } from './state.ts'

/** The code of an answer that says: they have to agree first. */
const waiting = 30539

export default function AddFriend({ userID, close }: { userID?: string; close: () => void }) {
  const [to, setTo] = useState(userID ?? '')
  const [wording, setWording] = useState(t('addFriendHello', { name: myProfile.value?.nick || me.value }))
  const [remark, setRemark] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)

  const submit = async (e: Event) => {
    e.preventDefault()
    if (!to.trim()) return
    setBusy(true)
    setWrong('')
    try {
      const { data } = await chat().addFriend({ to: to.trim(), source: 'AddSource_Type_Web', wording: wording.trim(), ...(remark.trim() && { remark: remark.trim() }), type: TYPES.SNS_ADD_TYPE_BOTH })
      toast(data.code === waiting ? t('friendAsked') : t('friendAdded'))
      await Promise.all([friends.again(), requests.again()])
      close()
    } catch (err) {
      setWrong(errorText(err))
    }
    setBusy(false)
  }

  return (
    <Dialog title={t('addFriend')} close={close} foot={<><Button onClick={close}>{t('cancel')}</Button><Button kind="primary" busy={busy} disabled={!to.trim()} type="submit" form="add-friend">{t('send')}</Button></>}>
      <form id="add-friend" class="form" onSubmit={submit}>
        <Field label={t('convStartUser')} value={to} change={setTo} readOnly={!!userID} maxLength={64} data-autofocus={!userID} error={wrong} autocomplete="off" />
        <Field label={t('addFriendWording')} value={wording} change={setWording} maxLength={80} data-autofocus={!!userID} />
        <Field label={t('remarkLabel')} value={remark} change={setRemark} maxLength={32} />
      </form>
    </Dialog>
  )
}
