// Handlers by name. The same function is called once, in the order of coming; who
// leaves during an emission is not called any more, who comes is from the next on.

export interface Emitted<T = any> {
  name: string
  data: T
  [more: string]: unknown
}

export type Handler = (event: Emitted) => void

export class Emitter {
  private handlers = new Map<string, Map<Handler, unknown>>()

  on(name: string, handler: Handler, context?: unknown): void {
    const known = this.handlers.get(name) ?? new Map<Handler, unknown>()
    if (!known.has(handler)) known.set(handler, context)
    this.handlers.set(name, known)
  }

  off(name: string, handler: Handler): void {
    this.handlers.get(name)?.delete(handler)
  }

  clear(): void {
    this.handlers.clear()
  }

  emit(name: string, data: unknown, more: object = {}): void {
    const known = this.handlers.get(name)
    if (!known) return
    for (const [handler, context] of [...known]) {
      if (!known.has(handler)) continue
      try {
        handler.call(context, { ...more, name, data })
      } catch (err) {
        console.error(`a handler of ${name} has thrown`, err)
      }
    }
  }
}
