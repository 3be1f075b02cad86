import { useState } from 'preact/hooks'
import { post } from '../api/client'
import type { Message } from '../api/types'
import type { PageProps } from '../app/places'
import { t } from '../i18n'
import { link, route, setQuery } from '../route'
import { appCrumbs } from '../ui/apphead'
import { Button } from '../ui/button'
import { Dialog, confirm } from '../ui/dialog'
import { Empty, Notice } from '../ui/empty'
import { Field, Select } from '../ui/field'
import { Filters, FilterText, FilterTime } from '../ui/filter'
import { Head } from '../ui/head'
import { useList } from '../ui/list'
import { Badge, Card, Code, Id, Time } from '../ui/small'
import { Table, type Column } from '../ui/table'
import { say } from '../ui/toast'
import { preview } from './preview'

/** MessagesPage looks into a conversation; the server notes in the audit log who has. */
export default function MessagesPage({ app }: PageProps) {
  const { conversation = '', seq = '', at = '' } = route.value.query
  return (
    <>
      <Head title={t('nav.messages')} crumbs={appCrumbs(app)} />
      <Find key={conversation} conversation={conversation} />
      {conversation ? <History app={app} conversation={conversation} seq={seq} at={at} />
        : <Empty title={t('messages.choose')} text={t('messages.choose.text')} />}
    </>
  )
}

/** Find asks for the conversation: two users, or a group. */
function Find({ conversation }: { conversation: string }) {
  const [kind = 'c2c', one = '', other = ''] = conversation.split('/').map(decoded)
  const [type, setType] = useState(kind === 'group' ? 'group' : 'c2c')
  const [first, setFirst] = useState(one)
  const [second, setSecond] = useState(other)
  const ready = first.trim() !== '' && (type === 'group' || second.trim() !== '')
  const show = () => {
    // The name of a one-to-one conversation has its users in order.
    const users = [first.trim(), second.trim()].sort((a, b) => (a < b ? -1 : 1))
    const parts = type === 'group' ? ['group', first.trim()] : ['c2c', ...users]
    setQuery({ conversation: parts.map(encodeURIComponent).join('/'), seq: undefined, at: undefined, cursor: undefined })
  }
  return (
    <Card>
      <form class="find" onSubmit={(event) => { event.preventDefault(); if (ready) show() }}>
        <Select label={t('conversation')} value={type} onChange={setType} choices={[['c2c', t('messages.c2c')], ['group', t('messages.group')]]} />
        <Field label={type === 'group' ? 'GroupId' : t('messages.one')} value={first} onInput={setFirst} plain mono />
        {type === 'c2c' && <Field label={t('messages.other')} value={second} onInput={setSecond} plain mono />}
        <Button type="submit" kind="primary" icon="search" disabled={!ready}>{t('messages.show')}</Button>
      </form>
    </Card>
  )
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function History({ app, conversation, seq, at }: { app: number; conversation: string; seq: string; at: string }) {
  const list = useList<Message>(['apps', app, 'messages'], { conversation, seq, at })
  const [open, setOpen] = useState<Message>()
  const recall = (message: Message) => confirm({
    title: t('recall.title', { seq: message.seq }), text: t('recall.text', { from: message.from }), name: String(message.seq), action: t('recall'), danger: true,
    run: async () => {
      await post(['apps', app, 'messages', 'recall'], { conversation, seq: message.seq })
      say(t('recall.done'), 'good')
      list.reload()
    },
  })
  const columns: Column<Message>[] = [
    { head: 'MsgSeq', end: true, cell: (row) => <span class="mono">{row.seq}</span> },
    { head: t('message.from'), cell: (row) => <Id href={link(['apps', app, 'users', row.from])}>{row.from}</Id> },
    { head: t('message'), wide: true, cell: (row) => <button type="button" class="preview" onClick={() => setOpen(row)}>{row.recalled ? <i>{t('message.recalled')}</i> : row.tip ? `[${t('element.tip')}] ${row.tip}` : preview(row.body)}</button> },
    { head: t('message.at'), cell: (row) => <Time at={row.at} exact /> },
    { head: t('message.state'), hideHead: true, cell: (row) => <span class="badges">{row.modified && <Badge>{t('message.modified')}</Badge>}{row.recalled && <Badge tone="warn">{t('message.recalled')}</Badge>}</span> },
  ]
  return (
    <>
      <Notice>{t('messages.audited')}</Notice>
      <Filters aside={<Button icon="refresh" onClick={list.reload}>{t('refresh')}</Button>}>
        <FilterText name="seq" label={t('messages.fromSeq')} />
        <FilterTime name="at" label={t('messages.fromTime')} />
      </Filters>
      <Table label={t('nav.messages')} list={list} columns={columns} id={(row) => row.seq} empty={{ title: t('messages.empty'), text: t('messages.empty.text') }} />
      {open && <Opened message={open} onClose={() => setOpen(undefined)} onRecall={() => { setOpen(undefined); recall(open) }} />}
    </>
  )
}

function Opened({ message, onClose, onRecall }: { message: Message; onClose: () => void; onRecall: () => void }) {
  return (
    <Dialog wide title={t('message.title', { seq: message.seq })} onClose={onClose}>
      <p class="lead">{message.from} · <Time at={message.at} exact /></p>
      <Code text={JSON.stringify(message, null, 2)} label={t('message')} />
      <footer>{!message.recalled && <Button kind="danger" write onClick={onRecall}>{t('recall')}</Button>}<Button onClick={onClose}>{t('close')}</Button></footer>
    </Dialog>
  )
}
