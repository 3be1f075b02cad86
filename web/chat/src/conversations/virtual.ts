// A list of rows of one height: only those that can be seen are there.

import { useLayoutEffect, useState, type MutableRef } from 'preact/hooks'

/** Rows beyond the edge, so that fast scrolling finds them drawn. */
const beyond = 6

export interface Window {
  from: number
  to: number
}

/** useRows says which rows of count are to be drawn within the element that scrolls. */
export function useRows(ref: MutableRef<HTMLElement | null>, count: number, height: number): Window {
  const [at, setAt] = useState({ top: 0, room: 900 })
  useLayoutEffect(() => {
    const el = ref.current!
    // Steps of three rows: a frame that moves less draws nothing.
    const read = () => {
      const top = Math.floor(el.scrollTop / (height * 3)) * height * 3
      const room = el.clientHeight
      setAt((was) => (was.top === top && was.room === room ? was : { top, room }))
    }
    read()
    el.addEventListener('scroll', read, { passive: true })
    const sizes = new ResizeObserver(read)
    sizes.observe(el)
    return () => {
      el.removeEventListener('scroll', read)
      sizes.disconnect()
    }
  }, [height])
  const from = Math.max(0, Math.floor(at.top / height) - beyond)
  return { from, to: Math.min(count, Math.ceil((at.top + at.room) / height) + beyond + 3) }
}
