// Choosing people: from friends, from those one talks to, or by UserID.

import { useEffect, useMemo, useState } from 'preact/hooks'
import { t } from '../../i18n/index.ts'
import { conversations, nameOf, pictureOf } from '../../state/conversations.ts'
import { me } from '../../state/session.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Empty, SearchField } from '../../ui/parts.tsx'
import { calledOf, byName, friends, look } from './state.ts'

export interface Picked {
  userID: string
  name: string
  avatar: string
}

export interface PickerProps {
  chosen: Picked[]
  change: (chosen: Picked[]) => void
  /** Those who cannot be chosen: they are in already. */
  without?: ReadonlySet<string>
  most: number
}

/** known are friends first, then those one talks to. */
function known(without: ReadonlySet<string> | undefined): Picked[] {
  const all = new Map<string, Picked>()
  for (const f of byName.value) all.set(f.userID, { userID: f.userID, name: calledOf(f), avatar: f.profile?.avatar ?? '' })
  for (const c of conversations.value) {
    const userID = c.conversationID.slice(3)
    if (c.type === 'C2C' && !all.has(userID)) all.set(userID, { userID, name: nameOf(c), avatar: pictureOf(c) })
  }
  return [...all.values()].filter((p) => p.userID !== me.value && !without?.has(p.userID))
}

export function Picker({ chosen, change, without, most }: PickerProps) {
  const [text, setText] = useState('')
  const [byID, setByID] = useState<Picked | null>(null)
  useEffect(() => friends.load(), [])
  const all = known(without)
  const asked = text.trim()
  const words = asked.toLocaleLowerCase()
  const found = useMemo(() => all.filter((p) => !words || p.name.toLocaleLowerCase().includes(words) || p.userID.toLocaleLowerCase().includes(words)), [words, all.length])
  const exact = all.some((p) => p.userID === asked)

  useEffect(() => {
    setByID(null)
    if (!asked || exact || without?.has(asked) || asked === me.value) return
    const timer = setTimeout(() => {
      look([asked]).then(([p]) => setByID(p ? { userID: p.userID, name: p.nick || p.userID, avatar: p.avatar } : null), () => {})
    }, 250)
    return () => clearTimeout(timer)
  }, [asked, exact])

  const list = byID ? [byID, ...found] : found
  const has = (id: string) => chosen.some((p) => p.userID === id)
  const toggle = (p: Picked) => {
    if (has(p.userID)) change(chosen.filter((one) => one.userID !== p.userID))
    else if (most === 1) change([p])
    else if (chosen.length < most) change([...chosen, p])
  }

  return (
    <div class="picker">
      {chosen.length > 0 && (
        <div class="picker-chosen" aria-label={t('chosen')} role="group">
          {chosen.map((p) => (
            <button key={p.userID} type="button" class="chip" aria-label={t('unchoose', { name: p.name })} onClick={() => toggle(p)}>
              <Avatar id={p.userID} name={p.name} url={p.avatar} size={26} /><span class="cut">{p.name}</span><Icon name="close" />
            </button>
          ))}
        </div>
      )}
      <div class="panel-search picker-search"><SearchField label={t('pickSearch')} value={text} change={setText} data-autofocus /></div>
      <div class="picker-list scroll" role="listbox" aria-label={t('people')} aria-multiselectable={most > 1} tabIndex={-1}>
        {list.length === 0 && <Empty icon="contacts" title={asked ? t('convNoMatch') : t('friendsNone')} text={asked ? t('pickNobody') : t('pickHint')} />}
        {list.map((p) => (
          <button key={p.userID} type="button" role="option" class="row" aria-selected={has(p.userID)} aria-checked={has(p.userID)} onClick={() => toggle(p)}>
            <Avatar id={p.userID} name={p.name} url={p.avatar} size={40} />
            <span class="row-words"><span class="row-title cut">{p.name}</span>{p.name !== p.userID && <span class="row-text cut">{p.userID}</span>}</span>
            <span class="tick"><Icon name="check" /></span>
          </button>
        ))}
      </div>
    </div>
  )
}
