// A dialog that asks for people.

import { useState } from 'preact/hooks'
import { t } from '../../i18n/index.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, openDialog } from '../../ui/Dialog.tsx'
import { Picker, type Picked } from './Picker.tsx'

interface Question {
  title: string
  yes: string
  most: number
  without?: ReadonlySet<string>
}

/** pickPeople resolves with those who were chosen; nobody when it was given up. */
export function pickPeople(q: Question): Promise<Picked[]> {
  return new Promise((resolve) => {
    openDialog((close) => <Picking q={q} answer={(chosen) => { close(); resolve(chosen) }} />)
  })
}

function Picking({ q, answer }: { q: Question; answer: (chosen: Picked[]) => void }) {
  const [chosen, setChosen] = useState<Picked[]>([])
  return (
    <Dialog title={q.title} close={() => answer([])} flush foot={<>
      <Button onClick={() => answer([])}>{t('cancel')}</Button>
      <Button kind="primary" disabled={chosen.length === 0} onClick={() => answer(chosen)}>{q.most > 1 && chosen.length > 0 ? `${q.yes} (${chosen.length})` : q.yes}</Button>
    </>}>
      <Picker chosen={chosen} change={setChosen} most={q.most} without={q.without} />
    </Dialog>
  )
}
