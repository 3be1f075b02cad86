// Where the keyboard goes: kept inside of what lies on top, and given back after it.

import { useLayoutEffect, type MutableRef } from 'preact/hooks'

const reachable = 'a[href],button:not(:disabled),input:not(:disabled),textarea:not(:disabled),select:not(:disabled),[tabindex]:not([tabindex="-1"])'

export const within = (el: HTMLElement): HTMLElement[] => [...el.querySelectorAll<HTMLElement>(reachable)].filter((one) => one.offsetParent !== null || one.getClientRects().length > 0)

/** useTrap keeps Tab within the element, calls close at Escape, and gives the focus back at the end. */
export function useTrap(ref: MutableRef<HTMLElement | null>, close: () => void): void {
  useLayoutEffect(() => { // before anything is seen: the first key must not be lost
    const el = ref.current
    if (!el) return
    const before = document.activeElement as HTMLElement | null
    const wanted = el.querySelector<HTMLElement>('[data-autofocus]') ?? within(el)[0] ?? el
    wanted.focus({ preventScroll: true })
    const onKey = (e: KeyboardEvent) => {
      if (e.key === 'Escape') {
        e.stopPropagation()
        close()
      }
      if (e.key !== 'Tab') return
      const all = within(el)
      const first = all[0]
      const last = all[all.length - 1]
      if (!first) return e.preventDefault()
      if (e.shiftKey && document.activeElement === first) {
        e.preventDefault()
        last!.focus()
      } else if (!e.shiftKey && document.activeElement === last) {
        e.preventDefault()
        first.focus()
      }
    }
    el.addEventListener('keydown', onKey)
    return () => {
      el.removeEventListener('keydown', onKey)
      if (before?.isConnected && (document.activeElement === document.body || el.contains(document.activeElement))) before.focus({ preventScroll: true })
    }
  }, [])
}
