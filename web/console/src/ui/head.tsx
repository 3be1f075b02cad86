import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { t } from '../i18n'

export type Crumb = [text: string, href: string]

/** Head is the top of a page: where one is, its name, what can be done. It names the browser's tab too. */
export function Head({ title, crumbs = [], badge, children }: { title: string; crumbs?: Crumb[]; badge?: ComponentChildren; children?: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · ${t('console')}` }, [title])
  return (
    <header class="head">
      {crumbs.length > 0 && (
        <nav class="crumbs" aria-label={t('crumbs')}>
          <ol>{crumbs.map(([text, href]) => <li key={href}><a href={href}>{text}</a></li>)}</ol>
        </nav>
      )}
      <div class="head-line">
        <h1 tabIndex={-1}>{title}</h1>
        {badge}
        {children && <div class="head-acts">{children}</div>}
      </div>
    </header>
  )
}

/** Tabs are links to the parts of a page. */
export function Tabs({ tabs, at, label }: { tabs: [key: string, text: string, href: string][]; at: string; label: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([key, text, href]) => <a key={key} href={href} aria-current={key === at ? 'page' : undefined}>{text}</a>)}
    </nav>
  )
}
