import { Refused } from '../api/client'
import { t } from '../i18n'
import { Bones, Empty, Failed } from '../ui/empty'
import { Head } from '../ui/head'
import { useLoad } from '../ui/load'
import { Card, Code } from '../ui/small'

/** ConfigPage shows the settings that the server runs with; its file is changed on the server. */
export default function ConfigPage() {
  const loaded = useLoad<{ text: string }>(['config'])
  const missing = loaded.error instanceof Refused && loaded.error.status === 404 // dev has none
  return (
    <>
      <Head title={t('nav.config')} />
      <p class="lead">{t('config.text')}</p>
      {loaded.value ? <Code text={loaded.value.text} label={t('nav.config')} tall />
        : missing ? <Empty title={t('config.none')} text={t('config.none.text')} />
        : loaded.error ? <Failed cause={loaded.error} again={loaded.reload} /> : <Card><Bones lines={12} /></Card>}
    </>
  )
}
