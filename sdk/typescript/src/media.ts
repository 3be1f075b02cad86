// Files: what is checked before, how they are uploaded, and the payload they become.

import { CODE, ChatError, need } from './errors.ts'
import type { Core } from './core.ts'
import type { FileInput } from './methods/make.ts'
import type { Message, Wire } from './types.ts'

const MB = 1024 * 1024
const pictures = ['jpg', 'jpeg', 'png', 'gif', 'bmp', 'webp']
/** How long a `blob:` address lives on when the real one is there, in ms. */
const blobRest = 60_000
const formats: Record<string, number> = { jpg: 1, jpeg: 1, gif: 2, png: 3, bmp: 4 }

/** fileOf finds the file in what an application gives: a file, an input element, a recording. */
export function fileOf(input: FileInput): { file: File; seconds: number } {
  need(input && typeof input === 'object', 'payload.file')
  if ('files' in input) {
    if (!input.files?.[0]) throw new ChatError(CODE.fileEmpty, 'no file is chosen')
    return { file: input.files[0], seconds: 0 }
  }
  if ('file' in input) return { file: input.file, seconds: Math.round(input.duration ?? 0) }
  return { file: input, seconds: Math.round(Number((input as { duration?: number }).duration) || 0) }
}

const ending = (file: File): string => (/\.([^.]+)$/.exec(file.name ?? '')?.[1] ?? file.type.split('/')[1] ?? '').toLowerCase()

export function checkFile(type: string, file: File): void {
  const refuse = (code: number, why: string) => {
    throw new ChatError(code, why)
  }
  if (!file || !file.size) refuse(CODE.fileEmpty, 'the file is empty')
  if (type === 'TIMImageElem') {
    if (!pictures.includes(ending(file))) refuse(CODE.imageType, 'not a picture of a known type')
    if (file.size > 28 * MB) refuse(CODE.imageSize, 'the picture is above 28 MB')
  } else if (type === 'TIMSoundElem') {
    if (file.size > 28 * MB) refuse(CODE.audioSize, 'the recording is above 28 MB')
  } else if (type === 'TIMVideoFileElem') {
    if (!['mp4', 'mov', 'quicktime'].includes(ending(file))) refuse(CODE.videoType, 'not an mp4 or mov')
    if (file.size > 100 * MB) refuse(CODE.videoSize, 'the video is above 100 MB')
  } else if (file.size > 100 * MB) refuse(CODE.fileSize, 'the file is above 100 MB')
}

/** localPayload shows a file from memory, until it has an address of the server. */
export function localPayload(type: string, file: File, second: number, snapshot?: Blob): Wire {
  const url = URL.createObjectURL(file)
  switch (type) {
    case 'TIMImageElem': {
      const imageInfoArray = [0, 1, 2].map((n) => ({ type: n, size: file.size, width: 0, height: 0, url, imageUrl: url }))
      void measure(file).then((known) => imageInfoArray.forEach((one) => Object.assign(one, known)))
      return { uuid: '', imageFormat: formats[ending(file)] ?? 255, imageInfoArray }
    }
    case 'TIMSoundElem':
      return { uuid: '', url, remoteAudioUrl: url, size: file.size, second }
    case 'TIMVideoFileElem': {
      const thumb = snapshot ? URL.createObjectURL(snapshot) : ''
      return {
        videoUUID: '', videoUrl: url, remoteVideoUrl: url, videoSize: file.size, videoSecond: second,
        videoFormat: ending(file), snapshotUUID: '', snapshotUrl: thumb, thumbUrl: thumb,
        snapshotSize: snapshot?.size ?? 0, snapshotWidth: 0, snapshotHeight: 0,
      }
    }
    default:
      return { uuid: '', fileName: file.name, fileSize: file.size, fileUrl: url }
  }
}

/** upload sends the file of a message, and puts the server's addresses into its payload. */
export async function upload(core: Core, m: Message, abort: AbortSignal): Promise<void> {
  const file = m._own.file!
  const progress = (share: number) => {
    m.progress = share
    m.onProgress?.(share)
  }
  progress(0)
  if (m.type === 'TIMVideoFileElem' && !m.payload.snapshotUUID) await uploadSnapshot(core, m, abort)
  const kinds: Record<string, string> = { TIMImageElem: 'image', TIMSoundElem: 'sound', TIMVideoFileElem: 'video' }
  const measured = m.type === 'TIMImageElem' ? await measure(file) : { width: 0, height: 0 }
  const grant = await put(core, kinds[m.type] ?? 'file', file, file.name, measured, progress, abort)
  const p = m.payload
  release(p.fileUrl ?? p.url ?? p.videoUrl ?? p.imageInfoArray[0].url)
  const url = core.store.url(grant.Url)
  if (m.type === 'TIMImageElem') {
    const address = [url, grant.LargeUrl, grant.ThumbUrl].map((a) => (a ? core.store.url(a) : url))
    p.imageInfoArray = address.map((a, type) => ({ type, size: file.size, ...measured, url: a, imageUrl: a }))
    p.uuid = grant.UUID
  } else if (m.type === 'TIMSoundElem') Object.assign(p, { uuid: grant.UUID, url, remoteAudioUrl: url })
  else if (m.type === 'TIMVideoFileElem') Object.assign(p, { videoUUID: grant.UUID, videoUrl: url, remoteVideoUrl: url })
  else Object.assign(p, { uuid: grant.UUID, fileUrl: url })
  delete m._own.file
  progress(1)
}

