// The card of a user, above whatever is there.

import { t } from '../../i18n/index.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Person } from './Person.tsx'

export default function Profile({ userID, close }: { userID: string; close: () => void }) {
  return <Dialog title={t('profile')} close={close} flush><Person userID={userID} /></Dialog>
}
