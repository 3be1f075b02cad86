import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { t } from '../i18n'
import { Logo } from './logo'
import { Choices } from './choices'

/** Gate is the frame of what one sees before one is logged in. */
export function Gate({ title, lead, children }: { title: string; lead?: string; children: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · ${t('console')}` }, [title])
  return (
    <main class="gate">
      <div class="gate-box">
        <Logo />
        <h1>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
        {children}
      </div>
      <footer class="gate-foot"><Choices /></footer>
    </main>
  )
}
