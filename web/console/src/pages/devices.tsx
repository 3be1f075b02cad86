import { post } from '../api/client'
import type { Connection } from '../api/types'
import { t } from '../i18n'
import { number } from '../i18n/format'
import { Button } from '../ui/button'
import { confirm } from '../ui/dialog'
import { Card, Id, Time } from '../ui/small'
import { say } from '../ui/toast'

/** kickDevice asks, and closes one connection of a user. */
export function kickDevice(app: number, user: string, client: string, reload: () => void): void {
  confirm({
    title: t('kick.one.title', { client }), text: t('kick.text'), action: t('kick'), danger: true,
    run: async () => { await post(['apps', app, 'users', user, 'kick'], { client }); say(t('kick.one.done'), 'good'); reload() },
  })
}

/** Devices are the connections that a user has now. */
export function Devices({ app, user, connections, reload }: { app: number; user: string; connections: Connection[]; reload: () => void }) {
  return (
    <Card title={t('user.devices')} pad={false}>
      {connections.length === 0 ? <p class="table-note">{t('user.noDevices')}</p> : (
        <div class="table-box">
          <div class="table-scroll" tabIndex={0} role="region" aria-label={t('user.devices')}>
            <table class="table">
              <thead><tr>
                <th scope="col" class="wide">{t('connection.client')}</th><th scope="col">{t('connection.platform')}</th><th scope="col">{t('connection.address')}</th>
                <th scope="col">{t('connection.since')}</th><th scope="col" class="end">{t('connection.unacked')}</th><th scope="col" class="end">{t('connection.behind')}</th><th scope="col"><span class="unseen">{t('acts')}</span></th>
              </tr></thead>
              <tbody>{connections.map((row) => (
                <tr key={row.client}>
                  <td><Id>{row.client}</Id></td>
                  <td data-head={t('connection.platform')}>{row.platform}</td>
                  <td data-head={t('connection.address')} class="mono">{row.address}</td>
                  <td data-head={t('connection.since')}><Time at={row.since_at} /></td>
                  <td data-head={t('connection.unacked')} class="end">{number(row.unacked)}</td>
                  <td data-head={t('connection.behind')} class="end">{number(row.behind)}</td>
                  <td><div class="row"><Button small kind="danger" write onClick={() => kickDevice(app, user, row.client, reload)}>{t('kick')}</Button></div></td>
                </tr>
              ))}</tbody>
            </table>
          </div>
        </div>
      )}
    </Card>
  )
}
