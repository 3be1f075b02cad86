/** Codes of the SDK itself; all others are the server's `ErrorCode`. */
export const CODE = {
  notLoggedIn: 2024,
  badRequest: 2080,
  timeout: 2081,
  imageType: 2252,
  imageSize: 2253,
  audioSize: 2301,
  videoSize: 2351,
  videoType: 2352,
  fileEmpty: 2401,
  fileSize: 2402,
  modifyConflict: 2480,
  noAttributes: 2641,
  network: 2800,
  notOffered: 3120,
} as const

/** What a call rejects with: `code` is the server's or one of `CODE`, `data` says more. */
export class ChatError extends Error {
  readonly code: number
  data: Record<string, unknown>

  constructor(code: number, message: string, data: Record<string, unknown> = {}) {
    super(message)
    this.name = 'ChatError'
    this.code = code
    this.data = data
  }
}

/** need refuses a call whose parameters cannot be written. */
export function need(right: unknown, what: string): asserts right {
  if (!right) throw new ChatError(CODE.badRequest, `${what} is missing or of the wrong type`)
}

export interface Reply<T> {
  code: 0
  data: T
}

export const reply = <T>(data: T): Reply<T> => ({ code: 0, data })
