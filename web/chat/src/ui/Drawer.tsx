// A column that comes from the right; on a phone it covers the page.

import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { IconButton } from './Button.tsx'

export function Drawer({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null
    ref.current?.querySelector('button')?.focus({ preventScroll: true })
    return () => before?.isConnected && before.focus({ preventScroll: true })
  }, [])
  return (
    <aside ref={ref} class="drawer" aria-label={title} onKeyDown={(e) => e.key === 'Escape' && close()}>
      <header class="head">
        <IconButton icon="close" label={t('close')} onClick={close} />
        <h2 class="cut">{title}</h2>
      </header>
      <div class="drawer-body scroll">{children}</div>
    </aside>
  )
}
