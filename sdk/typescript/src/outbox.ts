// What applications are told, in its order, and after the end of the calls that may have
// caused it: UIKits show the success of a call, and ask on because of it; what is told before
// takes the view away, or shows something twice.

/** So long, in ms, it waits for calls: a slow one, or one that leads to others. Tests make it longer. */
export const patience = { calls: 250 }

interface Waiting {
  tell(): void
  until: number
}

export class Outbox {
  private waiting: Waiting[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  /** A call has ended, and who made it does not know yet. */
  private ending: ReturnType<typeof setTimeout> | undefined

  constructor(private busy: () => boolean) {}

  /** put tells at once when no call is under way, else later. */
  put(tell: () => void): void {
    if (this.waiting.length === 0 && !this.ending && !this.busy()) return tell()
    this.waiting.push({ tell, until: Date.now() + patience.calls })
    this.look()
  }

  /** ended notes that a call has its answer; who made it goes on in this turn, perhaps with another. */
  ended(): void {
    this.ending ??= setTimeout(() => {
      this.ending = undefined
      this.look()
    }, 0)
  }

  /** empty tells all that waits. */
  empty(): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) next.tell()
    this.look()
  }

  /** look tells what waits for nothing any more, and comes back for the rest. */
  private look(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    for (let next = this.waiting[0]; next && !this.ending; next = this.waiting[0]) {
      const left = next.until - Date.now()
      if (this.busy() && left > 0) {
        this.timer = setTimeout(() => this.look(), left)
        return
      }
      this.waiting.shift()
      next.tell()
    }
  }
}
