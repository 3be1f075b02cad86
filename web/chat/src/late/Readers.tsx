// Who has read a message of mine in a group, and who has not.

import './style.ts'
import type { Message } from '@teahouse-im/chat'
import { useEffect, useState } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { chat } from '../state/session.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Row, SkeletonRows } from '../ui/parts.tsx'
import { toastError } from '../ui/Toast.tsx'

interface Somebody {
  userID: string
  name: string
  avatar: string
}

/** people gives the names of users of a group. */
async function people(ids: string[]): Promise<Somebody[]> {
  const out: Somebody[] = []
  for (let i = 0; i < ids.length; i += 100) {
    const { data } = await chat().getUserProfile({ userIDList: ids.slice(i, i + 100) })
    const known = new Map(data.map((p) => [p.userID, p]))
    for (const id of ids.slice(i, i + 100)) out.push({ userID: id, name: known.get(id)?.nick || id, avatar: known.get(id)?.avatar ?? '' })
  }
  return out
}

async function load(message: Message, filter: 0 | 1): Promise<Somebody[]> {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const { data } = await chat().getGroupMessageReadMemberList({ message, filter, count: 100, ...(cursor && { cursor }) })
    ids.push(...(filter === 0 ? data.readUserIDList : data.unreadUserIDList))
    cursor = data.cursor
    if (data.isCompleted || !cursor) return people(ids)
  }
}

export default function Readers({ m, close }: { m: Message; close: () => void }) {
  const [tab, setTab] = useState<0 | 1>(0)
  const [lists, setLists] = useState<(Somebody[] | undefined)[]>([])
  useEffect(() => {
    Promise.all([load(m, 0), load(m, 1)]).then(setLists, toastError)
  }, [])
  const list = lists[tab]
  const count = (n: number) => (lists[n] ? ` ${lists[n]!.length}` : '')
  return (
    <Dialog title={t('readers')} close={close} flush>
      <div class="tabs" role="tablist">
        {([0, 1] as const).map((n) => (
          <button key={n} type="button" role="tab" aria-selected={tab === n} onClick={() => setTab(n)}>{(n === 0 ? t('readers') : t('unreaders')) + count(n)}</button>
        ))}
      </div>
      <div class="dialog-list">
        {!list ? <SkeletonRows count={4} /> : list.map((u) => <Row key={u.userID} before={<Avatar id={u.userID} name={u.name} url={u.avatar} size={40} />} title={u.name} text={u.name === u.userID ? undefined : u.userID} />)}
      </div>
    </Dialog>
  )
}