/** release gives up a file in memory, a while after it has a real address. */
function release(url: string): void {
  if (url.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(url), blobRest)
}

async function uploadSnapshot(core: Core, m: Message, abort: AbortSignal): Promise<void> {
  const p = m.payload
  const frame = await firstFrame(p.videoUrl)
  const picture = m._own.snapshot ?? frame.picture ?? emptyPicture()
  const size = m._own.snapshot ? await measure(m._own.snapshot) : frame
  const grant = await put(core, 'image', picture, 'snapshot.jpg', size, () => {}, abort)
  const address = core.store.url(grant.Url)
  release(p.snapshotUrl)
  Object.assign(p, {
    snapshotUUID: grant.UUID, snapshotUrl: address, thumbUrl: address, snapshotSize: picture.size,
    snapshotWidth: size.width, snapshotHeight: size.height, videoSecond: p.videoSecond || frame.seconds,
  })
  delete m._own.snapshot
}

/** emptyPicture stands for a snapshot where none can be drawn: one white dot. */
function emptyPicture(): Blob {
  const bytes = atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==')
  return new Blob([Uint8Array.from(bytes, (c) => c.charCodeAt(0))], { type: 'image/png' })
}

interface Size {
  width: number
  height: number
}

async function put(core: Core, Kind: string, file: Blob, Name: string, size: Size, progress: (share: number) => void, abort: AbortSignal): Promise<Wire> {
  const measured = size.width ? { Width: size.width, Height: size.height } : {}
  const grant = await core.call('media.upload', { Kind, Name, Size: file.size, Mime: file.type || 'application/octet-stream', ...measured })
  const send = typeof XMLHttpRequest === 'undefined' ? sendByFetch : sendByXHR
  await send(grant.Method || 'PUT', core.store.url(grant.UploadUrl), grant.Headers ?? {}, file, progress, abort)
  return grant
}

type Send = (method: string, url: string, headers: Record<string, string>, file: Blob, progress: (share: number) => void, abort: AbortSignal) => Promise<void>

const failed = (why: string) => new ChatError(CODE.timeout, `the upload has failed: ${why}`)

/** XMLHttpRequest, because fetch does not tell how far it is. */
const sendByXHR: Send = (method, url, headers, file, progress, abort) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    let told = 0
    xhr.upload.onprogress = (e) => {
      const share = e.total ? e.loaded / e.total : 0
      if (share - told < 0.01 || share >= 1) return
      told = share
      progress(share)
    }
    xhr.onload = () => (xhr.status < 300 ? resolve() : reject(failed(String(xhr.status))))
    xhr.onerror = xhr.onabort = () => reject(failed('no answer'))
    abort.addEventListener('abort', () => xhr.abort())
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(file)
  })

const sendByFetch: Send = async (method, url, headers, file, _, signal) => {
  const answer = await fetch(url, { method, headers, body: file, signal }).catch((err) => Promise.reject(failed(String(err))))
  if (!answer.ok) throw failed(String(answer.status))
}

async function measure(picture: Blob): Promise<Size> {
  try {
    const bitmap = await createImageBitmap(picture)
    const { width, height } = bitmap
    bitmap.close()
    return { width, height }
  } catch {
    return { width: 0, height: 0 }
  }
}

/** firstFrame draws the beginning of a video; what cannot be learned is 0. */
async function firstFrame(url: string): Promise<Size & { seconds: number; picture: Blob | null }> {
  const nothing = { width: 0, height: 0, seconds: 0, picture: null }
  if (typeof document === 'undefined') return nothing
  const video = document.createElement('video')
  Object.assign(video, { muted: true, preload: 'auto', src: url })
  const loaded = await new Promise<boolean>((resolve) => {
    video.onloadeddata = () => resolve(true)
    video.onerror = () => resolve(false)
    setTimeout(() => resolve(false), 5000)
  })
  const { videoWidth: width, videoHeight: height } = video
  if (!loaded || !width) return nothing
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d')?.drawImage(video, 0, 0)
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg'))
  return { width, height, seconds: Math.round(video.duration) || 0, picture }
}
