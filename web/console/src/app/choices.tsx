import { language, setLanguage, t } from '../i18n'
import { theme, type Theme } from '../state/theme'
import { Icon, type IconName } from '../ui/icon'

const themes: Theme[] = ['auto', 'light', 'dark']
const drawn: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' }

/** Choices are the operator's own: the language, and light or dark. */
export function Choices() {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
  const words = t('theme', { theme: t(`theme.${theme.value}`) })
  return (
    <div class="choices">
      <button type="button" class="button quiet small" onClick={() => setLanguage(language.value === 'en' ? 'zh-CN' : 'en')} lang={language.value === 'en' ? 'zh-CN' : 'en'}>
        {language.value === 'en' ? '中文' : 'English'}
      </button>
      <button type="button" class="button quiet bare small" aria-label={words} title={words} onClick={() => { theme.value = next }}>
        <Icon name={drawn[theme.value]} size={18} />
      </button>
    </div>
  )
}
