// Dialogs, asked from anywhere: openDialog shows one above everything and gives a way to close it.

import { signal } from '@preact/signals'
import type { ComponentChildren, VNode } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { Button, IconButton } from './Button.tsx'
import { useTrap } from './focus.ts'

interface Open {
  id: number
  draw: (close: () => void) => VNode
}

const open = signal<Open[]>([])
let last = 0

/** openDialog draws something on top; draw is given what closes it. It returns the same. */
export function openDialog(draw: (close: () => void) => VNode): () => void {
  const id = ++last
  const close = () => (open.value = open.value.filter((one) => one.id !== id))
  open.value = [...open.value, { id, draw: () => draw(close) }]
  return close
}

export function closeDialogs(): void {
  open.value = []
}

export function Dialogs() {
  return <>{open.value.map((one) => <div key={one.id}>{one.draw(() => {})}</div>)}</>
}

export interface DialogProps {
  title: string
  close: () => void
  children?: ComponentChildren
  /** Buttons below. */
  foot?: ComponentChildren
  wide?: boolean
  /** Without space around what is inside. */
  flush?: boolean
}

export function Dialog({ title, close, children, foot, wide, flush }: DialogProps) {
  const ref = useRef<HTMLDivElement>(null)
  useTrap(ref, close)
  return (
    <div class="scrim" onPointerDown={(e) => e.target === e.currentTarget && close()}>
      <div ref={ref} class={`dialog${wide ? ' wide' : ''}`} role="dialog" aria-modal="true" aria-label={title} tabIndex={-1}>
        <header>
          <h2 class="cut">{title}</h2>
          <IconButton icon="close" label={t('close')} onClick={close} />
        </header>
        <div class={`dialog-body scroll${flush ? ' flush' : ''}`} tabIndex={-1}>{children}</div>
        {foot && <footer>{foot}</footer>}
      </div>
    </div>
  )
}

export interface Question {
  title: string
  text?: string
  /** The word on the button that does it. */
  yes: string
  danger?: boolean
}

/** ask resolves with true when the user agrees. */
export function ask(q: Question): Promise<boolean> {
  return new Promise((resolve) => {
    openDialog((close) => <Asking q={q} answer={(yes) => { close(); resolve(yes) }} />)
  })
}

function Asking({ q, answer }: { q: Question; answer: (yes: boolean) => void }) {
  return (
    <Dialog title={q.title} close={() => answer(false)} foot={<>
      <Button onClick={() => answer(false)}>{t('cancel')}</Button>
      <Button kind={q.danger ? 'danger' : 'primary'} data-autofocus onClick={() => answer(true)}>{q.yes}</Button>
    </>}>
      {q.text && <p class="muted">{q.text}</p>}
    </Dialog>
  )
}

/** askText resolves with what was typed, or null. */
export function askText(q: { title: string; label: string; value?: string; yes: string; max?: number }): Promise<string | null> {
  return new Promise((resolve) => {
    openDialog((close) => <AskingText q={q} answer={(text) => { close(); resolve(text) }} />)
  })
}

function AskingText({ q, answer }: { q: { title: string; label: string; value?: string; yes: string; max?: number }; answer: (text: string | null) => void }) {
  const [text, setText] = useState(q.value ?? '')
  return (
    <Dialog title={q.title} close={() => answer(null)} foot={<>
      <Button onClick={() => answer(null)}>{t('cancel')}</Button>
      <Button kind="primary" onClick={() => answer(text.trim())}>{q.yes}</Button>
    </>}>
      <form onSubmit={(e) => { e.preventDefault(); answer(text.trim()) }}>
        <label class="field"><span>{q.label}</span>
          <input data-autofocus value={text} maxLength={q.max} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
      </form>
    </Dialog>
  )
}
