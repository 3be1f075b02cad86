// A menu by the right button, or by a long press of a finger.

import { useRef } from 'preact/hooks'

/** How long a finger has to rest, in ms. */
const long = 450

/** usePress gives handlers that call menu with a point of the page. */
export function usePress(menu: (x: number, y: number) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>()
  const fired = useRef(false)
  const stop = () => clearTimeout(timer.current)
  return {
    onContextMenu(e: MouseEvent) {
      e.preventDefault()
      stop()
      if (!fired.current) menu(e.clientX, e.clientY)
    },
    onTouchStart(e: TouchEvent) {
      fired.current = false
      const { clientX, clientY } = e.touches[0]!
      timer.current = setTimeout(() => {
        fired.current = true
        menu(clientX, clientY)
      }, long)
    },
    onTouchMove: stop,
    onTouchCancel: stop,
    onTouchEnd(e: TouchEvent) {
      stop()
      if (fired.current) e.preventDefault() // no click on what lies below the menu
      setTimeout(() => (fired.current = false))
    },
  }
}
