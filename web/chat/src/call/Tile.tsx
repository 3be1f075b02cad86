// One who is in the call: their picture, or their face, and their sound.

import { useEffect, useRef } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { me } from '../state/session.ts'
import { myProfile } from '../state/profile.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Icon } from '../ui/Icon.tsx'
import type { Call } from './Call.ts'
import type { Peer } from './peer.ts'

/** Playing shows and sounds a stream; a source is given by script alone. */
function Playing({ stream, muted, mirrored, hidden }: { stream: MediaStream | null; muted?: boolean; mirrored?: boolean; hidden?: boolean }) {
  const ref = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const el = ref.current
    if (el && el.srcObject !== stream) el.srcObject = stream
  }, [stream])
  return <video ref={ref} class={`${mirrored ? 'mirrored' : ''}${hidden ? ' hidden' : ''}`} autoplay playsInline muted={muted} aria-hidden="true" />
}

export function PeerTile({ peer, video, named, silentFace }: { peer: Peer; video: boolean; named: boolean; silentFace?: boolean }) {
  const seen = video && peer.cam.value && peer.state.value !== 'connecting'
  return (
    <span class={`tile${silentFace ? ' unseen' : ''}`} data-user={peer.user} data-state={peer.state.value}>
      <Playing stream={peer.stream.value} hidden={!seen} />
      {!seen && <Avatar id={peer.user} name={peer.user} size={112} />}
      {(named || !peer.mic.value) && <span class="tile-name">{!peer.mic.value && <Icon name="micOff" size={16} />}{named ? peer.user : <span class="unseen">{t('callMuted')}</span>}</span>}
    </span>
  )
}

export function LocalTile({ call, corner }: { call: Call; corner?: boolean }) {
  const seen = call.video && call.cam.value
  const profile = myProfile.value
  return (
    <span class={`tile own${corner ? ' corner' : ''}`}>
      {call.video && <Playing stream={call.local.value} muted mirrored hidden={!seen} />}
      {!seen && <Avatar id={me.value} name={profile?.nick || me.value} url={profile?.avatar} size={corner ? 56 : 112} />}
      {!corner && <span class="tile-name">{!call.mic.value && <Icon name="micOff" size={16} />}{t('callYou')}</span>}
    </span>
  )
}
