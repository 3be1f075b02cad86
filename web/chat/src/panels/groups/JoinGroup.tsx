// Coming into a group: by its number, or found by its name.

import { useEffect, useState } from 'preact/hooks'
import { TYPES, type Group } from '@teahouse-im/chat'
import { errorText } from '../../i18n/errors.ts'
import { t } from '../../i18n/index.ts'
import { openConversation } from '../../route.ts'
import { chat, features } from '../../state/session.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Empty, Field, Row, SearchField } from '../../ui/parts.tsx'
import { toast } from '../../ui/Toast.tsx'
import { Tag } from '../parts.tsx'
import { groups } from './state.ts'
import { typeText } from './types.ts'

/** Typing rests so long before it is looked for, in ms. */
const rest = 300

export default function JoinGroup({ groupID = '', close }: { groupID?: string; close: () => void }) {
  const [text, setText] = useState(groupID)
  const [found, setFound] = useState<Group[] | null>(null)
  const [chosen, setChosen] = useState<Group | null>(null)
  const asked = text.trim()

  useEffect(() => {
    setFound(null)
    if (!asked) return
    let wanted = true
    const timer = setTimeout(async () => {
      const [byID, byName] = await Promise.all([
        chat().searchGroupByID(asked).then(({ data }) => [data.group], () => []),
        features.value.has('search') ? chat().searchCloudGroups({ keywordList: [asked], count: 20 }).then(({ data }) => data.searchResultList, () => []) : [],
      ])
      if (wanted) setFound([...byID, ...byName.filter((g) => g.groupID !== asked)])
    }, rest)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [asked])

  if (chosen) return <Joining group={chosen} back={() => setChosen(null)} close={close} />
  return (
    <Dialog title={t('convJoinGroup')} close={close} flush>
      <div class="panel-search picker-search"><SearchField label={t('joinSearch')} value={text} change={setText} data-autofocus /></div>
      <div class="picker-list scroll" aria-live="polite">
        {!asked && <Empty icon="group" title={t('joinHow')} text={t('joinHowText')} />}
        {asked && found?.length === 0 && <Empty icon="search" title={t('convNoMatch')} text={t('joinNoGroup')} />}
        {found?.map((g) => (
          <Row key={g.groupID} before={<Avatar id={g.groupID} name={g.name || g.groupID} url={g.avatar} square />} title={g.name || g.groupID} text={g.introduction || g.groupID}
            after={<Tag text={typeText(g.type)} />} onClick={() => setChosen(g)} />
        ))}
      </div>
    </Dialog>
  )
}

function Joining({ group, back, close }: { group: Group; back: () => void; close: () => void }) {
  const [words, setWords] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const asks = group.joinOption === TYPES.JOIN_OPTIONS_NEED_PERMISSION
  const inside = groups.value.value?.some((g) => g.groupID === group.groupID && g.selfInfo.role)

  const open = () => {
    close()
    openConversation('GROUP' + group.groupID)
  }
  const join = async () => {
    if (inside) return open()
    setBusy(true)
    try {
      const { data } = await chat().joinGroup({ groupID: group.groupID, ...(words.trim() && { applyMessage: words.trim() }) })
      if (data.status === TYPES.JOIN_STATUS_WAIT_APPROVAL) {
        toast(t('joinAsked'))
        close()
      } else {
        await groups.again()
        open()
      }
    } catch (err) {
      setWrong(errorText(err))
    }
    setBusy(false)
  }
  return (
    <Dialog title={group.name || group.groupID} close={close} foot={<>
      <Button onClick={back}>{t('back')}</Button>
      <Button kind="primary" busy={busy} data-autofocus type="submit" form="join-group">{inside ? t('convStartGo') : asks ? t('joinAskGo') : t('joinGo')}</Button>
    </>}>
      <form id="join-group" class="form" onSubmit={(e) => { e.preventDefault(); void join() }}>
        <div class="request-who"><Avatar id={group.groupID} name={group.name || group.groupID} url={group.avatar} square size={56} />
          <span class="row-words"><span class="row-title">{group.name || group.groupID}</span><span class="row-text">{typeText(group.type)}{group.memberCount ? ` · ${t('members', { n: group.memberCount })}` : ''}</span></span>
        </div>
        {group.introduction && <p class="request-text">{group.introduction}</p>}
        {asks && !inside && <Field label={t('joinWords')} value={words} change={setWords} maxLength={100} hint={t('joinAskHint')} />}
        {wrong && <div class="notice bad" role="alert">{wrong}</div>}
      </form>
    </Dialog>
  )
}
