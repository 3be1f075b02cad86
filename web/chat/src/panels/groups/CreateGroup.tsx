// Making a group: its type and name, then who is in from the start.

import { useState } from 'preact/hooks'
import { TYPES } from '@teahouse-im/chat'
import { errorText } from '../../i18n/errors.ts'
import { t } from '../../i18n/index.ts'
import { openConversation } from '../../route.ts'
import { chat, features } from '../../state/session.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/parts.tsx'
import { Choices } from '../parts.tsx'
import { Picker, type Picked } from '../people/Picker.tsx'
import { groupTypes } from './types.ts'
import { groups } from './state.ts'

/** So many may be in from the start (spec/20 §2). */
const membersAtMost = 100
/** Bytes that the server takes as a name (spec/41). */
const nameBytes = 100

export default function CreateGroup({ members = [], close }: { members?: Picked[]; close: () => void }) {
  const [step, setStep] = useState<'what' | 'who'>('what')
  const [type, setType] = useState<string>(TYPES.GRP_WORK)
  const [name, setName] = useState('')
  const [groupID, setGroupID] = useState('')
  const [chosen, setChosen] = useState<Picked[]>(members)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const withMembers = type !== TYPES.GRP_AVCHATROOM

  const create = async () => {
    setBusy(true)
    setWrong('')
    try {
      const { data } = await chat().createGroup({
        type, name: name.trim(), ...(groupID.trim() && { groupID: groupID.trim() }), ...(withMembers && chosen.length > 0 && { memberList: chosen.map(({ userID }) => ({ userID })) }),
      })
      await groups.again()
      close()
      openConversation('GROUP' + data.group.groupID)
    } catch (err) {
      setWrong(errorText(err))
      setStep('what')
    }
    setBusy(false)
  }
  const ready = name.trim() !== '' && new TextEncoder().encode(name.trim()).length <= nameBytes
  const next = () => {
    if (!ready) return
    if (withMembers) setStep('who')
    else void create()
  }

  if (step === 'who') {
    return (
      <Dialog key="who" title={t('groupWho')} close={close} flush foot={<>
        <Button onClick={() => setStep('what')}>{t('back')}</Button>
        <Button kind="primary" busy={busy} onClick={() => void create()}>{chosen.length > 0 ? `${t('create')} (${chosen.length})` : t('create')}</Button>
      </>}>
        <Picker chosen={chosen} change={setChosen} most={membersAtMost} />
      </Dialog>
    )
  }
  const types = groupTypes().filter((one) => one.value !== TYPES.GRP_COMMUNITY || features.value.has('community'))
  return (
    <Dialog key="what" title={t('convNewGroup')} close={close} foot={<>
      <Button onClick={close}>{t('cancel')}</Button>
      <Button kind="primary" busy={busy} disabled={!ready} type="submit" form="create-group">{withMembers ? t('onward') : t('create')}</Button>
    </>}>
      <form id="create-group" class="form" onSubmit={(e) => { e.preventDefault(); next() }}>
        {wrong && <div class="notice bad" role="alert">{wrong}</div>}
        <Field label={t('groupName')} value={name} change={setName} required maxLength={nameBytes} data-autofocus autocomplete="off" error={name && !ready ? t('tooLongName') : undefined} />
        <Choices label={t('groupType')} value={type} all={types} change={setType} />
        <Field label={t('groupIDOwn')} hint={t('groupIDHint')} value={groupID} change={setGroupID} maxLength={48} autocomplete="off" />
      </form>
    </Dialog>
  )
}
