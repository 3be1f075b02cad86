import { useRef } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { sendFiles, sendPlace } from '../state/send.ts'
import { scroll } from '../thread/scroll.ts'
import { IconButton } from '../ui/Button.tsx'
import { openMenu } from '../ui/Menu.tsx'
import { toast } from '../ui/Toast.tsx'

/** How long the browser may look for the place, in ms. */
const patience = 15_000

export function AttachButton({ id }: { id: string }) {
  const pictures = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  const take = (el: HTMLInputElement) => {
    sendFiles(id, [...(el.files ?? [])])
    el.value = ''
    scroll.toEnd()
  }
  const place = () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => sendPlace(id, t('place'), coords.latitude, coords.longitude),
      () => toast(t('placeDenied'), true), { timeout: patience },
    )
  }
  const show = (e: MouseEvent) => {
    const r = (e.currentTarget as Element).getBoundingClientRect()
    openMenu({ x: r.left, y: r.top - 4 }, t('attach'), [
      { text: t('attachPicture'), icon: 'picture', act: () => pictures.current!.click() },
      { text: t('attachFile'), icon: 'file', act: () => files.current!.click() },
      'geolocation' in navigator && { text: t('attachPlace'), icon: 'place', act: place },
    ])
  }
  return (
    <>
      <IconButton icon="clip" label={t('attach')} aria-haspopup="menu" onClick={show} />
      <input ref={pictures} hidden type="file" multiple accept="image/*,video/mp4,video/quicktime" data-kind="picture" onChange={(e) => take(e.currentTarget)} />
      <input ref={files} hidden type="file" multiple data-kind="file" onChange={(e) => take(e.currentTarget)} />
    </>
  )
}
