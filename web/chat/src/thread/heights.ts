// How high each message is, as far as it was measured, and where it therefore lies. A sum is
// kept for every block of 64, so that a list of 100,000 answers at once.

const block = 64

export class Heights {
  private each: number[] = []
  private sums: number[] = []
  total = 0

  get count(): number {
    return this.each.length
  }

  /** reset takes over all heights. */
  reset(heights: number[]): void {
    this.each = heights
    this.sums = []
    this.total = 0
    for (let i = 0; i < heights.length; i++) this.add(i, heights[i]!)
  }

  push(height: number): void {
    this.each.push(height)
    this.add(this.each.length - 1, height)
  }

  private add(i: number, by: number): void {
    const b = Math.floor(i / block)
    this.sums[b] = (this.sums[b] ?? 0) + by
    this.total += by
  }

  get(i: number): number {
    return this.each[i] ?? 0
  }

  set(i: number, height: number): void {
    this.add(i, height - this.each[i]!)
    this.each[i] = height
  }

  /** top is where a message begins. */
  top(i: number): number {
    let y = 0
    const b = Math.floor(i / block)
    for (let j = 0; j < b; j++) y += this.sums[j]!
    for (let j = b * block; j < i; j++) y += this.each[j]!
    return y
  }

  /** at is the message that lies at y; the last one below the end. */
  at(y: number): number {
    let b = 0
    let from = 0
    while (b < this.sums.length - 1 && from + this.sums[b]! <= y) from += this.sums[b++]!
    let i = b * block
    while (i < this.each.length - 1 && from + this.each[i]! <= y) from += this.each[i++]!
    return Math.max(0, i)
  }
}
