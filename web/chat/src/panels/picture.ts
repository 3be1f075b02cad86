// Pictures of users and groups: chosen, made square and small, and put on the server.

import { t } from '../i18n/index.ts'
import { chat } from '../state/session.ts'

/** The side of a picture as it is kept, in pixels. */
const side = 512

/** choosePicture asks for a file of the device; null when none is chosen. */
export function choosePicture(): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = 'image/*'
    input.onchange = () => resolve(input.files?.[0] ?? null)
    input.oncancel = () => resolve(null)
    input.click()
  })
}

/** square cuts the middle out of a picture. */
async function square(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(t('errImageType'))
  })
  const cut = Math.min(bitmap.width, bitmap.height)
  const size = Math.min(side, cut)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  canvas.getContext('2d')!.drawImage(bitmap, (bitmap.width - cut) / 2, (bitmap.height - cut) / 2, cut, cut, 0, 0, size, size)
  bitmap.close()
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(t('errImageType')))), 'image/webp', 0.9))
}

/** uploadPicture resolves with the address of the picture, for everybody of the app. */
export async function uploadPicture(file: File): Promise<string> {
  const picture = await square(file)
  const { data } = await chat().request('media.upload', { Kind: 'avatar', Name: 'avatar.webp', Size: picture.size, Mime: picture.type, Width: side, Height: side })
  const answer = await fetch(new URL(data.UploadUrl, location.href), { method: data.Method, headers: data.Headers ?? {}, body: picture })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return new URL(data.Url, location.href).href
}
