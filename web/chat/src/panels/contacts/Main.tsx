// The large column beside the address book: the one who was chosen.

import { t } from '../../i18n/index.ts'
import { go } from '../../route.ts'
import { IconButton } from '../../ui/Button.tsx'
import { Empty } from '../../ui/parts.tsx'
import { Person } from '../people/Person.tsx'
import type { PageProps } from '../registry.ts'

export function ContactMain({ path }: PageProps) {
  const [kind, id] = path
  if (kind !== 'u' || !id) return <Empty icon="contacts" title={t('contactPick')} text={t('contactPickText')} />
  return (
    <div class="panel-page scroll">
      <div class="page-back"><IconButton icon="back" label={t('back')} onClick={() => go(['contacts'])} /></div>
      <div class="page-inner"><Person key={id} userID={id} /></div>
    </div>
  )
}
