// Where one writes: it grows with the words, keeps a draft on the server, and knows what it answers or edits.

import type { Conversation } from '@teahouse-im/chat'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { errorText } from '../i18n/errors.ts'
import { t } from '../i18n/index.ts'
import { nameOf } from '../state/conversations.ts'
import { editing, inserted, quoted } from '../state/compose.ts'
import { sendText } from '../state/send.ts'
import { chat, limits } from '../state/session.ts'
import { enterSends } from '../state/settings.ts'
import { open } from '../state/thread.ts'
import { tellTyping } from '../state/typing.ts'
import { scroll } from '../thread/scroll.ts'
import { IconButton } from '../ui/Button.tsx'
import { toast } from '../ui/Toast.tsx'
import { Above } from './Above.tsx'
import { AttachButton } from './AttachButton.tsx'
import { muteLeft, whyNot } from './closed.ts'
import { offer } from './drop.tsx'
import { EmojiButton } from './EmojiButton.tsx'
import { Mentions, useMentions } from './Mentions.tsx'
import { RecordButton } from './RecordButton.tsx'

/** Bytes that a message has beside its text. */
const frame = 600

export function Composer({ id, c }: { id: string; c: Conversation | undefined }) {
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(c?.draftText ?? '')
  const [recording, setRecording] = useState(false)
  const mentions = useMentions(id, text, setText, field)
  const touched = useRef(false)
  const closed = c && whyNot(c)
  const over = new TextEncoder().encode(text).length - ((limits.value.MessageBytes ?? 12 * 1024) - frame)

  useLayoutEffect(() => {
    const el = field.current
    if (!el) return
    el.style.height = 'auto'
    el.style.height = `${Math.min(el.scrollHeight, 168)}px`
  }, [text])
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => { // a conversation that comes later, or another device, brings a draft
    if (!touched.current && c?.draftText && !text) setText(c.draftText)
  }, [c?.draftText])
  useEffect(() => {
    if (!editing.value) return
    setText(editing.value.payload.text)
    field.current?.focus()
  }, [editing.value])
  useEffect(() => quoted.value ? field.current?.focus() : undefined, [quoted.value])
  useEffect(() => {
    if (!inserted.value) return
    put(inserted.value)
    inserted.value = ''
  }, [inserted.value])

  const [, again] = useState(0)
  const muted = c ? muteLeft(c) : 0
  useEffect(() => { // a mute ends by itself
    if (muted === 0 || muted > 86_400) return
    const timer = setTimeout(() => again(Date.now()), muted * 1000 + 500)
    return () => clearTimeout(timer)
  }, [muted])

  const draft = (value: string) => {
    touched.current = true
    if (!editing.value) void chat().setConversationDraft({ conversationID: id, draftText: value })
  }
  const input = (value: string) => {
    setText(value)
    draft(value)
    if (id.startsWith('C2C')) tellTyping(id.slice(3), value !== '')
  }
  const put = (piece: string) => {
    const el = field.current!
    const at = el.selectionStart ?? text.length
    input(text.slice(0, at) + piece + text.slice(el.selectionEnd ?? at))
    requestAnimationFrame(() => { el.focus(); el.selectionStart = el.selectionEnd = at + piece.length })
  }
  const clear = () => {
    if (editing.value) setText(c?.draftText ?? '')
    else input('')
    quoted.value = editing.value = null
  }

  const send = async () => {
    const words = text.trim()
    if (!words || over > 0 || closed) return
    if (editing.value) {
      const m = editing.value
      if (m.isRevoked) void sendText(id, words)
      else if (words !== m.payload.text) {
        const kept = m.payload
        try {
          await chat().modifyMessage({ ...m, payload: { text: words } } as typeof m)
          open.value?.changed([m])
        } catch (err) {
          m.payload = kept
          return toast(errorText(err), true)
        }
      }
      return clear()
    }
    const more = { atUserList: mentions.taken(words), ...(quoted.value && { quoted: quoted.value }) }
    clear()
    void sendText(id, words, more)
    scroll.toEnd()
  }

  const onKey = (e: KeyboardEvent) => {
    if (e.isComposing || mentions.key(e)) return
    if (e.key === 'Enter' && (enterSends.value ? !e.shiftKey && !e.altKey : e.ctrlKey || e.metaKey)) {
      e.preventDefault()
      void send()
    } else if (e.key === 'Escape' && (editing.value || quoted.value)) {
      e.preventDefault()
      e.stopPropagation()
      clear()
    } else if (e.key === 'ArrowUp' && text === '') editLast(e)
  }

  if (closed) return <div class="composer closed" role="status">{closed}</div>
  const name = c ? nameOf(c) : id.slice(id.startsWith('C2C') ? 3 : 5)
  return (
    <footer class="composer" id="composer">
      <Mentions {...mentions} />
      <Above close={clear} />
      {over > 0 && <p class="composer-wrong" role="alert">{t('tooLong', { n: over })}</p>}
      <div class="composer-row">
        {!recording && <AttachButton id={id} />}
        {!recording && (
          <div class="composer-field">
            <textarea ref={field} rows={1} value={text} aria-label={t('writeTo', { name })} placeholder={t('write')} aria-invalid={over > 0 || undefined}
              aria-autocomplete={id.startsWith('GROUP') ? 'list' : undefined} aria-activedescendant={mentions.active} onInput={(e) => input(e.currentTarget.value)} onKeyDown={onKey} onSelect={mentions.moved}
              onPaste={(e) => { const files = [...(e.clipboardData?.files ?? [])]; if (files.length > 0) { e.preventDefault(); offer(id, files) } }}
              onBlur={() => id.startsWith('C2C') && tellTyping(id.slice(3), false)} />
            <EmojiButton put={put} />
          </div>
        )}
        {text.trim() && !recording
          ? <IconButton kind="primary" icon={editing.value ? 'check' : 'send'} label={editing.value ? t('save') : t('send')} disabled={over > 0} onPointerDown={(e) => e.preventDefault()} onClick={() => void send()} />
          : <RecordButton id={id} recording={recording} change={setRecording} />}
      </div>
    </footer>
  )
}

/** editLast takes the newest message of mine to edit, as the arrow up in an empty field asks. */
function editLast(e: KeyboardEvent): void {
  const list = open.value?.list.value ?? []
  for (let i = list.length - 1; i >= 0; i--) {
    const m = list[i]!
    if (m.flow !== 'out' || m.isRevoked || m.type !== 'TIMTextElem' || m.status !== 'success') continue
    e.preventDefault()
    editing.value = m
    return
  }
}
