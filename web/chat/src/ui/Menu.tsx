// Menus: at the pointer, or below a button. Arrows move, letters find, Escape closes.

import { signal } from '@preact/signals'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './Icon.tsx'
import { useTrap, within } from './focus.ts'

export interface MenuItem {
  text: string
  icon?: IconName
  danger?: boolean
  disabled?: boolean
  /** Drawn with a line above. */
  parted?: boolean
  act: () => void
}

interface Open {
  x: number
  y: number
  items: MenuItem[]
  label: string
  head?: (close: () => void) => ComponentChildren
}

const open = signal<Open | null>(null)

/** openMenu shows items at a point of the page. */
export function openMenu(at: { x: number; y: number }, label: string, items: (MenuItem | false | undefined | null | '')[], head?: Open['head']): void {
  open.value = { ...at, label, head, items: items.filter((one): one is MenuItem => !!one) }
}

/** openMenuBelow shows items below the button that was pressed. */
export function openMenuBelow(button: Element, label: string, items: (MenuItem | false | undefined | null | '')[]): void {
  const r = button.getBoundingClientRect()
  openMenu({ x: r.left, y: r.bottom + 4 }, label, items)
}

export const closeMenu = () => void (open.value = null)

export function Menus() {
  const m = open.value
  return m && <Shown key={m} m={m} />
}

function Shown({ m }: { m: Open }) {
  const ref = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState({ left: m.x, top: m.y })
  useTrap(ref, closeMenu)
  useLayoutEffect(() => {
    const { offsetWidth: width, offsetHeight: height } = ref.current!
    const left = Math.max(8, Math.min(m.x, innerWidth - width - 8))
    const top = m.y + height + 8 > innerHeight ? Math.max(8, Math.min(m.y - height, innerHeight - height - 8)) : m.y
    setAt({ left, top })
  }, [])
  const move = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -1e3, End: 1e3 }[e.key]
    const all = within(ref.current!)
    const i = all.indexOf(document.activeElement as HTMLElement)
    if (step) {
      e.preventDefault()
      const to = Math.abs(step) === 1 ? (i + step + all.length) % all.length : step < 0 ? 0 : all.length - 1
      all[to]?.focus()
    } else if (e.key.length === 1) all.find((one, j) => j > i && one.textContent?.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus()
  }
  return (
    <div class="menu-back" onPointerDown={(e) => e.target === e.currentTarget && closeMenu()} onContextMenu={(e) => { e.preventDefault(); closeMenu() }}>
      <div ref={ref} class="menu" role="menu" aria-label={m.label} style={at} onKeyDown={move}>
        {m.head && <div class="menu-head" role="none">{m.head(closeMenu)}</div>}
        {m.items.map((one) => (
          <button key={one.text} type="button" role="menuitem" disabled={one.disabled} class={`menu-item${one.danger ? ' danger' : ''}${one.parted ? ' parted' : ''}`}
            onClick={() => { closeMenu(); one.act() }}>
            {one.icon && <Icon name={one.icon} size={18} />}<span>{one.text}</span>
          </button>
        ))}
      </div>
    </div>
  )
}
