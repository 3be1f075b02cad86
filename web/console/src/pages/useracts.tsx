import { useState } from 'preact/hooks'
import { post, remove } from '../api/client'
import type { UserDetail } from '../api/types'
import { t } from '../i18n'
import { go, link } from '../route'
import { Button } from '../ui/button'
import { confirm, Dialog } from '../ui/dialog'
import { Select, type Choice } from '../ui/field'
import { say } from '../ui/toast'
import { words } from '../ui/words'

const forEver = 4_294_967_295 // seconds that mean without end (spec/04)

export const muteTimes = (): Choice[] => [
  ['', t('mute.leave')], ['0', t('mute.end')], ['600', t('mute.minutes')], ['3600', t('mute.hour')], ['86400', t('mute.day')], ['604800', t('mute.week')], [String(forEver), t('mute.forEver')],
]

/** UserActs are what can be done to a user; what cannot be taken back asks for their name. */
export function UserActs({ app, user, reload }: { app: number; user: UserDetail; reload: () => void }) {
  const [muting, setMuting] = useState(false)
  const path = ['apps', app, 'users', user.user]
  const kick = () => confirm({
    title: t('kick.title', { user: user.user }), text: t('kick.text'), action: t('kick'), danger: true,
    run: async () => { say(t('kick.done', { count: (await post<{ closed: number }>([...path, 'kick'])).closed }), 'good'); reload() },
  })
  const revoke = () => confirm({
    title: t('revoke.title', { user: user.user }), text: t('revoke.text'), name: user.user, action: t('revoke'), danger: true,
    run: async () => { await post([...path, 'revoke']); say(t('revoke.done'), 'good'); reload() },
  })
  const drop = () => confirm({
    title: t('deleteUser.title', { user: user.user }), text: t('deleteUser.text'), name: user.user, action: t('deleteUser'), danger: true,
    run: async () => { await remove(path); say(t('deleteUser.done', { user: user.user }), 'good'); go(link(['apps', app, 'users'])) },
  })
  return (
    <>
      <Button write onClick={kick}>{t('kick')}</Button>
      <Button write onClick={() => setMuting(true)}>{t('mute')}</Button>
      <Button kind="danger" write onClick={revoke}>{t('revoke')}</Button>
      <Button kind="danger" write onClick={drop}>{t('deleteUser')}</Button>
      {muting && <Mute path={path} user={user.user} onClose={() => setMuting(false)} reload={reload} />}
    </>
  )
}

function Mute({ path, user, onClose, reload }: { path: (string | number)[]; user: string; onClose: () => void; reload: () => void }) {
  const [c2c, setC2C] = useState('')
  const [group, setGroup] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const submit = async () => {
    setBusy(true)
    try {
      await post([...path, 'mute'], { ...(c2c && { c2c_seconds: Number(c2c) }), ...(group && { group_seconds: Number(group) }) })
      say(t('saved'), 'good')
      onClose()
      reload()
    } catch (cause) {
      setProblem(words(cause))
      setBusy(false)
    }
  }
  return (
    <Dialog title={t('mute.title', { user })} onClose={onClose}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit() }}>
        <p class="lead">{t('mute.text')}</p>
        <Select label={t('mute.c2c')} value={c2c} onChange={setC2C} choices={muteTimes()} />
        <Select label={t('mute.group')} value={group} onChange={setGroup} choices={muteTimes()} />
        {problem && <p class="problem" role="alert">{problem}</p>}
        <footer><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" kind="primary" disabled={!c2c && !group} busy={busy}>{t('save')}</Button></footer>
      </form>
    </Dialog>
  )
}
