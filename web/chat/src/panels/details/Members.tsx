// The members of a group, page by page, and what may be done about each.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { TYPES, type Group, type GroupMember } from '@teahouse-im/chat'
import { longSpan } from '../../i18n/dates.ts'
import { t } from '../../i18n/index.ts'
import { chat, features, me } from '../../state/session.ts'
import { onlineUsers } from '../../state/users.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button, IconButton } from '../../ui/Button.tsx'
import { openMenuBelow, type MenuItem } from '../../ui/Menu.tsx'
import { Empty, Row, SearchField, SkeletonRows } from '../../ui/parts.tsx'
import { toastError } from '../../ui/Toast.tsx'
import { groupMoves, mayIn, outranks } from '../groups/state.ts'
import { roleText } from '../groups/types.ts'
import { openPanel } from '../open.tsx'
import { Tag } from '../parts.tsx'
import { invite, isAdmin, kick, memberName, muteMenu, renameMember, setRole, transfer, unmute } from './groupActs.ts'

const page = 100
const previewed = 6
const order: Record<string, number> = { Owner: 0, Admin: 1 }
const sorted = (list: GroupMember[]): GroupMember[] => [...list].sort((a, b) => (order[a.role] ?? 2) - (order[b.role] ?? 2))

const muted = (m: GroupMember): boolean => m.muteUntil * 1000 > Date.now()

/** useMembers reads pages; again after each change of the group. */
function useMembers(groupID: string, count: number) {
  const [list, setList] = useState<GroupMember[] | null>(null)
  const [next, setNext] = useState(0)
  const moves = groupMoves.value
  const read = useCallback(async (offset: number) => {
    try {
      const { data } = await chat().getGroupMemberList({ groupID, count, offset })
      setList((before) => (offset === 0 || !before ? data.memberList : [...before, ...data.memberList]))
      setNext(data.offset)
    } catch (err) {
      setList((before) => before ?? [])
      toastError(err)
    }
  }, [groupID, count])
  useEffect(() => void read(0), [read, moves])
  return { list, more: next > 0 ? () => read(next) : null }
}

export function MemberPreview({ group, all }: { group: Group; all: () => void }) {
  const { list } = useMembers(group.groupID, previewed)
  if (!list) return <SkeletonRows count={3} />
  return (
    <>
      {sorted(list).slice(0, previewed).map((m) => <MemberRow key={m.userID} group={group} m={m} />)}
      {group.memberCount > list.length || list.length > 0 ? <button type="button" class="line" onClick={all}><span class="line-words">{t('membersAll')}</span></button> : null}
    </>
  )
}

export function Members({ group, back }: { group: Group; back: () => void }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<GroupMember[] | null>(null)
  const { list, more } = useMembers(group.groupID, page)
  const words = text.trim()

  useEffect(() => {
    setFound(null)
    if (!words || !more || !features.value.has('search')) return
    let wanted = true
    const timer = setTimeout(() => {
      chat().searchCloudGroupMembers({ keywordList: [words], groupIDList: [group.groupID], count: 50 }).then(({ data }) => {
        if (wanted) setFound(data.searchResultList.flatMap((one) => one.memberList))
      }, toastError)
    }, 250)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [words, more === null])

  const small = words.toLocaleLowerCase()
  const here = (list ?? []).filter((m) => !small || memberName(m).toLocaleLowerCase().includes(small) || m.userID.toLocaleLowerCase().includes(small))
  const shown = sorted([...here, ...(found ?? []).filter((m) => !here.some((one) => one.userID === m.userID))])
  return (
    <div class="members">
      <div class="sub-head">
        <IconButton icon="back" label={t('back')} onClick={back} />
        <h3>{t('members', { n: group.memberCount })}</h3>
        {mayIn(group).invite && <IconButton icon="plus" label={t('invite')} onClick={() => void invite(group)} />}
      </div>
      <div class="panel-search"><SearchField label={t('membersFilter')} value={text} change={setText} /></div>
      {!list ? <SkeletonRows /> : shown.length === 0 ? <Empty icon="search" title={t('convNoMatch')} /> : shown.map((m) => <MemberRow key={m.userID} group={group} m={m} />)}
      {more && !words && <More more={more} />}
    </div>
  )
}

/** More reads the next page when it comes into sight. */
function More({ more }: { more: () => Promise<void> }) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const watcher = new IntersectionObserver(([one]) => one?.isIntersecting && void more())
    watcher.observe(ref.current!)
    return () => watcher.disconnect()
  }, [more])
  return <div ref={ref} class="more-button"><Button onClick={() => void more()}>{t('more')}</Button></div>
}

function MemberRow({ group, m }: { group: Group; m: GroupMember }) {
  const name = memberName(m)
  const items = itemsFor(group, m)
  const role = roleText(m.role)
  return (
    <div class="member">
      <Row before={<Avatar id={m.userID} name={name} url={m.avatar} size={38} online={onlineUsers.value.has(m.userID)} />} title={m.userID === me.value ? `${name} (${t('you')})` : name}
        text={muted(m) ? t('mutedNow') : name === m.userID ? '' : m.userID} after={role ? <Tag text={role} accent={m.role === TYPES.GRP_MBR_ROLE_OWNER} /> : undefined}
        onClick={() => void openPanel('profile', { userID: m.userID })} />
      {items.length > 0 && <IconButton icon="more" size={18} label={t('memberActs', { name })} aria-haspopup="menu" onClick={(e) => openMenuBelow(e.currentTarget as Element, name, itemsFor(group, m, e.currentTarget as Element))} />}
    </div>
  )
}

function itemsFor(group: Group, m: GroupMember, button?: Element): MenuItem[] {
  const may = mayIn(group)
  if (m.userID === me.value || !outranks(group, m.role)) return []
  const then = (done: Promise<boolean>) => void done.then(() => groupMoves.value++)
  const items: (MenuItem | false)[] = [
    may.appoint && { text: isAdmin(m) ? t('takeAdmin') : t('makeAdmin'), icon: 'me', act: () => then(setRole(group, m, isAdmin(m) ? TYPES.GRP_MBR_ROLE_MEMBER : TYPES.GRP_MBR_ROLE_ADMIN)) },
    may.transfer && { text: t('transfer'), icon: 'forward', act: () => then(transfer(group, m)) },
    may.mute && (muted(m) ? { text: t('unmuteMember'), icon: 'bell', act: () => then(unmute(group, m)) }
      : { text: t('muteMember'), icon: 'mute', act: () => muteMenu(button!, group, m, longSpan, () => groupMoves.value++) }),
    may.edit && { text: t('nameCard'), icon: 'edit', act: () => then(renameMember(group, m)) },
    may.kick && { text: t('kick'), icon: 'trash', danger: true, parted: true, act: () => then(kick(group, m)) },
  ]
  return items.filter((one): one is MenuItem => one !== false)
}
