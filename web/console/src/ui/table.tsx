import type { ComponentChildren } from 'preact'
import { t } from '../i18n'
import { Button } from './button'
import { Empty, Failed } from './empty'
import type { List } from './list'

export interface Column<T> {
  head: string
  cell: (row: T) => ComponentChildren
  end?: boolean // figures stand at the end of their column
  wide?: boolean // takes what room there is
  hideHead?: boolean // for acts, whose buttons say what they are
}

interface Props<T> {
  label: string
  list: List<T>
  columns: Column<T>[]
  id: (row: T) => string | number
  empty: { title: string; text: string; action?: ComponentChildren }
}

/** Table shows a page of a list; on a phone each row is a card. */
export function Table<T>({ label, list, columns, id, empty }: Props<T>) {
  if (list.error) return <Failed cause={list.error} again={list.reload} />
  if (list.items?.length === 0 && !list.hasBack && !list.hasNext && !list.loading) return <Empty {...empty} />
  return (
    <div class="table-box">
      <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
        <table class={list.loading && list.items ? 'table stale' : 'table'} role="table" aria-busy={list.loading} aria-label={label}>
          <thead role="rowgroup"><tr role="row">{columns.map((column) => <Head key={column.head} {...column} />)}</tr></thead>
          <tbody role="rowgroup">
            {list.items
              ? list.items.map((row) => <Row key={id(row)} row={row} columns={columns} />)
              : Array.from({ length: 6 }, (_, at) => <Bones key={at} columns={columns} at={at} />)}
          </tbody>
        </table>
      </div>
      {list.items?.length === 0 && !list.loading && <p class="table-note">{t('list.emptyPage')}</p>}
      {(list.hasNext || list.hasBack) && (
        <nav class="pager" aria-label={t('list.pages')}>
          <Button small icon="left" disabled={!list.hasBack || list.loading} onClick={list.back}>{t('list.back')}</Button>
          <Button small icon="right" disabled={!list.hasNext || list.loading} onClick={list.next}>{t('list.next')}</Button>
        </nav>
      )}
    </div>
  )
}

function Head<T>({ head, end, wide, hideHead }: Column<T>) {
  return <th role="columnheader" scope="col" class={side(end, wide)}>{hideHead ? <span class="unseen">{head}</span> : head}</th>
}

function Row<T>({ row, columns }: { row: T; columns: Column<T>[] }) {
  return (
    <tr role="row">
      {columns.map(({ head, cell, end, wide, hideHead }) => (
        <td key={head} role="cell" class={side(end, wide)} data-head={hideHead ? undefined : head}>{cell(row)}</td>
      ))}
    </tr>
  )
}

function Bones<T>({ columns, at }: { columns: Column<T>[]; at: number }) {
  return (
    <tr role="row">
      {columns.map(({ head }, column) => <td key={head} role="cell"><span class={`bone w${(at + column * 2) % 4}`} /></td>)}
    </tr>
  )
}

function side(end?: boolean, wide?: boolean): string | undefined {
  return [end && 'end', wide && 'wide'].filter(Boolean).join(' ') || undefined
}
