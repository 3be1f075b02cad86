// Tones, made here: what rings for a call that comes in, and what one hears while calling.

/** How long others are rung, in seconds; a device may have its own (1 to 60) in localStorage. */
export function ringFor(): number {
  try {
    const own = Number(localStorage.getItem('teahouse.ring'))
    return own >= 1 && own <= 60 ? Math.floor(own) : 30
  } catch {
    return 30
  }
}

let stopNow: (() => void) | null = null

/** Notes as frequency (Hz), begin and length (s) within a round. */
const tunes = {
  incoming: { round: 2.6, notes: [[659, 0, 0.22], [784, 0.24, 0.22], [988, 0.48, 0.34], [784, 0.9, 0.22], [988, 1.14, 0.4]] },
  outgoing: { round: 4, notes: [[440, 0, 1]] },
} as const

/** ring plays a tune over and over, until stop; a browser that lets no page sound before a click stays silent. */
export function ring(name: keyof typeof tunes): void {
  stop()
  if (!('AudioContext' in window)) return
  const tune = tunes[name]
  const context = new AudioContext()
  const play = () => {
    if (context.state !== 'running') return void context.resume().catch(() => {})
    for (const [hertz, at, long] of tune.notes) tone(context, hertz, context.currentTime + 0.05 + at, long)
  }
  play()
  const timer = setInterval(play, tune.round * 1000)
  stopNow = () => {
    clearInterval(timer)
    void context.close().catch(() => {})
  }
}

function tone(context: AudioContext, hertz: number, at: number, long: number): void {
  const gain = context.createGain()
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(0.12, at + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.001, at + long)
  const one = context.createOscillator()
  one.frequency.value = hertz
  one.connect(gain).connect(context.destination)
  one.start(at)
  one.stop(at + long + 0.05)
}

export function stop(): void {
  stopNow?.()
  stopNow = null
}
