import { t } from '../../i18n/index.ts'

/** How much of a file is uploaded, as a ring. */
export function Progress({ share }: { share: number }) {
  const way = 2 * Math.PI * 18
  return (
    <span class="ring" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} aria-label={t('uploading', { n: Math.round(share * 100) })}>
      <svg viewBox="0 0 44 44" width="44" height="44" aria-hidden="true">
        <circle cx="22" cy="22" r="18" class="ring-ground" />
        <circle cx="22" cy="22" r="18" class="ring-way" stroke-dasharray={`${way * Math.max(0.03, share)} ${way}`} />
      </svg>
    </span>
  )
}
