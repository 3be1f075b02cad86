// Files that were pasted or dropped: looked at once more before they are sent.

import './style.ts'
import { useEffect, useMemo } from 'preact/hooks'
import { fileSize } from '../i18n/dates.ts'
import { t } from '../i18n/index.ts'
import { sendFiles } from '../state/send.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'

export default function Files({ id, files, close }: { id: string; files: File[]; close: () => void }) {
  const shown = useMemo(() => files.map((file) => ({ file, url: file.type.startsWith('image/') ? URL.createObjectURL(file) : '' })), [files])
  useEffect(() => () => shown.forEach((one) => one.url && URL.revokeObjectURL(one.url)), [])
  const go = () => {
    sendFiles(id, files)
    close()
  }
  return (
    <Dialog title={t('sendFile', { n: files.length })} close={close} foot={<>
      <Button onClick={close}>{t('cancel')}</Button>
      <Button kind="primary" data-autofocus onClick={go}>{t('send')}</Button>
    </>}>
      <ul class="files">
        {shown.map(({ file, url }) => (
          <li key={file.name + file.size}>
            {url ? <img src={url} alt="" /> : <span class="file-icon"><Icon name="file" size={24} /></span>}
            <span class="file-words"><b class="cut">{file.name}</b><small>{fileSize(file.size)}</small></span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
