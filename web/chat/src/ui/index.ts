// The parts that every page is made of.

export { Avatar } from './Avatar.tsx'
export { Button, IconButton, Spinner } from './Button.tsx'
export { ask, askText, closeDialogs, Dialog, openDialog } from './Dialog.tsx'
export { Drawer } from './Drawer.tsx'
export { Icon, type IconName } from './Icon.tsx'
export { closeMenu, openMenu, openMenuBelow, type MenuItem } from './Menu.tsx'
export { Badge, Empty, Field, Head, Row, SearchField, SkeletonRows, Switch } from './parts.tsx'
export { toast, toastError } from './Toast.tsx'
