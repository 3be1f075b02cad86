import { useEffect } from 'preact/hooks'
import { t } from '../../i18n/index.ts'
import { go } from '../../route.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button } from '../../ui/Button.tsx'
import { Empty, SkeletonRows } from '../../ui/parts.tsx'
import { attempt } from '../live.ts'
import { block } from '../people/Person.tsx'
import { blocked, look, profiles } from '../people/state.ts'

/** Blocked are those who cannot write to me. */
export function Blocked() {
  useEffect(() => blocked.load(), [])
  const ids = blocked.value.value
  useEffect(() => {
    if (ids?.length) void attempt(look(ids))
  }, [ids])
  if (!ids) return <SkeletonRows />
  if (ids.length === 0) return <Empty icon="block" title={t('blockedNone')} text={t('blockedNoneText')} />
  return (
    <div class="panel-list scroll">
      {ids.map((id) => {
        const name = profiles.value.get(id)?.nick || id
        return (
          <div key={id} class="row">
            <button type="button" class="request-who" onClick={() => go(['contacts', 'u', id])}>
              <Avatar id={id} name={name} url={profiles.value.get(id)?.avatar} />
              <span class="row-words"><span class="row-title cut">{name}</span></span>
            </button>
            <Button onClick={() => void block(id, name, false)}>{t('unblock')}</Button>
          </div>
        )
      })}
    </div>
  )
}
