import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { canWrite } from '../state/session'
import { Icon, type IconName } from './icon'
import { failed, say } from './toast'

interface Props {
  children?: ComponentChildren
  icon?: IconName
  kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  type?: 'button' | 'submit'
  label?: string // what a button without words does
  busy?: boolean
  disabled?: boolean
  small?: boolean
  write?: boolean // it changes something: operators of role read see it switched off, and are told why
  onClick?: () => void
}

export function Button({ children, icon, kind = 'plain', type = 'button', label, busy, disabled, small, write, onClick }: Props) {
  const barred = write && !canWrite.value
  const classes = ['button', kind, small ? 'small' : '', children ? '' : 'bare', busy ? 'busy' : ''].filter(Boolean).join(' ')
  return (
    <button type={type} class={classes} aria-label={label} title={barred ? t('readOnly.hint') : label}
      disabled={disabled || busy} aria-disabled={barred || undefined} aria-busy={busy || undefined}
      onClick={(event) => {
        if (!barred) return onClick?.()
        event.preventDefault()
        say(t('readOnly.hint'))
      }}>
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      {children && <span>{children}</span>}
    </button>
  )
}

/** LinkButton is a link that looks like a button: it leads somewhere and changes nothing. */
export function LinkButton({ href, icon, children, kind = 'plain' }: { href: string; icon?: IconName; children: ComponentChildren; kind?: string }) {
  return <a class={`button ${kind}`} href={href}>{icon && <Icon name={icon} size={18} />}<span>{children}</span></a>
}

/** ActButton does something on the server, is busy meanwhile, and tells what came of it. */
export function ActButton({ act, done, ...rest }: Omit<Props, 'onClick' | 'busy'> & { act: () => Promise<unknown>; done?: string }) {
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      await act()
      if (done) say(done, 'good')
    } catch (cause) {
      failed(cause)
    } finally {
      setBusy(false)
    }
  }
  return <Button {...rest} busy={busy} onClick={() => void run()} />
}
