import { useEffect } from 'preact/hooks'
import { t } from '../../i18n/index.ts'
import { openConversation } from '../../route.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button } from '../../ui/Button.tsx'
import { Empty, Row, SkeletonRows } from '../../ui/parts.tsx'
import { typeText } from '../groups/types.ts'
import { groups } from '../groups/state.ts'
import { openPanel } from '../open.tsx'
import { Tag } from '../parts.tsx'

/** GroupList are the groups that I am in. */
export function GroupList() {
  useEffect(() => groups.load(), [])
  const all = groups.value.value
  if (!all) return <SkeletonRows />
  if (all.length === 0) {
    return <Empty icon="group" title={t('groupsNone')} text={t('groupsNoneText')}><Button kind="primary" onClick={() => void openPanel('createGroup')}>{t('convNewGroup')}</Button></Empty>
  }
  const sorted = [...all].sort((a, b) => (a.name || a.groupID).localeCompare(b.name || b.groupID))
  return (
    <div class="panel-list scroll">
      {sorted.map((g) => (
        <Row key={g.groupID} before={<Avatar id={g.groupID} name={g.name || g.groupID} url={g.avatar} square />} title={g.name || g.groupID}
          text={g.memberCount ? t('members', { n: g.memberCount }) : g.groupID} after={<Tag text={typeText(g.type)} />} onClick={() => openConversation('GROUP' + g.groupID)} />
      ))}
    </div>
  )
}
