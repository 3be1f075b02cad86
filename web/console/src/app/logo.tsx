import { t } from '../i18n'

export function Logo() {
  return (
    <span class="logo">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <path d="M8 13h13v5a6 6 0 0 1-6 6h-1a6 6 0 0 1-6-6zM21 14.500h1.500a2.500 2.500 0 0 1 0 5H21M12 10V8M16.500 10V8" />
      </svg>
      <span><b>teahouse</b> <small>{t('console')}</small></span>
    </span>
  )
}
