// A record of messages: who said what; records within records open in their place.

import './style.ts'
import type { Message } from '@teahouse-im/chat'
import { useEffect, useState } from 'preact/hooks'
import { fullTime } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { chat } from '../state/session.ts'
import { bare, Body } from '../thread/bodies/Body.tsx'
import { Avatar } from '../ui/Avatar.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { SkeletonRows } from '../ui/parts.tsx'
import { toastError } from '../ui/Toast.tsx'

interface Entry {
  from: string
  nick: string
  avatar: string
  time: number
  type: string
  payload: any
}

export default function Merged({ m, close }: { m: Message; close: () => void }) {
  const [list, setList] = useState<Entry[] | null>(m.payload.messageList.length > 0 ? m.payload.messageList : null)
  const [inner, setInner] = useState<Entry[]>([])
  useEffect(() => {
    if (!list) chat().downloadMergerMessage(m).then(({ data }) => setList(data.messageList as Entry[]), (err) => { toastError(err); close() })
  }, [])
  const top = inner[inner.length - 1]
  const shown: Entry[] | null = top ? top.payload.messageList : list
  return (
    <Dialog title={top?.payload.title ?? m.payload.title} close={close} wide flush foot={top && <Button icon="back" onClick={() => setInner(inner.slice(0, -1))}>{t('back')}</Button>}>
      {!shown ? <SkeletonRows count={5} /> : (
        <ol class="record">
          {shown.map((one, i) => (
            <li key={i}>
              <Avatar id={one.from} name={one.nick || one.from} url={one.avatar} size={36} />
              <div>
                <p class="record-who"><b class="cut">{one.nick || one.from}</b><time>{fullTime(one.time)}</time></p>
                {one.type === 'TIMRelayElem'
                  ? <button type="button" class="merged" onClick={() => setInner([...inner, one])}><b class="cut">{one.payload.title}</b>{one.payload.abstractList.slice(0, 3).map((line: string, j: number) => <span key={j} class="cut">{line}</span>)}</button>
                  : <div class={`record-body${bare(one) ? ' bare' : ''}`}><Body m={{ ...one, status: 'success', flow: 'in', ID: `${m.ID}/${i}`, atUserList: [], cloudCustomData: '' } as unknown as Message} /></div>}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  )
}
