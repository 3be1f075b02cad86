// What one sees of a call: the ring, those who are in it, and what can be done.

import { useComputed } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { conversations, nameOf, pictureOf } from '../state/conversations.ts'
import { me } from '../state/session.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { useTrap } from '../ui/focus.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { toastError } from '../ui/Toast.tsx'
import type { Call } from './Call.ts'
import { attempt } from './attempt.ts'
import { LocalTile, PeerTile } from './Tile.tsx'
import { duration } from './time.ts'

export function CallView({ call }: { call: Call }) {
  const phase = call.phase.value
  if (phase === 'over') return null
  if (phase === 'incoming') return <Incoming call={call} />
  return call.small.value ? <Small call={call} /> : <Large call={call} />
}

function Face({ call, size }: { call: Call; size: number }) {
  const c = conversations.value.find((one) => one.conversationID === call.conversationID)
  const id = call.conversationID.replace(/^(C2C|GROUP)/, '')
  return <Avatar id={id} name={c ? nameOf(c) : id} url={c && pictureOf(c)} size={size} square={call.group !== ''} />
}

function Incoming({ call }: { call: Call }) {
  const ref = useRef<HTMLDivElement>(null)
  useTrap(ref, () => {})
  const kind = t(call.video ? 'callIncomingVideo' : 'callIncomingVoice')
  return (
    <div class="scrim call-scrim">
      <div ref={ref} class="call-ring" role="alertdialog" aria-modal="true" aria-label={`${kind}: ${call.title}`} tabIndex={-1}>
        <span class="call-face ringing"><Face call={call} size={104} /></span>
        <h2 class="cut">{call.title}</h2>
        <p>{call.group ? t('callGroupFrom', { who: call.inviter, group: kind }) : kind}</p>
        <div class="call-answers">
          <Big icon="hangUp" kind="bad" label={t('callReject')} onClick={() => void call.reject()} />
          <Big icon={call.video ? 'video' : 'phone'} kind="good" label={t('callAccept')} autofocus onClick={() => void attempt(call, () => call.accept()).catch(toastError)} />
        </div>
      </div>
    </div>
  )
}

function Big({ icon, label, kind, onClick, autofocus }: { icon: IconName; label: string; kind: 'good' | 'bad'; onClick: () => void; autofocus?: boolean }) {
  return (
    <span class="call-big">
      <button type="button" class={kind} aria-label={label} data-autofocus={autofocus || undefined} onClick={onClick}><Icon name={icon} size={28} /></button>
      <span aria-hidden="true">{label}</span>
    </span>
  )
}

/** State says in words how far the call is, and once it is on, how long it lasts. */
function State({ call }: { call: Call }) {
  const [, beat] = useState(0)
  const on = call.phase.value === 'on'
  useEffect(() => {
    if (!on) return
    const timer = setInterval(() => beat((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [on])
  const words = call.again.value ? t('callAgain') : call.phase.value === 'calling' ? t('callCalling') : on ? '' : t('callConnecting')
  return (
    <>
      <span role="status">{words}</span>
      {!words && <time class="call-time">{duration((Date.now() - call.since.value) / 1000)}</time>}
    </>
  )
}

function Large({ call }: { call: Call }) {
  const ref = useRef<HTMLDivElement>(null)
  useTrap(ref, () => (call.small.value = true))
  const peers = [...call.peers.value.values()]
  const pictures = call.video && peers.length > 0
  return (
    <div ref={ref} class={`call${call.video ? ' with-video' : ''}`} role="dialog" aria-modal="true" aria-label={t(call.video ? 'callVideo' : 'callVoice')} tabIndex={-1}>
      <header>
        <span class="call-words"><b class="cut">{call.title}</b><small><State call={call} /></small></span>
        <button type="button" class="icon-button" aria-label={t('callSmall')} title={t('callSmall')} onClick={() => (call.small.value = true)}><Icon name="shrink" /></button>
      </header>
      <Stage call={call} />
      <Ringing call={call} />
      {!pictures && call.video && <LocalTile call={call} corner />}
      <Controls call={call} />
    </div>
  )
}

function Stage({ call }: { call: Call }) {
  const peers = [...call.peers.value.values()]
  if (peers.length === 0) return <div class="call-stage"><span class={`call-face${call.phase.value === 'calling' ? ' ringing' : ''}`}><Face call={call} size={132} /></span></div>
  const many = peers.length > 1
  return (
    <div class={`call-stage tiles-${peers.length + (many ? 1 : 0)}`}>
      {peers.map((p) => <PeerTile key={p.user} peer={p} video={call.video} named={many} />)}
      {many ? <LocalTile call={call} /> : call.video && <LocalTile call={call} corner />}
    </div>
  )
}

/** In a group, those who have not answered yet. */
function Ringing({ call }: { call: Call }) {
  const list = call.ringing.value.filter((one) => one !== me.value)
  if (!call.group || list.length === 0) return null
  return <p class="call-ringing">{list.map((one) => <span key={one}><Avatar id={one} name={one} size={22} />{one} · {t('callCalling')}</span>)}</p>
}

function Small({ call }: { call: Call }) {
  const first = useComputed(() => [...call.peers.value.values()][0])
  return (
    <section class="call-small" aria-label={t(call.video ? 'callVideo' : 'callVoice')}>
      <button type="button" class="call-small-open" aria-label={t('callLarge')} onClick={() => (call.small.value = false)}>
        {first.value && call.video ? <PeerTile peer={first.value} video named={false} /> : <Face call={call} size={44} />}
        <span class="call-words"><b class="cut">{call.title}</b><small><State call={call} /></small></span>
        {first.value && !call.video && [...call.peers.value.values()].map((p) => <PeerTile key={p.user} peer={p} video={false} named={false} silentFace />)}
      </button>
      <button type="button" class="call-end" aria-label={t('callHangUp')} title={t('callHangUp')} onClick={() => call.hangUp()}><Icon name="hangUp" /></button>
    </section>
  )
}

function Controls({ call }: { call: Call }) {
  const mic = call.mic.value
  const cam = call.cam.value
  return (
    <footer>
      <Control icon={mic ? 'mic' : 'micOff'} label={t(mic ? 'callMicOff' : 'callMicOn')} off={!mic} onClick={() => call.setMic(!mic)} />
      {call.video && <Control icon={cam ? 'video' : 'videoOff'} label={t(cam ? 'callCamOff' : 'callCamOn')} off={!cam} onClick={() => call.setCam(!cam)} />}
      {call.video && call.cameras.value > 1 && <Control icon="turn" label={t('callCamNext')} onClick={() => void call.nextCamera().catch(toastError)} />}
      <button type="button" class="call-end" aria-label={t('callHangUp')} title={t('callHangUp')} data-autofocus onClick={() => call.hangUp()}><Icon name="hangUp" size={28} /></button>
    </footer>
  )
}

function Control({ icon, label, off, onClick }: { icon: IconName; label: string; off?: boolean; onClick: () => void }) {
  return <button type="button" class={`call-control${off ? ' off' : ''}`} aria-label={label} title={label} onClick={onClick}><Icon name={icon} size={24} /></button>
}
