import type { NewKey } from '../api/types'
import { t } from '../i18n'
import { Notice } from './empty'
import { Code } from './small'

/** KeyShown shows a new key of an app, this once. */
export function KeyShown({ app, secret }: { app: number; secret: NewKey }) {
  return (
    <div class="stack">
      <Notice tone="warn">{t('key.once')}</Notice>
      <div class="field"><span class="hint">SDKAppID</span><Code text={String(app)} label="SDKAppID" /></div>
      <div class="field"><span class="hint">{t('key.secret', { id: secret.id })}</span><Code text={secret.secret} label={t('key.secret', { id: secret.id })} /></div>
    </div>
  )
}
