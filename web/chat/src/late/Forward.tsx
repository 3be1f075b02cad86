// Messages on to others: one by one, or as one record.

import './style.ts'
import type { Message } from '@teahouse-im/chat'
import { useState } from 'preact/hooks'
import { wordsOf } from '../conversations/preview.ts'
import { t } from '../i18n/index.ts'
import { conversations, findConversation, idOf, nameOf, pictureOf } from '../state/conversations.ts'
import { dispatch, target } from '../state/send.ts'
import { chat, me } from '../state/session.ts'
import { myProfile } from '../state/profile.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Row, SearchField } from '../ui/parts.tsx'
import { toast, toastError } from '../ui/Toast.tsx'

/** To so many at once. */
const most = 10
const shownAtMost = 60

function recordTitle(list: Message[]): string {
  const c = findConversation(list[0]!.conversationID)
  if (list[0]!.conversationType === 'GROUP') return t('mergedOfGroup')
  return t('mergedOfTwo', { a: myProfile.value?.nick || me.value, b: c ? nameOf(c) : list[0]!.conversationID.slice(3) })
}

function make(list: Message[], merged: boolean, to: string): Message[] {
  if (!merged) return list.map((m) => chat().createForwardMessage({ ...target(to), payload: m }))
  const abstractList = list.slice(0, 4).map((m) => `${m.nick || m.from}: ${wordsOf(m)}`.slice(0, 80))
  const title = recordTitle(list)
  return [chat().createMergerMessage({ ...target(to), payload: { messageList: list, title, abstractList, compatibleText: title } })]
}

export default function Forward({ messages, merged, done, close }: { messages: Message[]; merged: boolean; done?: () => void; close: () => void }) {
  const [text, setText] = useState('')
  const [to, setTo] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const wanted = text.trim().toLocaleLowerCase()
  const list = conversations.value.filter((c) => c.subType !== 'AVChatRoom' && (nameOf(c) + ' ' + idOf(c)).toLocaleLowerCase().includes(wanted)).slice(0, shownAtMost)
  const pick = (id: string) => setTo(to.includes(id) ? to.filter((one) => one !== id) : [...to, id].slice(-most))
  const go = async () => {
    setBusy(true)
    try {
      let good = true
      for (const id of to) for (const m of make(messages, merged, id)) good = (await dispatch(m)) && good
      if (good) toast(t('forwardDone'))
      done?.()
      close()
    } catch (err) {
      toastError(err)
      setBusy(false)
    }
  }
  return (
    <Dialog title={t('forwardTitle')} close={close} flush foot={<>
      <Button onClick={close}>{t('cancel')}</Button>
      <Button kind="primary" disabled={to.length === 0} busy={busy} onClick={() => void go()}>{t('send')}</Button>
    </>}>
      <div class="dialog-search"><SearchField data-autofocus label={t('search')} value={text} change={setText} /></div>
      <div class="dialog-list" role="group" aria-label={t('convList')}>
        {list.map((c) => {
          const on = to.includes(c.conversationID)
          return (
            <Row key={c.conversationID} current={on} onClick={() => pick(c.conversationID)} before={<Avatar id={idOf(c)} name={nameOf(c)} url={pictureOf(c)} size={40} square={c.type === 'GROUP'} />}
              title={nameOf(c)} after={<span class={`choose${on ? ' on' : ''}`}>{on && <Icon name="check" size={16} />}</span>} />
          )
        })}
      </div>
    </Dialog>
  )
}
