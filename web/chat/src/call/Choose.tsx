// Whom of a group one calls.

import { useEffect, useState } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { chat, me } from '../state/session.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog, openDialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Empty, SkeletonRows } from '../ui/parts.tsx'
import { toastError } from '../ui/Toast.tsx'

/** So many can be called at once: four are in a call. */
const most = 3

/** choose resolves with UserIDs; none when the user thinks better of it. */
export function choose(conversationID: string): Promise<string[]> {
  return new Promise((resolve) => {
    openDialog((close) => <Choosing groupID={conversationID.slice(5)} answer={(list) => { close(); resolve(list) }} />)
  })
}

interface Member {
  userID: string
  nick: string
  nameCard: string
  avatar: string
}

function Choosing({ groupID, answer }: { groupID: string; answer: (list: string[]) => void }) {
  const [members, setMembers] = useState<Member[] | null>(null)
  const [chosen, setChosen] = useState<string[]>([])
  useEffect(() => {
    chat().getGroupMemberList({ groupID, count: 100 }).then(({ data }) => setMembers(data.memberList.filter((one) => one.userID !== me.value)), (err) => {
      toastError(err)
      answer([])
    })
  }, [groupID])
  const toggle = (user: string) => setChosen(chosen.includes(user) ? chosen.filter((one) => one !== user) : [...chosen, user].slice(-most))
  return (
    <Dialog title={t('callWho')} close={() => answer([])} flush foot={<>
      <Button onClick={() => answer([])}>{t('cancel')}</Button>
      <Button kind="primary" icon="phone" disabled={chosen.length === 0} onClick={() => answer(chosen)}>{t('callGo')}</Button>
    </>}>
      {!members ? <SkeletonRows count={4} /> : members.length === 0 ? <Empty icon="group" title={t('callWhoNone')} /> : (
        <>
          <p class="call-hint">{t('callWhoHint')}</p>
          {members.map((one) => (
            <button key={one.userID} type="button" class="row" role="checkbox" aria-checked={chosen.includes(one.userID)} onClick={() => toggle(one.userID)}>
              <Avatar id={one.userID} name={one.nameCard || one.nick || one.userID} url={one.avatar} size={40} />
              <span class="row-words"><span class="row-title cut">{one.nameCard || one.nick || one.userID}</span></span>
              <span class={`call-check${chosen.includes(one.userID) ? ' on' : ''}`}>{chosen.includes(one.userID) && <Icon name="check" size={16} />}</span>
            </button>
          ))}
        </>
      )}
    </Dialog>
  )
}
