import { render } from 'preact'
import { Root } from './app/root'
import { startLanguage } from './i18n'
import { startSession } from './state/session'
import { startTheme } from './state/theme'
import './style/index.css'

startTheme()
startLanguage()
startSession()
render(<Root />, document.getElementById('root')!)
