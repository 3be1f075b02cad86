// Which messages are drawn, and how the place that one looks at is kept while heights become
// known, pages come in front, and new ones at the end.

import { useLayoutEffect, useMemo, useRef, useState, type MutableRef } from 'preact/hooks'
import type { Message } from '@teahouse-im/chat'
import { estimate } from './estimate.ts'
import { Heights } from './heights.ts'

/** Space above the first message and below the last, in px. */
const lead = 72
const tail = 12
/** Drawn beyond the edges, in px. */
const beyond = 900
/** This near to the end counts as the end, in px. */
const near = 48

interface Range {
  from: number
  to: number
}

/** View is what scrolls the messages. */
export class View {
  heights = new Heights()
  list: Message[] = []
  range: Range = { from: 0, to: 0 }
  /** At the end, and to stay there. */
  stick = true
  /** The message one looks at, and how far below the upper edge it begins. */
  anchor: { m: Message; dy: number } | null = null
  private measured = new Map<string, number>()
  scroller: HTMLElement | null = null
  spacer: HTMLElement | null = null
  rows: HTMLElement | null = null
  redraw: () => void = () => {}
  private room = 800

  /** take makes a list known before it is drawn. */
  take(list: Message[]): void {
    const old = this.list
    if (list === old) return
    this.list = list
    const height = (m: Message) => this.measured.get(m.ID) ?? estimate(m)
    const grown = old.length > 0 && list.length >= old.length && list[0] === old[0] && list[old.length - 1] === old[old.length - 1]
    if (grown) for (let i = old.length; i < list.length; i++) this.heights.push(height(list[i]!))
    else this.heights.reset(list.map(height))
    this.range = this.wanted()
  }

  private top(i: number): number {
    return Math.max(lead, this.room - this.heights.total - tail) + this.heights.top(i)
  }

  private get whole(): number {
    return Math.max(lead + this.heights.total + tail, this.room)
  }

  private indexOf(m: Message): number {
    return this.list[this.heights.at(this.at() - this.top(0))] === m ? this.heights.at(this.at() - this.top(0)) : this.list.indexOf(m)
  }

  /** at is the place where the upper edge is, or is going to be. */
  private at(): number {
    return this.scroller?.scrollTop ?? 0
  }

  /** goal is where the upper edge has to be. */
  private goal(): number {
    if (this.stick) return this.whole - this.room
    if (!this.anchor) return this.at()
    const i = this.indexOf(this.anchor.m)
    if (i < 0) return this.at()
    return Math.max(0, Math.min(this.top(i) - this.anchor.dy, this.whole - this.room))
  }

  private wanted(): Range {
    const y = this.goal() - this.top(0)
    return { from: this.heights.at(y - beyond), to: Math.min(this.list.length, this.heights.at(y + this.room + beyond) + 1) }
  }

  /** settle measures what is drawn, and moves it to where it belongs. */
  settle(): void {
    const { scroller, spacer, rows } = this
    if (!scroller || !spacer || !rows) return
    this.room = scroller.clientHeight
    let i = this.range.from
    for (const el of rows.children) {
      const height = el.getBoundingClientRect().height
      const m = this.list[i]
      if (m && height > 0) {
        this.measured.set(m.ID, height)
        if (Math.abs(height - this.heights.get(i)) > 0.25) this.heights.set(i, height)
      }
      i++
    }
    const goal = this.goal()
    spacer.style.height = `${this.whole}px`
    rows.style.transform = `translateY(${this.top(this.range.from)}px)`
    if (Math.abs(scroller.scrollTop - goal) > 0.5) scroller.scrollTop = goal
    this.look()
  }

  /** look draws others when the edge of what is drawn comes near. */
  private look(): void {
    const y = this.at() - this.top(0)
    const first = this.heights.at(y - beyond / 3)
    const last = this.heights.at(y + this.room + beyond / 3)
    if (this.list.length === 0 || (first >= this.range.from && last < this.range.to)) return
    this.range = { from: this.heights.at(y - beyond), to: Math.min(this.list.length, this.heights.at(y + this.room + beyond) + 1) }
    this.redraw()
  }

  /** scrolled notes what the user looks at now. */
  scrolled(mayStick: boolean): void {
    const y = this.at()
    this.stick = mayStick && y >= this.whole - this.room - near
    const i = this.heights.at(y - this.top(0))
    const m = this.list[i]
    this.anchor = m ? { m, dy: this.top(i) - y } : null
    this.look()
  }

  /** left is how many px lie above and below of what can be seen. */
  left(): { above: number; below: number } {
    return { above: this.at(), below: this.whole - this.room - this.at() }
  }

  toEnd(): void {
    this.stick = true
    this.range = this.wanted()
    this.redraw()
  }

  /** jump brings a message into the middle. */
  jump(m: Message): void {
    this.stick = false
    this.anchor = { m, dy: Math.max(24, this.room / 2 - 60) }
    this.range = this.wanted()
    this.redraw()
  }

  /** visible are the messages that can be seen. */
  visible(): Message[] {
    const y = this.at() - this.top(0)
    return this.list.slice(this.heights.at(y), this.heights.at(y + this.room) + 1)
  }
}

/** useMessages gives the view of a list, drawn anew whenever others have to be shown. */
export function useMessages(list: Message[], refs: { scroller: MutableRef<HTMLElement | null>; spacer: MutableRef<HTMLElement | null>; rows: MutableRef<HTMLElement | null> }): View {
  const view = useMemo(() => new View(), [])
  const [, redraw] = useState(0)
  const count = useRef(0)
  view.redraw = () => redraw(++count.current)
  view.take(list)
  useLayoutEffect(() => {
    view.scroller = refs.scroller.current
    view.spacer = refs.spacer.current
    view.rows = refs.rows.current
    view.settle()
  })
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(() => view.settle())
    sizes.observe(refs.scroller.current!)
    sizes.observe(refs.rows.current!)
    return () => sizes.disconnect()
  }, [])
  return view
}
