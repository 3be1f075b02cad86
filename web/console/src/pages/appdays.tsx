import { t, type Key } from '../i18n'
import { number } from '../i18n/format'
import { Card } from '../ui/small'

type Day = Record<string, string | number>

const columns: [name: string, text: Key][] = [
  ['ActiveUserNum', 'days.active'], ['MaxOnlineNum', 'days.online'], ['RegistUserNumOneDay', 'days.registered'], ['LoginTimes', 'days.logins'],
  ['C2CUpMsgNum', 'days.c2c'], ['GroupUpMsgNum', 'days.group'], ['DownMsgNum', 'days.down'], ['GroupNewGroupNum', 'days.groups'],
]

/** Days are the app's figures of the last days (spec/09 §F), newest first; a day is UTC. */
export function Days({ figures }: { figures: Day[] }) {
  return (
    <Card title={t('days')} pad={false} aside={<span class="hint">{t('days.utc')}</span>}>
      <div class="table-box">
        <div class="table-scroll" tabIndex={0} role="region" aria-label={t('days')}>
          <table class="table">
            <thead><tr><th scope="col">{t('days.day')}</th>{columns.map(([name, text]) => <th key={name} scope="col" class="end">{t(text)}</th>)}</tr></thead>
            <tbody>{figures.map((day) => (
              <tr key={String(day.day)}>
                <td class="mono">{day.day}</td>
                {columns.map(([name, text]) => <td key={name} class="end" data-head={t(text)}>{number(Number(day[name] ?? 0))}</td>)}
              </tr>
            ))}</tbody>
          </table>
        </div>
      </div>
    </Card>
  )
}
