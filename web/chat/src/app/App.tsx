import { stage } from '../state/session.ts'
import { Dialogs } from '../ui/Dialog.tsx'
import { Menus } from '../ui/Menu.tsx'
import { Toasts } from '../ui/Toast.tsx'
import { Login } from './Login.tsx'
import { Shell } from './Shell.tsx'

export function App() {
  return (
    <>
      {stage.value === 'in' ? <Shell /> : <Login />}
      <Dialogs />
      <Menus />
      <Toasts />
    </>
  )
}
