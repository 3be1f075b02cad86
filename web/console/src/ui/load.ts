import { useEffect, useRef, useState } from 'preact/hooks'
import { get, poll } from '../api/client'
import type { Query } from '../route'

export interface Loaded<T> {
  value: T | undefined
  error: unknown
  loading: boolean
  reload: () => void
  set: (value: T) => void
}

/** useLoad reads one thing of the server; with every (ms) again and again while the page is seen. */
export function useLoad<T>(path: (string | number)[] | undefined, query: Query = {}, every = 0): Loaded<T> {
  const key = JSON.stringify([path, query])
  const [state, setState] = useState<{ key: string; value?: T; error?: unknown; loading: boolean }>({ key, loading: true })
  const [turn, setTurn] = useState(0)
  const byItself = useRef(false) // whether the page asks, and not the one before it

  useEffect(() => {
    if (!path) return
    const abort = new AbortController()
    setState((was) => ({ key, value: was.key === key ? was.value : undefined, loading: true }))
    const ask = byItself.current ? poll : get
    byItself.current = false
    ask<T>(path, query, abort.signal).then(
      (value) => setState({ key, value, loading: false }),
      (error) => { if (!abort.signal.aborted) setState((was) => ({ key, value: was.value, error, loading: false })) },
    )
    return () => abort.abort()
  }, [key, turn])

  useEffect(() => {
    if (!every) return
    const again = () => {
      if (document.visibilityState !== 'visible') return
      byItself.current = true
      setTurn((n) => n + 1)
    }
    const timer = setInterval(again, every)
    document.addEventListener('visibilitychange', again)
    return () => { clearInterval(timer); document.removeEventListener('visibilitychange', again) }
  }, [key, every])

  return {
    value: state.key === key ? state.value : undefined, error: state.error, loading: state.loading,
    reload: () => setTurn((n) => n + 1), set: (value) => setState({ key, value, loading: false }),
  }
}
