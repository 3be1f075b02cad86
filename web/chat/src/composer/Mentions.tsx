// Mentions: @ in a group shows its members; who is chosen stands in the text, and in the message.

import { TYPES, type GroupMember } from '@teahouse-im/chat'
import { useEffect, useRef, useState, type MutableRef } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { chat, limits, me } from '../state/session.ts'
import { Avatar } from '../ui/Avatar.tsx'

interface Choice {
  userID: string
  name: string
  avatar: string
}

const shownAtMost = 8
const membersAtMost = 500

async function load(groupID: string): Promise<GroupMember[]> {
  const all: GroupMember[] = []
  for (let offset = 0; all.length < membersAtMost;) {
    const { data } = await chat().getGroupMemberList({ groupID, count: 100, offset })
    all.push(...data.memberList)
    offset = data.offset
    if (offset === 0) break
  }
  return all.filter((m) => m.userID !== me.value)
}

/** fits: a word of the name, or the UserID, begins with what is typed. */
const fits = (one: Choice, typed: string): boolean => `${one.name} ${one.userID}`.toLocaleLowerCase().split(/\s+/).some((word) => word.startsWith(typed))
const called = (m: GroupMember): string => m.nameCard || m.nick || m.userID

export function useMentions(id: string, text: string, setText: (text: string) => void, field: MutableRef<HTMLTextAreaElement | null>) {
  const group = id.startsWith('GROUP') ? id.slice(5) : ''
  const [members, setMembers] = useState<GroupMember[] | null>(null)
  const [word, setWord] = useState<string | null>(null)
  const [at, setAt] = useState(0)
  const names = useRef(new Map<string, string>())

  const moved = () => {
    const el = field.current
    if (!group || !el) return
    const found = /(?:^|\s|[\u2e80-\uffef])@([^\s@]{0,24})$/.exec(text.slice(0, el.selectionStart))
    setWord(found ? found[1]!.toLocaleLowerCase() : null)
    setAt(0)
  }
  useEffect(moved, [text])
  useEffect(() => {
    if (word !== null && !members) load(group).then(setMembers, () => setMembers([]))
  }, [word !== null])

  const all: Choice[] = [
    { userID: TYPES.MSG_AT_ALL, name: t('mentionAll'), avatar: '' },
    ...(members ?? []).map((m) => ({ userID: m.userID, name: called(m), avatar: m.avatar })),
  ]
  const choices = word === null ? [] : all.filter((one) => fits(one, word)).slice(0, shownAtMost)

  const choose = (one: Choice) => {
    const el = field.current!
    const end = el.selectionStart
    const from = text.lastIndexOf('@', end - 1)
    const name = one.name.replace(/\s+/g, '_')
    names.current.set('@' + name, one.userID)
    const next = `${text.slice(0, from)}@${name} ${text.slice(end)}`
    setText(next)
    setWord(null)
    requestAnimationFrame(() => { el.focus(); el.selectionStart = el.selectionEnd = from + name.length + 2 })
  }

  return {
    choices, at, choose, moved,
    active: choices.length > 0 ? `mention-${at}` : undefined,
    /** key takes the keys that move in the list; true: it was one. */
    key(e: KeyboardEvent): boolean {
      if (choices.length === 0) return false
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
      if (step) setAt((at + step + choices.length) % choices.length)
      else if (e.key === 'Enter' || e.key === 'Tab') choose(choices[at]!)
      else if (e.key === 'Escape') setWord(null)
      else return false
      e.preventDefault()
      e.stopPropagation()
      return true
    },
    /** taken are those who are mentioned in what is sent. */
    taken(words: string): string[] {
      const ids = [...names.current].filter(([name]) => words.includes(name)).map(([, userID]) => userID)
      return [...new Set(ids)].slice(0, limits.value.Mentions ?? 30)
    },
  }
}

export function Mentions({ choices, at, choose }: ReturnType<typeof useMentions>) {
  if (choices.length === 0) return null
  return (
    <ul class="mentions" role="listbox" aria-label={t('mention')}>
      {choices.map((one, i) => (
        <li key={one.userID} id={`mention-${i}`} role="option" aria-selected={i === at} onPointerDown={(e) => { e.preventDefault(); choose(one) }}>
          <Avatar id={one.userID} name={one.name} url={one.avatar} size={28} /><span class="cut">{one.name}</span>
        </li>
      ))}
    </ul>
  )
}
