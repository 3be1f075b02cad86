// A group: its facts, what I have set, its members, and what those who lead it may change.

import { useEffect, useState } from 'preact/hooks'
import { type Group } from '@teahouse-im/chat'
import { fullTime } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { chat, me } from '../../state/session.ts'
import { askText } from '../../ui/Dialog.tsx'
import { Badge, Empty, SkeletonRows, Switch } from '../../ui/parts.tsx'
import { toast } from '../../ui/Toast.tsx'
import { applications, groupMoves, mayIn } from '../groups/state.ts'
import { inviteOptions, joinOptions, typeText } from '../groups/types.ts'
import { attempt, saved } from '../live.ts'
import { Act, Line, Portrait, Section } from '../parts.tsx'
import { choosePicture, uploadPicture } from '../picture.ts'
import { Cleaning, Conversation } from './Details.tsx'
import { EditText } from './EditText.tsx'
import { dismiss, invite, quit, setOption } from './groupActs.ts'
import { MemberPreview, Members } from './Members.tsx'
import { GroupRequests } from './GroupRequests.tsx'

interface Props {
  conversationID: string
  groupID: string
  close: () => void
}

/** useGroup reads a group now, and again when it has changed; null when I am not in it. */
export function useGroup(groupID: string): Group | null | undefined {
  const [group, setGroup] = useState<Group | null | undefined>(undefined)
  const moves = groupMoves.value
  useEffect(() => {
    let wanted = true
    chat().getGroupProfile({ groupID }).then(({ data }) => wanted && setGroup({ ...data.group }), () => wanted && setGroup(null))
    return () => void (wanted = false)
  }, [groupID, moves])
  return group
}

export function GroupDetails({ conversationID, groupID, close }: Props) {
  const group = useGroup(groupID)
  const [place, setPlace] = useState<'' | 'members' | 'requests'>('')
  useEffect(() => applications.load(), [])
  if (group === undefined) return <SkeletonRows count={5} />
  if (group === null) {
    return <><Empty icon="group" title={t('notMember')} text={t('notMemberText')} /><Cleaning conversationID={conversationID} close={close} /></>
  }
  if (place === 'members') return <Members group={group} back={() => setPlace('')} />
  if (place === 'requests') return <GroupRequests groupID={groupID} back={() => setPlace('')} />
  const may = mayIn(group)
  const waiting = (applications.value.value ?? []).filter((r) => r.groupID === groupID).length
  return (
    <>
      <Portrait id={groupID} name={group.name || groupID} url={group.avatar} square under={`${typeText(group.type)} · ${t('members', { n: group.memberCount })}`}
        onPicture={may.edit ? () => void changePicture(groupID) : undefined} pictureLabel={t('changePicture')}>
        {may.invite && <Act icon="plus" text={t('invite')} onClick={() => void invite(group)} />}
        <Act icon="copy" text={t('copyID')} onClick={() => void navigator.clipboard.writeText(groupID).then(() => toast(t('copied')), () => {})} />
      </Portrait>
      {waiting > 0 && <Section><Line icon="bell" text={t('groupRequests')} badge={<Badge count={waiting} />} onClick={() => setPlace('requests')} /></Section>}
      <About group={group} mayEdit={may.edit} />
      {may.members && <Section title={t('members', { n: group.memberCount })}><MemberPreview group={group} all={() => setPlace('members')} /></Section>}
      <Conversation conversationID={conversationID} />
      {may.nameCard && <Section title={t('meHere')}><Line text={t('nameCard')} value={group.selfInfo.nameCard || t('none')} onClick={() => void setNameCard(group)} /></Section>}
      {(may.muteAll || may.joinOption || may.inviteOption) && <Leading group={group} />}
      <Cleaning conversationID={conversationID} close={close} />
      {(may.quit || may.dismiss) && (
        <Section>
          {may.quit && <Line icon="logout" text={t('quitGroup')} danger onClick={() => void quit(group, close)} />}
          {may.dismiss && <Line icon="trash" text={t('dismissGroup')} danger onClick={() => void dismiss(group, close)} />}
        </Section>
      )}
    </>
  )
}

function About({ group, mayEdit }: { group: Group; mayEdit: boolean }) {
  const [editing, setEditing] = useState<'' | 'name' | 'notification' | 'introduction'>('')
  const edit = (what: typeof editing) => (mayEdit ? () => setEditing(what) : undefined)
  return (
    <Section title={t('about')}>
      <Line text={t('groupName')} value={group.name} onClick={edit('name')} />
      <Line text={t('notification')} long={group.notification || t('none')} onClick={edit('notification')} />
      <Line text={t('introduction')} long={group.introduction || t('none')} onClick={edit('introduction')} />
      <Line text={t('groupID')} value={group.groupID} />
      <Line text={t('groupOwner')} value={group.ownerID === me.value ? t('you') : group.ownerID || t('none')} />
      {group.createTime > 0 && <Line text={t('created')} value={fullTime(group.createTime)} />}
      {editing && <EditText group={group} what={editing} close={() => setEditing('')} />}
    </Section>
  )
}

function Leading({ group }: { group: Group }) {
  const may = mayIn(group)
  const textOf = (all: { value: string; text: string }[], value: string) => all.find((one) => one.value === value)?.text ?? value
  return (
    <Section title={t('leading')}>
      {may.muteAll && <Switch label={t('muteAll')} hint={t('muteAllHint')} on={group.muteAllMembers} change={(muteAllMembers) => void saved(chat().updateGroupProfile({ groupID: group.groupID, muteAllMembers })).then(() => groupMoves.value++)} />}
      {may.joinOption && <Line text={t('joinOption')} value={textOf(joinOptions(), group.joinOption)} onClick={(e) => setOption(e.currentTarget as Element, group, 'joinOption')} />}
      {may.inviteOption && <Line text={t('inviteOption')} value={textOf(inviteOptions(), group.inviteOption)} onClick={(e) => setOption(e.currentTarget as Element, group, 'inviteOption')} />}
    </Section>
  )
}

async function setNameCard(group: Group): Promise<void> {
  const nameCard = await askText({ title: t('nameCard'), label: t('nameCardHint'), value: group.selfInfo.nameCard, yes: t('save'), max: 50 })
  if (nameCard === null) return
  await saved(chat().setGroupMemberNameCard({ groupID: group.groupID, nameCard }))
  groupMoves.value++
}

async function changePicture(groupID: string): Promise<void> {
  const file = await choosePicture()
  if (!file) return
  await attempt(uploadPicture(file).then((avatar) => chat().updateGroupProfile({ groupID, avatar })), t('saved'))
  groupMoves.value++
}
