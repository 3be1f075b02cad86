// What stands above the list while the connection is gone.

import { useEffect, useState } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { net } from '../state/session.ts'
import { Spinner } from '../ui/Button.tsx'

/** A break shorter than this is not shown, in ms. */
const patience = 700

export function Banner() {
  const lost = net.value !== 'connected'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!lost) return setShown(false)
    const timer = setTimeout(() => setShown(true), patience)
    return () => clearTimeout(timer)
  }, [lost])
  return (
    <div class={`banner${shown ? ' shown' : ''}`} role="status" aria-live="polite">
      {shown && <><Spinner /><span>{t('netLost')}</span></>}
    </div>
  )
}
