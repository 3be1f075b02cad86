import { render } from 'preact'
import './style/index.ts'
import './panels/index.ts'
import { App } from './app/App.tsx'
import { begin } from './state/session.ts'

begin()
render(<App />, document.getElementById('app')!)
