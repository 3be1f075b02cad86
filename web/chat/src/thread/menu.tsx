// What can be done with a message.

import type { Message } from '@teahouse-im/chat'
import { t } from '../i18n/index.ts'
import { openLate } from '../late/open.ts'
import { chosen, edit, quote } from '../state/compose.ts'
import { chat } from '../state/session.ts'
import { dispatch } from '../state/send.ts'
import { open } from '../state/thread.ts'
import { ask } from '../ui/Dialog.tsx'
import { openMenu, type MenuItem } from '../ui/Menu.tsx'
import { toast, toastError } from '../ui/Toast.tsx'
import { canEdit, canPin, canReact, canRecall } from './rules.ts'

const quick = ['👍', '❤️', '😂', '😮', '😢', '🙏', '🎉']

export function openMessageMenu(m: Message, x: number, y: number): void {
  const sent = m.status === 'success'
  const items: (MenuItem | false)[] = [
    m.status === 'fail' && { text: t('sendAgain'), icon: 'undo', act: () => void dispatch(m) },
    sent && { text: t('reply'), icon: 'reply', act: () => quote(m) },
    m.type === 'TIMTextElem' && { text: t('copy'), icon: 'copy', act: () => void copy(m.payload.text) },
    sent && m.sequence > 0 && { text: t('forward'), icon: 'forward', act: () => void openLate('forward', { messages: [m], merged: false }) },
    canEdit(m) && !m.isRevoked && { text: t('edit'), icon: 'edit', act: () => edit(m) },
    canPin(m) && { text: m.isPinned ? t('unpinMsg') : t('pinMsg'), icon: 'pin', act: () => void pin(m) },
    sent && { text: t('selectMsg'), icon: 'select', act: () => (chosen.value = new Set([m])) },
    canRecall(m) && { text: t('recall'), icon: 'undo', parted: true, act: () => void recall(m) },
    { text: t('deleteMsg'), icon: 'trash', danger: true, parted: !canRecall(m), act: () => void removeMessages([m]) },
  ]
  openMenu({ x, y }, t('more'), items, canReact(m) ? (close) => <QuickReactions m={m} close={close} /> : undefined)
}

/** openReactions shows only the reactions. */
export function openReactions(m: Message, at: Element): void {
  if (!canReact(m)) return
  const r = at.getBoundingClientRect()
  openMenu({ x: r.left - 120, y: r.bottom + 4 }, t('addReaction'), [], (close) => <QuickReactions m={m} close={close} />)
}

function QuickReactions({ m, close }: { m: Message; close: () => void }) {
  const mine = new Set(open.value?.reactions.get(m.ID)?.filter((r) => r.reactedByMyself).map((r) => r.reactionID))
  return (
    <div class="quick-reactions" role="group" aria-label={t('addReaction')}>
      {quick.map((one) => (
        <button key={one} type="button" role="menuitemcheckbox" aria-checked={mine.has(one)} aria-label={one} onClick={() => { close(); void react(m, one, mine.has(one)) }}>{one}</button>
      ))}
    </div>
  )
}

export async function react(m: Message, reactionID: string, has: boolean): Promise<void> {
  try {
    await (has ? chat().removeMessageReaction(m, reactionID) : chat().addMessageReaction(m, reactionID))
    const { data } = await chat().getMessageReactions({ messageList: [m] })
    for (const one of data.resultList) {
      open.value?.reactions.delete(one.messageID)
      open.value?.reacted(one.messageID, one.reactionList)
    }
  } catch (err) {
    toastError(err)
  }
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast(t('copied'))
  } catch (err) {
    toastError(err)
  }
}

async function pin(m: Message): Promise<void> {
  try {
    await chat().pinGroupMessage({ groupID: m.to, message: m, isPinned: !m.isPinned })
    open.value?.changed([m])
  } catch (err) {
    toastError(err)
  }
}

async function recall(m: Message): Promise<void> {
  try {
    await chat().revokeMessage(m)
    open.value?.changed([m])
  } catch (err) {
    toastError(err)
  }
}

export async function removeMessages(list: Message[]): Promise<boolean> {
  if (!(await ask({ title: t('deleteMsgTitle', { n: list.length }), text: t('deleteMsgText'), yes: t('remove'), danger: true }))) return false
  try {
    await chat().deleteMessage(list)
    open.value?.sweep()
    return true
  } catch (err) {
    toastError(err)
    return false
  }
}
