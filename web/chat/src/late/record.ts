// Recording a voice message: the bytes, how long, and how loud it was on the way.

export interface Recorded {
  file: File
  seconds: number
  /** 32 numbers from 0 to 100. */
  waveform: number[]
}

export interface Recording {
  seconds(): number
  /** How loud it is now, 0 to 1. */
  level(): number
  stop(): Promise<Recorded>
  discard(): void
}

const bars = 32
const forms = ['audio/mp4', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus']

/** shrink makes 32 bars of any number of levels. */
function shrink(levels: number[]): number[] {
  const loudest = Math.max(0.05, ...levels)
  return Array.from({ length: bars }, (_, i) => {
    const part = levels.slice(Math.floor((i * levels.length) / bars), Math.max(Math.floor((i * levels.length) / bars) + 1, Math.floor(((i + 1) * levels.length) / bars)))
    return Math.round((Math.max(0, ...part) / loudest) * 100)
  })
}

/** record asks for the microphone and begins. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const mimeType = forms.find((one) => MediaRecorder.isTypeSupported(one))
  const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {})
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const levels: number[] = []
  const chunks: Blob[] = []
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const listen = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    levels.push(samples.reduce((max, s) => Math.max(max, Math.abs(s)), 0))
  }, 60)
  recorder.ondataavailable = (e) => void chunks.push(e.data)
  recorder.start(250)
  const release = () => {
    clearInterval(listen)
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }
  return {
    seconds,
    level: () => levels[levels.length - 1] ?? 0,
    discard() {
      recorder.stop()
      release()
    },
    stop: () => new Promise((resolve) => {
      const length = seconds()
      recorder.onstop = () => {
        release()
        const type = (recorder.mimeType || 'audio/webm').split(';')[0]!
        const ending = type.split('/')[1]!.replace('mp4', 'm4a')
        resolve({ file: new File(chunks, `voice.${ending}`, { type }), seconds: length, waveform: shrink(levels) })
      }
      recorder.stop()
    }),
  }
}
