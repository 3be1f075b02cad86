// Who wants something: to be a friend, to come into a group; what I have asked for; and what
// the system has told about groups.

import { useEffect } from 'preact/hooks'
import { TYPES, type FriendApplication, type GroupApplication, type Message } from '@teahouse-im/chat'
import { shortTime } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { chat } from '../../state/session.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button } from '../../ui/Button.tsx'
import { Empty, SkeletonRows } from '../../ui/parts.tsx'
import { applications, groups, notices } from '../groups/state.ts'
import { attempt } from '../live.ts'
import { openPanel } from '../open.tsx'
import { noticeText } from '../groups/notice.ts'
import { friends, incoming, outgoing, requests, unseen } from '../people/state.ts'

export function Requests() {
  useEffect(() => {
    if (unseen.value > 0) chat().setFriendApplicationRead().then(() => (unseen.value = 0), () => {})
  }, [unseen.value])
  if (!requests.value.value || !applications.value.value) return <SkeletonRows />
  const groupRequests = applications.value.value
  if (incoming.value.length + outgoing.value.length + groupRequests.length + notices.value.length === 0) {
    return <Empty icon="bell" title={t('requestsNone')} text={t('requestsNoneText')} />
  }
  return (
    <div class="panel-list scroll">
      {incoming.value.map((r) => <FriendRequest key={r.userID} r={r} />)}
      {groupRequests.map((r) => <GroupRequest key={r._applicationID || r.groupID + r.applicant} r={r} />)}
      {outgoing.value.length > 0 && <div class="letter">{t('requestsSent')}</div>}
      {outgoing.value.map((r) => <FriendRequest key={r.userID} r={r} sent />)}
      {notices.value.length > 0 && <div class="letter">{t('notices')}</div>}
      {notices.value.map((m) => <Notice key={m.ID} m={m} />)}
    </div>
  )
}

function FriendRequest({ r, sent }: { r: FriendApplication; sent?: boolean }) {
  const name = r.nick || r.userID
  const answer = async (what: Promise<unknown>, done: string) => {
    await attempt(what, done)
    await Promise.all([requests.again(), friends.again()])
  }
  const accept = () => answer(chat().acceptFriendApplication({ userID: r.userID, type: TYPES.SNS_APPLICATION_AGREE_AND_ADD }), t('friendAdded'))
  const refuse = () => answer(chat().refuseFriendApplication({ userID: r.userID }), t('refused'))
  const drop = () => answer(chat().deleteFriendApplication({ userID: r.userID, type: r.type }), t('saved'))
  return (
    <article class="request" aria-label={name}>
      <button type="button" class="request-who" onClick={() => void openPanel('profile', { userID: r.userID })}>
        <Avatar id={r.userID} name={name} url={r.avatar} />
        <span class="row-words"><span class="row-title cut">{name}</span><span class="row-text cut">{sent ? t('waitsForAnswer') : t('wantsFriend')}</span></span>
        <span class="find-time">{shortTime(r.time)}</span>
      </button>
      {r.wording && <p class="request-text">{r.wording}</p>}
      <div class="request-buttons">
        {sent ? <Button onClick={() => void drop()}>{t('withdraw')}</Button> : <>
          <Button onClick={() => void refuse()}>{t('refuse')}</Button>
          <Button kind="primary" onClick={() => void accept()}>{t('accept')}</Button>
        </>}
      </div>
    </article>
  )
}

export function GroupRequest({ r }: { r: GroupApplication }) {
  const who = r.applicationType === 0 ? r.applicantNick || r.applicant : r.userID || r.applicant
  const text = r.applicationType === 0 ? t('wantsToJoin', { group: r.groupName || r.groupID })
    : r.applicationType === 2 ? t('invitesYou', { who: r.applicantNick || r.applicant, group: r.groupName || r.groupID })
      : t('wantsToInvite', { who: r.applicantNick || r.applicant, name: who, group: r.groupName || r.groupID })
  const answer = async (handleAction: 'Agree' | 'Reject') => {
    await attempt(chat().handleGroupApplication({ handleAction, application: r }), handleAction === 'Agree' ? t('accepted') : t('refused'))
    await Promise.all([applications.again(), groups.again()])
  }
  return (
    <article class="request" aria-label={text}>
      <div class="request-who">
        <Avatar id={r.groupID} name={r.groupName || r.groupID} square />
        <span class="row-words"><span class="row-title cut">{who}</span><span class="row-text">{text}</span></span>
        <span class="find-time">{shortTime(r.time)}</span>
      </div>
      {r.note && <p class="request-text">{r.note}</p>}
      <div class="request-buttons">
        <Button onClick={() => void answer('Reject')}>{t('refuse')}</Button>
        <Button kind="primary" onClick={() => void answer('Agree')}>{t('accept')}</Button>
      </div>
    </article>
  )
}

function Notice({ m }: { m: Message }) {
  const g = m.payload.groupProfile
  return (
    <div class="row">
      <Avatar id={g.groupID} name={g.name || g.groupID} url={g.avatar} square size={36} />
      <span class="row-words"><span>{noticeText(m)}</span></span>
      <span class="find-time">{shortTime(m.time)}</span>
    </div>
  )
}
