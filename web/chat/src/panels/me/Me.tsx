// My own profile, as others see it.

import { useEffect, useState } from 'preact/hooks'
import { TYPES, type Profile } from '@teahouse-im/chat'
import { errorText } from '../../i18n/errors.ts'
import { t } from '../../i18n/index.ts'
import { chat, features, me } from '../../state/session.ts'
import { myProfile } from '../../state/profile.ts'
import { Button } from '../../ui/Button.tsx'
import { Field, Head, SkeletonRows } from '../../ui/parts.tsx'
import { toast } from '../../ui/Toast.tsx'
import { attempt } from '../live.ts'
import { Choices, Portrait, Section } from '../parts.tsx'
import { choosePicture, uploadPicture } from '../picture.ts'

export default function Me() {
  const p = myProfile.value
  return (
    <>
      <Head title={t('myProfile')} />
      <div class="panel-list scroll">{p ? <Form key={p.userID} p={p} /> : <SkeletonRows count={4} />}</div>
    </>
  )
}

function Form({ p }: { p: Profile }) {
  const [nick, setNick] = useState(p.nick)
  const [selfSignature, setSignature] = useState(p.selfSignature)
  const [location, setLocation] = useState(p.location)
  const [gender, setGender] = useState(p.gender || TYPES.GENDER_UNKNOWN)
  const [allowType, setAllowType] = useState(p.allowType || TYPES.ALLOW_TYPE_ALLOW_ANY)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const changed = nick !== p.nick || selfSignature !== p.selfSignature || location !== p.location || gender !== (p.gender || TYPES.GENDER_UNKNOWN) || allowType !== (p.allowType || TYPES.ALLOW_TYPE_ALLOW_ANY)

  const save = async (e: Event) => {
    e.preventDefault()
    setBusy(true)
    setWrong('')
    try {
      const { data } = await chat().updateMyProfile({ nick: nick.trim(), selfSignature: selfSignature.trim(), location: location.trim(), gender, allowType })
      myProfile.value = { ...data }
      toast(t('saved'))
    } catch (err) {
      setWrong(errorText(err))
    }
    setBusy(false)
  }
  const change = async () => {
    const file = await choosePicture()
    if (!file) return
    await attempt(uploadPicture(file).then((avatar) => chat().updateMyProfile({ avatar })).then(({ data }) => (myProfile.value = { ...data })), t('saved'))
  }
  return (
    <>
      <Portrait id={p.userID} name={p.nick || p.userID} url={p.avatar} under={p.userID} onPicture={features.value.has('media') ? () => void change() : undefined} pictureLabel={t('changePicture')} />
      {features.value.has('status') && <Status />}
      <form class="form pad me-form" onSubmit={save}>
        <Field label={t('nick')} value={nick} change={setNick} maxLength={125} autocomplete="nickname" />
        <Field label={t('signature')} value={selfSignature} change={setSignature} maxLength={125} />
        <Field label={t('location')} value={location} change={setLocation} maxLength={16} />
        <Choices inline label={t('gender')} value={gender} change={setGender} all={[
          { value: TYPES.GENDER_UNKNOWN, text: t('genderUnsaid') }, { value: TYPES.GENDER_FEMALE, text: t('genderFemale') }, { value: TYPES.GENDER_MALE, text: t('genderMale') },
        ]} />
        <Choices label={t('allowType')} value={allowType} change={setAllowType} all={[
          { value: TYPES.ALLOW_TYPE_ALLOW_ANY, text: t('allowAny') }, { value: TYPES.ALLOW_TYPE_NEED_CONFIRM, text: t('allowAsk') }, { value: TYPES.ALLOW_TYPE_DENY_ANY, text: t('allowNobody') },
        ]} />
        {wrong && <div class="notice bad" role="alert">{wrong}</div>}
        <Button kind="primary" type="submit" wide busy={busy} disabled={!changed}>{t('save')}</Button>
      </form>
    </>
  )
}

/** Status is a few words beside my name, until I log out. */
function Status() {
  const [text, setText] = useState('')
  const [known, setKnown] = useState('')
  useEffect(() => {
    chat().getUserStatus({ userIDList: [me.value] }).then(({ data }) => {
      const is = data.successUserList[0]?.customStatus ?? ''
      setText(is)
      setKnown(is)
    }, () => {})
  }, [])
  const save = async (e: Event) => {
    e.preventDefault()
    if (await attempt(chat().setSelfStatus({ customStatus: text.trim() }), t('saved'))) setKnown(text.trim())
  }
  return (
    <Section>
      <form class="status-form" onSubmit={save}>
        <Field label={t('customStatus')} hint={t('customStatusHint')} value={text} change={setText} maxLength={100} />
        {text.trim() !== known && <Button type="submit">{t('save')}</Button>}
      </form>
    </Section>
  )
}
