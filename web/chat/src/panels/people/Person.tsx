// A user: who they are, and what one can do about them.

import { useEffect } from 'preact/hooks'
import { TYPES } from '@teahouse-im/chat'
import { t } from '../../i18n/index.ts'
import { openConversation } from '../../route.ts'
import { chat, me } from '../../state/session.ts'
import { onlineUsers, watch } from '../../state/users.ts'
import { ask, askText, closeDialogs } from '../../ui/Dialog.tsx'
import { openMenuBelow } from '../../ui/Menu.tsx'
import { SkeletonRows } from '../../ui/parts.tsx'
import { attempt, saved } from '../live.ts'
import { Act, Line, Portrait, Section } from '../parts.tsx'
import { openPanel } from '../open.tsx'
import { calls } from '../registry.ts'
import { blocked, friendGroups, friendOf, friends, isBlocked, look, profiles } from './state.ts'

export function usePerson(userID: string) {
  useEffect(() => {
    friends.load()
    blocked.load()
    friendGroups.load()
    void attempt(look([userID]))
    void watch([userID])
  }, [userID])
  return profiles.value.get(userID)
}

export const genderText = (gender: string | undefined): string =>
  gender === TYPES.GENDER_FEMALE ? t('genderFemale') : gender === TYPES.GENDER_MALE ? t('genderMale') : ''

/** Person shows a user. atHome: in the details of the conversation with them. */
export function Person({ userID, atHome }: { userID: string; atHome?: boolean }) {
  const p = usePerson(userID)
  const friend = friendOf(userID)
  if (!p) return <SkeletonRows count={4} />
  const name = friend?.remark || p.nick || userID
  const mine = userID === me.value
  const open = () => {
    closeDialogs()
    openConversation('C2C' + userID)
  }
  const call = (video: boolean) => () => {
    open()
    calls.start?.('C2C' + userID, video)
  }
  return (
    <>
      <Portrait id={userID} name={name} url={p.avatar} online={onlineUsers.value.has(userID)} under={onlineUsers.value.has(userID) ? t('online') : p.selfSignature || undefined}>
        {!mine && !atHome && <Act icon="chat" text={t('sayHello')} onClick={open} />}
        {!mine && calls.start && <Act icon="phone" text={t('voiceCall')} onClick={call(false)} />}
        {!mine && calls.start && <Act icon="video" text={t('videoCall')} onClick={call(true)} />}
        {!mine && friends.value.value && !friend && <Act icon="plus" text={t('addFriend')} onClick={() => void openPanel('addFriend', { userID })} />}
      </Portrait>
      <Section title={t('about')}>
        <Line text={t('userID')} value={userID} />
        {friend && <Line text={t('remark')} value={friend.remark || t('none')} onClick={() => void setRemark(userID, friend.remark)} />}
        {p.nick && <Line text={t('nick')} value={p.nick} />}
        {genderText(p.gender) && <Line text={t('gender')} value={genderText(p.gender)} />}
        {p.location && <Line text={t('location')} value={p.location} />}
        {p.selfSignature && <Line text={t('signature')} long={p.selfSignature} />}
        {friend && <Line text={t('friendGroups')} value={friend.groupList.join(', ') || t('none')} onClick={(e) => sort(e.currentTarget as Element, userID)} />}
      </Section>
      {!mine && <Relations userID={userID} name={name} />}
    </>
  )
}

function Relations({ userID, name }: { userID: string; name: string }) {
  const isFriend = friendOf(userID) !== undefined
  const is = isBlocked(userID)
  return (
    <Section>
      <Line icon="block" text={is ? t('unblock') : t('block')} danger={!is} onClick={() => void block(userID, name, !is)} />
      {isFriend && <Line icon="trash" text={t('deleteFriend')} danger onClick={() => void unfriend(userID, name)} />}
    </Section>
  )
}

async function setRemark(userID: string, before: string): Promise<void> {
  const remark = await askText({ title: t('remark'), label: t('remarkLabel'), value: before, yes: t('save'), max: 96 })
  if (remark !== null) await saved(chat().updateFriend({ userID, remark }))
}

export async function block(userID: string, name: string, on: boolean): Promise<void> {
  if (on && !(await ask({ title: t('blockTitle', { name }), text: t('blockText'), yes: t('block'), danger: true }))) return
  await saved(on ? chat().addToBlacklist({ userIDList: [userID] }) : chat().removeFromBlacklist({ userIDList: [userID] }))
  await blocked.again()
  await friends.again()
}

async function unfriend(userID: string, name: string): Promise<void> {
  if (!(await ask({ title: t('deleteFriendTitle', { name }), text: t('deleteFriendText'), yes: t('remove'), danger: true }))) return
  await saved(chat().deleteFriend({ userIDList: [userID], type: TYPES.SNS_DELETE_TYPE_BOTH }))
  await friends.again()
}

/** sort offers the groups of friends that somebody may be put into or taken out of. */
function sort(button: Element, userID: string): void {
  const all = friendGroups.value.value ?? []
  const put = async (name: string, isIn: boolean) => {
    const o = { name, userIDList: [userID] }
    await saved(isIn ? chat().removeFromFriendGroup(o) : chat().addToFriendGroup(o))
    await Promise.all([friendGroups.again(), friends.again()])
  }
  openMenuBelow(button, t('friendGroups'), [
    ...all.map((g) => {
      const isIn = friendOf(userID)?.groupList.includes(g.name) ?? false
      return { text: g.name, icon: isIn ? 'check' as const : undefined, act: () => void put(g.name, isIn) }
    }),
    { text: t('friendGroupNew'), icon: 'plus', parted: all.length > 0, act: () => void newGroup([userID]) },
  ])
}

export async function newGroup(userIDList: string[]): Promise<void> {
  const name = await askText({ title: t('friendGroupNew'), label: t('friendGroupName'), yes: t('create'), max: 30 })
  if (!name) return
  await saved(chat().createFriendGroup({ name, userIDList }))
  await Promise.all([friendGroups.again(), friends.again()])
}
