import type { Message } from '@teahouse-im/chat'
import { useState } from 'preact/hooks'
import { t } from '../../i18n/index.ts'
import { openLate } from '../../late/open.ts'
import { open } from '../../state/thread.ts'
import { Icon } from '../../ui/Icon.tsx'
import { box } from '../estimate.ts'
import { Progress } from './Progress.tsx'

export function Picture({ m }: { m: Message }) {
  const sizes = m.payload.imageInfoArray as { url: string; width: number; height: number }[]
  const own = sizes.find((one) => one.width > 0) ?? sizes[0]!
  const [broken, setBroken] = useState(false)
  const shown = sizes[1]?.url || sizes[0]!.url
  const show = () => {
    const all = (open.value?.list.value ?? []).filter((one) => one.type === 'TIMImageElem' && !one.isRevoked && one.status === 'success')
    void openLate('viewer', { messages: all.includes(m) ? all : [m], m })
  }
  return (
    <button type="button" tabIndex={-1} class="picture" style={box(own.width, own.height)} aria-label={t('openPicture', { who: m.nick || m.from })} onClick={show}>
      {broken ? <span class="picture-broken"><Icon name="picture" size={28} />{t('brokenPicture')}</span>
        : <img src={shown} alt="" decoding="async" draggable={false} referrerpolicy="no-referrer" onError={() => setBroken(true)} onLoad={() => setBroken(false)} />}
      {m.status === 'unSend' && <Progress share={m.progress} />}
    </button>
  )
}
