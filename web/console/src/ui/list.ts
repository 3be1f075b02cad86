import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { get } from '../api/client'
import type { Page } from '../api/types'
import { route, setQuery, type Query } from '../route'

export interface List<T> {
  items: T[] | undefined // of the page shown; undefined until the first has come
  loading: boolean
  error: unknown
  hasNext: boolean
  hasBack: boolean
  next: () => void
  back: () => void
  reload: () => void
}

const rounds = 8 // questions for one page at most, when filters let little through

interface State<T> {
  key: string
  page?: Page<T>
  error?: unknown
  loading: boolean
}

/**
 * useList reads one page of a list of the server. The page's cursor stands in the address, so that a link
 * to it works; a change of the filters begins anew. The rows before stay until the new ones are there.
 */
export function useList<T>(path: (string | number)[] | undefined, filters: Query = {}, limit = 50): List<T> {
  const cursor = route.value.query.cursor ?? ''
  const base = JSON.stringify([path, filters, limit])
  const behind = useRef<{ base: string; cursors: string[] }>({ base, cursors: [] })
  if (behind.current.base !== base) behind.current = { base, cursors: [] }
  const [state, setState] = useState<State<T>>({ key: '', loading: true })
  const [turn, setTurn] = useState(0)
  const key = base + cursor

  useEffect(() => {
    if (!path) return
    const abort = new AbortController()
    setState((was) => ({ key, page: sameList(was.key, path) ? was.page : undefined, loading: true }))
    readPage<T>(path, { ...filters, limit, cursor }, abort.signal).then(
      (page) => setState({ key, page, loading: false }),
      (error) => { if (!abort.signal.aborted) setState({ key, error, loading: false }) },
    )
    return () => abort.abort()
  }, [key, turn])

  const next = useCallback(() => {
    if (!state.page?.next) return
    behind.current.cursors.push(cursor)
    setQuery({ cursor: state.page.next })
  }, [state.page, cursor])
  const back = useCallback(() => setQuery({ cursor: behind.current.cursors.pop() || undefined }), [])
  return {
    items: state.page?.items, loading: state.loading, error: state.error,
    hasNext: !!state.page?.next, hasBack: cursor !== '', next, back, reload: () => setTurn((n) => n + 1),
  }
}

/** sameList tells whether rows of another page or filter are of the same list, and may stay meanwhile. */
function sameList(key: string, path: (string | number)[]): boolean {
  return key.startsWith('[' + JSON.stringify(path) + ',')
}

/** readPage goes on while filters on the server have left a page empty. */
async function readPage<T>(path: (string | number)[], query: Query, abort: AbortSignal): Promise<Page<T>> {
  let page = await get<Page<T>>(path, query, abort)
  for (let round = 1; page.items.length === 0 && page.next && round < rounds; round++) {
    page = await get<Page<T>>(path, { ...query, cursor: page.next }, abort)
  }
  return page
}
