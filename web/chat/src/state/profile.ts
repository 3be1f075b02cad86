// My own profile.

import { signal } from '@preact/signals'
import { EVENT, type Profile } from '@teahouse-im/chat'
import { me, onChat, onEnd } from './session.ts'

/** A copy that is new with each change. */
export const myProfile = signal<Profile | null>(null)

onChat((one) => {
  one.on(EVENT.SDK_READY, () => {
    one.getMyProfile().then(({ data }) => (myProfile.value = { ...data }), () => {})
  })
  one.on(EVENT.PROFILE_UPDATED, ({ data }) => {
    const mine = (data as Profile[]).find((p) => p.userID === me.value)
    if (mine) myProfile.value = { ...mine }
  })
})
onEnd(() => (myProfile.value = null))
