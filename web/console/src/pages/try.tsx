import { useEffect, useRef } from 'preact/hooks'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { link, route } from '../route'
import { appCrumbs } from '../ui/apphead'
import { Bones, Empty, Failed } from '../ui/empty'
import { Filters, FilterText } from '../ui/filter'
import { Head } from '../ui/head'
import { useLoad } from '../ui/load'
import { Card } from '../ui/small'
import { commands, type Command, type Document } from './openapi'
import { Trial } from './trial'

/** TryPage runs the commands of REST as an administrator of the app, from what the OpenAPI document says of them. */
export default function TryPage({ app, path: [service, name] }: PageProps) {
  const loaded = useLoad<Document>(['openapi'])
  const reads = useLoad<{ reads: string[] }>(['rest'])
  const document = loaded.value
  const all = document ? commands(document) : []
  const chosen = all.find((command) => command.service === service && command.name === name)
  return (
    <>
      <Head title={t('nav.try')} crumbs={appCrumbs(app)} />
      {!document && (loaded.error ? <Failed cause={loaded.error} again={loaded.reload} /> : <Card><Bones lines={8} /></Card>)}
      {document && (
        <div class="split narrow-first">
          <Choose app={app} all={all} chosen={chosen} />
          {chosen ? <Trial key={`${service}/${name}`} app={app} command={chosen} document={document} reads={reads.value?.reads.includes(`${service}/${name}`) ?? false} />
            : <Empty title={t('try.choose')} text={t('try.choose.text', { count: all.length })} />}
        </div>
      )}
    </>
  )
}

function Choose({ app, all, chosen }: { app: number; all: Command[]; chosen: Command | undefined }) {
  const q = (route.value.query.q ?? '').toLowerCase()
  const found = all.filter((command) => `${command.service}/${command.name}`.toLowerCase().includes(q))
  const services = [...new Set(found.map((command) => command.service))]
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const at = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (at) list.current!.scrollTop = at.offsetTop - list.current!.clientHeight / 2
  }, [])
  return (
    <nav class="card commands" aria-label={t('try.commands')}>
      <Filters><FilterText name="q" label={t('try.filter')} /></Filters>
      <div class="commands-list" ref={list} tabIndex={0} role="region" aria-label={t('try.commands')}>
        {services.length === 0 && <p class="dim">{t('list.nothing')}</p>}
        {services.map((service) => (
          <section key={service}>
            <h3>{service}</h3>
            <ul>{found.filter((command) => command.service === service).map((command) => (
              <li key={command.name}>
                <a href={link(['apps', app, 'try', service, command.name], { q })} aria-current={command === chosen ? 'page' : undefined}>{command.name}</a>
              </li>
            ))}</ul>
          </section>
        ))}
      </div>
    </nav>
  )
}
