import type { ComponentChildren, JSX } from 'preact'
import { Icon, type IconName } from './Icon.tsx'

type Native = Omit<JSX.HTMLAttributes<HTMLButtonElement>, 'icon' | 'label' | 'class'>

export interface ButtonProps extends Native {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  icon?: IconName
  busy?: boolean
  wide?: boolean
  children?: ComponentChildren
  type?: 'button' | 'submit'
  /** The form that it sends, when it stands outside of it. */
  form?: string
  disabled?: boolean
}

export function Button({ kind = 'plain', icon, busy, wide, children, type = 'button', disabled, ...rest }: ButtonProps) {
  return (
    <button {...rest} type={type} disabled={disabled || busy} aria-busy={busy} class={`button ${kind}${wide ? ' wide' : ''}`}>
      {busy ? <Spinner /> : icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

export interface IconButtonProps extends Native {
  icon: IconName
  /** What it does, for tooltips and screen readers. */
  label: string
  pressed?: boolean
  size?: number
  kind?: 'plain' | 'primary' | 'danger'
  disabled?: boolean
}

export function IconButton({ icon, label, pressed, size, kind = 'plain', ...rest }: IconButtonProps) {
  return (
    <button {...rest} type="button" class={`icon-button ${kind}`} aria-label={label} title={label} aria-pressed={pressed}>
      <Icon name={icon} size={size} />
    </button>
  )
}

export function Spinner() {
  return <span class="spinner" aria-hidden="true" />
}
