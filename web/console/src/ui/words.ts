import { Refused } from '../api/client'
import { known, t } from '../i18n'

/** plain: refusals whose own message says more than a text of ours could. */
const plain = new Set(['bad_request', 'refused', 'conflict'])

/** words says in the operator's language why something did not come about. */
export function words(cause: unknown): string {
  if (!(cause instanceof Refused)) return t('error.unknown')
  if (cause.message && plain.has(cause.code)) return cause.message
  const key = known('error.' + cause.code)
  if (key) return t(key, { seconds: cause.retrySeconds ?? 0 })
  return cause.message || t('error.unknown')
}
