/** niceTop is the least of 1, 2, 2.5, 5 × 10^n that is not below the value, so that lines stand at round figures. */
export function niceTop(value: number): number {
  if (!(value > 0)) return 1
  const unit = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 2.5, 5, 10].map((step) => step * unit).find((top) => top >= value * 0.999) ?? value
}

/** niceBytes is the same for sizes: powers of two, and one and a half of them. */
export function niceBytes(value: number): number {
  if (!(value > 1)) return 1
  const unit = 2 ** Math.floor(Math.log2(value))
  return [1, 1.5, 2].map((step) => step * unit).find((top) => top >= value) ?? value
}

/** path is a line through the points; a value that is not known breaks it. */
export function path(points: [x: number, y: number | undefined][]): string {
  let text = ''
  let down = false
  for (const [x, y] of points) {
    if (y === undefined) {
      down = false
      continue
    }
    text += `${down ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    down = true
  }
  return text
}

/** nearest is the index of the time closest to the one asked for; times ascend. */
export function nearest(times: number[], at: number): number {
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const mid = (low + high) >> 1
    if (times[mid]! < at) low = mid + 1
    else high = mid
  }
  return low > 0 && at - times[low - 1]! < times[low]! - at ? low - 1 : low
}
