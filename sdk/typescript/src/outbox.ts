// What applications are told, in its order, and after the end of the calls that may have
// caused it: UIKits show the success of a call, and what is told before takes that away.

/** So long, in ms, it waits for a slow call. */
const patience = 100

/** What the server is asked for and has not answered yet: the numbers of calls rise. */
export interface UnderWay {
  /** The number of the latest call. */
  latest: number
  /** The number of the oldest call without an answer; Infinity: there is none. */
  oldest: number
}

interface Waiting {
  tell(): void
  /** The latest call when this came: it waits for all up to that. */
  after: number
  until: number
}

export class Outbox {
  private waiting: Waiting[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  /** A call has ended, and who made it does not know yet. */
  private ending: ReturnType<typeof setTimeout> | undefined

  constructor(private underWay: () => UnderWay) {}

  /** put tells at once when nothing is under way, else later. */
  put(tell: () => void): void {
    const { latest, oldest } = this.underWay()
    if (this.waiting.length === 0 && !this.ending && oldest > latest) return tell()
    this.waiting.push({ tell, after: latest, until: Date.now() + patience })
    this.look()
  }

  /** ended notes that a call has its answer; who made it goes on in this turn. */
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
      if (this.underWay().oldest <= next.after && left > 0) {
        this.timer = setTimeout(() => this.look(), left)
        return
      }
      this.waiting.shift()
      next.tell()
    }
  }
}
