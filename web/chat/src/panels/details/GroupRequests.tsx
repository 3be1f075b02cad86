import { t } from '../../i18n/index.ts'
import { IconButton } from '../../ui/Button.tsx'
import { Empty } from '../../ui/parts.tsx'
import { GroupRequest } from '../contacts/Requests.tsx'
import { applications } from '../groups/state.ts'

/** GroupRequests are those who want to come into one group. */
export function GroupRequests({ groupID, back }: { groupID: string; back: () => void }) {
  const list = (applications.value.value ?? []).filter((r) => r.groupID === groupID)
  return (
    <>
      <div class="sub-head"><IconButton icon="back" label={t('back')} onClick={back} /><h3>{t('groupRequests')}</h3></div>
      {list.length === 0 ? <Empty icon="bell" title={t('requestsNone')} /> : list.map((r) => <GroupRequest key={r._applicationID || r.applicant} r={r} />)}
    </>
  )
}
