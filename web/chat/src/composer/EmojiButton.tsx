import { useEffect, useRef, useState } from 'preact/hooks'
import type { ComponentType } from 'preact'
import { t } from '../i18n/index.ts'
import { IconButton } from '../ui/Button.tsx'

type Picker = ComponentType<{ put: (emoji: string) => void; close: () => void }>

/** EmojiButton loads the list of emoji when it is first wanted. */
export function EmojiButton({ put }: { put: (emoji: string) => void }) {
  const [open, setOpen] = useState(false)
  const [picker, setPicker] = useState<{ Picker: Picker } | null>(null)
  const ref = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (!open) return
    const away = (e: PointerEvent) => !ref.current?.contains(e.target as Node) && setOpen(false)
    addEventListener('pointerdown', away)
    return () => removeEventListener('pointerdown', away)
  }, [open])
  const toggle = () => {
    setOpen(!open)
    if (!picker) void import('../late/Emoji.tsx').then((m) => setPicker({ Picker: m.default }))
  }
  return (
    <span ref={ref} class="emoji-place">
      <IconButton icon="smile" label={t('emoji')} pressed={open} aria-expanded={open} onClick={toggle} />
      {open && picker && <picker.Picker put={put} close={() => setOpen(false)} />}
    </span>
  )
}
