// What a user prefers, where they are logged in, and the way out.

import { useEffect, useState } from 'preact/hooks'
import { fullTime } from '../../i18n/dates.ts'
import { language, setLanguage, t, type Language } from '../../i18n/index.ts'
import { chat, leave, me } from '../../state/session.ts'
import { myProfile } from '../../state/profile.ts'
import { enterSends, notices, sound, theme, type Theme } from '../../state/settings.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { ask } from '../../ui/Dialog.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Head, Row, SkeletonRows, Switch } from '../../ui/parts.tsx'
import { toast, toastError } from '../../ui/Toast.tsx'
import { go } from '../../route.ts'
import { Choices, Line, Section, Tag } from '../parts.tsx'

interface Device {
  ClientId: string
  Platform: string
  ClientIP: string
  LoginTime: number
  IsThis?: number
}

export default function Settings() {
  const p = myProfile.value
  return (
    <>
      <Head title={t('navSettings')} />
      <div class="panel-list scroll">
        <Section><Row before={<Avatar id={me.value} name={p?.nick || me.value} url={p?.avatar} size={52} />} title={p?.nick || me.value} text={t('myProfile')} after={<Icon name="next" size={16} />} onClick={() => go(['me'])} /></Section>
        <Section title={t('look')}>
          <Choices<Theme> inline label={t('theme')} value={theme.value} change={(to) => (theme.value = to)} all={[{ value: 'system', text: t('themeSystem') }, { value: 'light', text: t('themeLight') }, { value: 'dark', text: t('themeDark') }]} />
          <Choices<Language> inline label={t('language')} value={language.value} change={setLanguage} all={[{ value: 'en', text: 'English' }, { value: 'zh-CN', text: '简体中文' }]} />
        </Section>
        <Section title={t('news')}>
          <Notices />
          <Switch label={t('sound')} hint={t('soundHint')} on={sound.value} change={(on) => (sound.value = on)} />
        </Section>
        <Section title={t('writing')}>
          <Switch label={t('enterSends')} hint={t('enterSendsHint')} on={enterSends.value} change={(on) => (enterSends.value = on)} />
        </Section>
        <Devices />
        <Section><Line icon="logout" text={t('logout')} danger onClick={() => void logout()} /></Section>
      </div>
    </>
  )
}

function Notices() {
  const can = 'Notification' in window
  const change = async (on: boolean) => {
    if (on && (await Notification.requestPermission()) !== 'granted') return toast(t('noticesDenied'), true)
    notices.value = on
  }
  return <Switch label={t('noticesShow')} hint={can ? t('noticesHint') : t('noticesCannot')} on={can && notices.value && Notification.permission === 'granted'} disabled={!can} change={(on) => void change(on)} />
}

/** Devices are where I am logged in now. */
function Devices() {
  const [list, setList] = useState<Device[] | null>(null)
  useEffect(() => {
    chat().request('me').then(({ data }) => setList(data.Devices ?? []), toastError)
  }, [])
  return (
    <Section title={t('devices')}>
      {!list && <SkeletonRows count={1} />}
      {list?.map((d) => <Line key={d.ClientId} icon={d.Platform === 'Web' ? 'chat' : 'phone'} text={d.Platform} long={t('deviceSince', { time: fullTime(d.LoginTime), ip: d.ClientIP })} badge={d.IsThis ? <Tag text={t('deviceThis')} accent /> : undefined} />)}
    </Section>
  )
}

async function logout(): Promise<void> {
  if (await ask({ title: t('logoutTitle'), text: t('logoutText'), yes: t('logout'), danger: true })) await leave()
}
