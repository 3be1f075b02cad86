import { render } from 'preact'
import './state/redraw.ts'
import './style/index.ts'
import './panels/index.ts'
import './state/alerts.ts'
import { App } from './app/App.tsx'
import { ready } from './i18n/index.ts'
import { begin } from './state/session.ts'

begin()
await ready
render(<App />, document.getElementById('app')!)
