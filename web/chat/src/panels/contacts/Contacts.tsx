// The address book: friends, groups, requests, who is blocked. A name that is chosen is shown
// in the large column.

import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { t } from '../../i18n/index.ts'
import { go, route } from '../../route.ts'
import { onlineUsers, watch } from '../../state/users.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { IconButton } from '../../ui/Button.tsx'
import { openMenuBelow } from '../../ui/Menu.tsx'
import { Empty, Head, Row, SearchField, SkeletonRows } from '../../ui/parts.tsx'
import { applications } from '../groups/state.ts'
import { openPanel } from '../open.tsx'
import { Tabs } from '../parts.tsx'
import { newGroup } from '../people/Person.tsx'
import type { PageProps } from '../registry.ts'
import { byName, calledOf, friendGroups, friends, incoming, initial, profiles, requests } from '../people/state.ts'
import { Blocked } from './Blocked.tsx'
import { GroupList } from './GroupList.tsx'
import { Requests } from './Requests.tsx'
export { ContactMain as Main } from './Main.tsx'

type Tab = 'friends' | 'groups' | 'requests' | 'blocked'
const tab = signal<Tab>('friends')
const filter = signal('')
const groupShown = signal('')

export default function Contacts(_: PageProps) {
  useEffect(() => {
    friends.load()
    friendGroups.load()
    requests.load()
    applications.load()
  }, [])
  const waiting = incoming.value.length + (applications.value.value?.length ?? 0)
  return (
    <>
      <Head title={t('navContacts')}>
        <IconButton icon="plus" label={t('convNew')} aria-haspopup="menu" onClick={(e) => openMenuBelow(e.currentTarget as Element, t('convNew'), [
          { text: t('addFriend'), icon: 'contacts', act: () => void openPanel('addFriend') },
          { text: t('convNewGroup'), icon: 'group', act: () => void openPanel('createGroup') },
          { text: t('convJoinGroup'), icon: 'link', act: () => void openPanel('joinGroup') },
          { text: t('friendGroupNew'), icon: 'select', parted: true, act: () => void newGroup([]) },
        ])} />
      </Head>
      <Tabs label={t('navContacts')} value={tab.value} change={(to) => (tab.value = to)} all={[
        { value: 'friends', text: t('friends') }, { value: 'groups', text: t('groups') },
        { value: 'requests', text: t('requests'), count: waiting }, { value: 'blocked', text: t('blockedTab') },
      ]} />
      {tab.value === 'friends' ? <Friends /> : tab.value === 'groups' ? <GroupList /> : tab.value === 'requests' ? <Requests /> : <Blocked />}
    </>
  )
}

function Friends() {
  const all = friends.value.value
  useEffect(() => {
    if (all) void watch(all.slice(0, 100).map((f) => f.userID))
  }, [all])
  if (!all) return <SkeletonRows />
  if (all.length === 0) {
    return <Empty icon="contacts" title={t('friendsNone')} text={t('friendsNoneText')} />
  }
  const words = filter.value.trim().toLocaleLowerCase()
  const list = byName.value.filter((f) => (!groupShown.value || f.groupList.includes(groupShown.value)) && (!words || calledOf(f).toLocaleLowerCase().includes(words) || f.userID.toLocaleLowerCase().includes(words)))
  const shown = route.value.path[0] === 'u' ? route.value.path[1] : ''
  let letter = ''
  return (
    <>
      <div class="panel-search"><SearchField label={t('friendsFilter')} value={filter.value} change={(text) => (filter.value = text)} /></div>
      <GroupFilter />
      <div class="panel-list scroll">
        {list.length === 0 && <Empty icon="search" title={t('convNoMatch')} />}
        {list.map((f) => {
          const name = calledOf(f)
          const head = initial(name) !== letter && (letter = initial(name))
          return (
            <div key={f.userID}>
              {head && <div class="letter" aria-hidden="true">{head}</div>}
              <Row before={<Avatar id={f.userID} name={name} url={(profiles.value.get(f.userID) ?? f.profile)?.avatar} online={onlineUsers.value.has(f.userID)} />} title={name} text={(profiles.value.get(f.userID) ?? f.profile)?.selfSignature || (name === f.userID ? '' : f.userID)}
                current={shown === f.userID} onClick={() => go(['contacts', 'u', f.userID])} />
            </div>
          )
        })}
      </div>
    </>
  )
}

/** GroupFilter shows the groups that friends are sorted into, when there are any. */
function GroupFilter() {
  const all = friendGroups.value.value ?? []
  if (all.length === 0) return null
  return (
    <div class="group-filter" role="group" aria-label={t('friendGroups')}>
      <button type="button" class="filter-chip" aria-pressed={!groupShown.value} onClick={() => (groupShown.value = '')}>{t('all')}</button>
      {all.map((g) => (
        <button key={g.name} type="button" class="filter-chip" aria-pressed={groupShown.value === g.name} onClick={() => (groupShown.value = groupShown.value === g.name ? '' : g.name)}>{g.name}</button>
      ))}
      {groupShown.value && <IconButton icon="more" size={18} label={t('friendGroupChange', { name: groupShown.value })} onClick={(e) => changeGroup(e.currentTarget as Element)} />}
    </div>
  )
}

async function changeGroup(button: Element): Promise<void> {
  const { groupMenu } = await import('./friendGroup.ts')
  groupMenu(button, groupShown.value, (to) => (groupShown.value = to))
}
