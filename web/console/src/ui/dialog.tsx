import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { t } from '../i18n'
import { Button } from './button'
import { Field } from './field'
import { words } from './words'

interface DialogProps {
  title: string
  onClose: () => void
  children: ComponentChildren
  wide?: boolean
}

/** Dialog stands above the page; the browser keeps the focus inside, Escape closes it. */
export function Dialog({ title, onClose, children, wide }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => { // before the fields inside ask for the focus
    const dialog = box.current!
    dialog.showModal()
    return () => dialog.close() // which gives the focus back to where it was
  }, [])
  return (
    <dialog ref={box} class={wide ? 'dialog wide' : 'dialog'} aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); onClose() }}
      onMouseDown={(event) => { if (event.target === box.current) onClose() }}>
      <div class="dialog-inside">
        <header>
          <h2 id={id}>{title}</h2>
          <Button kind="quiet" icon="close" label={t('close')} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}

export interface Question {
  title: string
  text: string
  action: string // what the button says
  name?: string // to be typed before the act: it cannot be undone
  danger?: boolean
  run: () => Promise<unknown>
}

const question = signal<Question | undefined>(undefined)

/** confirm asks before an act, and runs it in the dialog: refusals are shown where one looks. */
export function confirm(ask: Question): void {
  question.value = ask
}

export function Confirmer() {
  const asked = question.value
  return asked ? <ConfirmDialog key={asked.title} {...asked} /> : null
}

function ConfirmDialog({ title, text, action, name, danger, run }: Question) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const close = () => { question.value = undefined }
  const act = async () => {
    setBusy(true)
    setProblem('')
    try {
      await run()
      close()
    } catch (cause) {
      setProblem(words(cause))
      setBusy(false)
    }
  }
  const ready = name === undefined || typed.trim() === name
  return (
    <Dialog title={title} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); if (ready && !busy) void act() }}>
        <p class="lead">{text}</p>
        {name !== undefined && <Field label={t('confirm.type', { name })} value={typed} onInput={setTyped} mono plain focus />}
        {problem && <p class="problem" role="alert">{problem}</p>}
        <footer>
          <Button onClick={close}>{t('cancel')}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} disabled={!ready} busy={busy}>{action}</Button>
        </footer>
      </form>
    </Dialog>
  )
}
