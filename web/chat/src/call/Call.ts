// One call of this page, from the first ring to the end: who is in it, and what is said to them.

import { computed, signal } from '@preact/signals'
import type { Message } from '@teahouse-im/chat'
import { t, type Key, type Params } from '../i18n/index.ts'
import { conversations, nameOf } from '../state/conversations.ts'
import { dispatch } from '../state/send.ts'
import { chat, me } from '../state/session.ts'
import { toast } from '../ui/Toast.tsx'
import * as devices from './devices.ts'
import { Peer } from './peer.ts'
import { ring, ringFor, stop } from './ring.ts'
import { ACCEPT, CANCEL, innerText, INVITE, mediaID, REJECT, TIMEOUT, type CallSignal, type Media } from './signal.ts'

export type Phase = 'incoming' | 'answering' | 'calling' | 'connecting' | 'on' | 'over'

export class Call {
  readonly phase = signal<Phase>('incoming')
  readonly peers = signal<ReadonlyMap<string, Peer>>(new Map())
  /** Those who ring still. */
  readonly ringing = signal<readonly string[]>([])
  readonly local = signal<MediaStream | null>(null)
  readonly mic = signal(true)
  readonly cam = signal(true)
  readonly cameras = signal(1)
  /** When the first way was found, in ms. */
  readonly since = signal(0)
  readonly small = signal(false)
  readonly again = computed(() => [...this.peers.value.values()].some((p) => p.state.value === 'again'))
  private ice: Promise<RTCIceServer[]>
  private joined = false
  /** The others who have joined, as far as this page knows. */
  private present: Set<string>

  constructor(
    readonly conversationID: string, readonly id: string, readonly video: boolean, readonly inviter: string, readonly invitees: readonly string[],
    private done: (call: Call) => void,
  ) {
    this.ringing.value = invitees
    this.present = new Set(this.mine ? [] : [inviter])
    this.ice = chat().request('signal.ice').then(({ data }) => data.IceServers, () => [])
  }

  get group(): string {
    return this.conversationID.startsWith('GROUP') ? this.conversationID.slice(5) : ''
  }

  private get key(): string {
    return this.group ? `group/${this.group}` : `c2c/${this.conversationID.slice(3)}`
  }

  private get mine(): boolean {
    return this.inviter === me.value
  }

  /** title is who this call is with. */
  get title(): string {
    const c = conversations.value.find((one) => one.conversationID === this.conversationID)
    return c ? nameOf(c) : this.conversationID.replace(/^(C2C|GROUP)/, '')
  }

  /** invite calls the others. It throws what has hindered it. */
  async invite(): Promise<void> {
    this.phase.value = 'calling'
    this.local.value = await this.openDevices()
    ring('outgoing')
    await chat().request('signal.invite', {
      Conv: this.key, InviteID: this.id, InviteeList: this.invitees, Timeout: ringFor(),
      Data: innerText(this.video ? 'videoCall' : 'audioCall', this.video, this.inviter),
      OfflinePushInfo: { Title: me.value, Desc: t('callIsCalling') },
    })
    this.joined = true
  }

  /** accept answers; the first device of a user counts. */
  async accept(): Promise<void> {
    stop()
    this.phase.value = 'answering'
    try {
      this.local.value = await this.openDevices()
      await chat().request('signal.accept', { InviteID: this.id, Data: innerText(this.video ? 'videoCall' : 'audioCall', this.video, this.inviter) })
      if (this.phase.value === 'answering') this.phase.value = 'connecting'
    } catch (err) {
      const code = (err as { code?: number }).code
      if (code === 8012) this.finish('callOverElsewhere')
      else if (code === 8010) this.finish('callOverLate')
      else throw err
    }
  }

  async reject(busy = false): Promise<void> {
    this.finish()
    await chat().request('signal.reject', { InviteID: this.id, Data: innerText(this.video ? 'videoCall' : 'audioCall', this.video, this.inviter, { busy }) }).catch(() => {})
  }

  private async openDevices(): Promise<MediaStream> {
    const stream = await devices.open(this.video)
    if (this.phase.value === 'over') {
      devices.close(stream)
      throw new devices.DeviceError(t('callOverLate'))
    }
    if (this.video) void devices.cameras().then((list) => (this.cameras.value = list.length), () => {})
    return stream
  }

  /** onSignal takes a signal. The server gives all devices the same order: those who joined earlier call the one who joins. */
  onSignal(m: Message, s: CallSignal): void {
    switch (s.action) {
      case ACCEPT: return this.accepted(m.from)
      case REJECT:
        if (m.from !== me.value) return this.gone(m.from, s.inner.busy ? 'callOverBusy' : 'callOverRefused')
        return void (this.phase.value === 'incoming' && this.finish('callOverElsewhere'))
      case CANCEL: return void (!this.mine && this.waiting && this.finish())
      case TIMEOUT:
        if (!this.mine && s.invitees.includes(me.value) && this.waiting) return this.finish()
        for (const user of s.invitees) if (user !== me.value) this.gone(user, 'callOverNoAnswer')
    }
  }

  private get waiting(): boolean {
    return this.phase.value === 'incoming' || this.phase.value === 'answering'
  }

  /** accepted: who is in the call already makes an offer to who comes. */
  private accepted(user: string): void {
    this.ringing.value = this.ringing.value.filter((one) => one !== user)
    if (user === me.value) {
      if (this.phase.value === 'incoming') this.finish('callOverElsewhere')
      else this.joined = true
      return
    }
    this.present.add(user)
    if (!this.joined || this.phase.value === 'over') return
    stop()
    if (this.phase.value === 'calling') this.phase.value = 'connecting'
    void this.peer(user).then((p) => p?.offer())
  }

  /** peer is the connection to a user; it is made when it is not there. */
  private async peer(user: string): Promise<Peer | null> {
    const ice = await this.ice
    const known = this.peers.value.get(user)
    if (known || !this.local.value || this.phase.value === 'over') return known ?? null
    const one = new Peer(user, me.value < user, ice, this.local.value, {
      send: (kind, more) => this.say(user, kind, more),
      connected: () => this.connected(user),
      failed: (was) => this.gone(user, was ? 'callOverLost' : 'callNoWay', true),
    })
    this.peers.value = new Map(this.peers.value).set(user, one)
    return one
  }

  private connected(user: string): void {
    if (this.phase.value !== 'on') this.since.value = Date.now()
    this.phase.value = 'on'
    this.say(user, 'state', { mic: this.mic.value, cam: this.cam.value })
  }

  /** say tells one of the others something that nothing keeps. */
  private say(user: string, kind: string, more: object): void {
    const text = JSON.stringify({ businessID: mediaID, call: this.id, kind, ...more })
    const body = {
      Conv: this.key, OnlineOnlyFlag: 1, ...(this.group ? { To_Account: [user] } : { SendMsgControl: ['NoUnread', 'NoLastMsg'] }),
      MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data: text, Desc: '', Ext: '' } }],
    }
    chat().request('msg.send', body).catch(() => {}) // who waits in vain gives up by themselves
  }

  async onMedia(m: Message, x: Media): Promise<void> {
    const user = m.from
    if (user === me.value || (user !== this.inviter && !this.invitees.includes(user))) return
    if (this.phase.value === 'incoming' || this.phase.value === 'over') return
    if (x.kind === 'bye') return this.gone(user, 'callOverGone')
    const p = await this.peer(user)
    if (!p) return
    if (x.kind === 'sdp' && (x.type === 'offer' || x.type === 'answer')) await p.described(x.type, String(x.sdp))
    else if (x.kind === 'ice' && Array.isArray(x.list)) await p.candidatesCame(x.list)
    else if (x.kind === 'state') {
      p.mic.value = x.mic !== false
      p.cam.value = x.cam !== false
    }
  }

  /** gone takes one out of the call; without anybody left it is over. */
  private gone(user: string, why: Key, lost = false): void {
    this.peers.value.get(user)?.close()
    const peers = new Map(this.peers.value)
    const was = peers.delete(user)
    this.peers.value = peers
    this.present.delete(user)
    this.ringing.value = this.ringing.value.filter((one) => one !== user)
    if (this.phase.value === 'over') return
    if (this.present.size > 0 || (this.mine && this.ringing.value.length > 0)) return toast(t(why, { who: user }))
    if (lost && was && this.mine) this.record()
    this.finish(why, { who: this.group ? user : this.title })
  }

  /** hangUp leaves the call. Of the last two, the first to leave writes its record. */
  hangUp(): void {
    const others = [...this.peers.value.keys()]
    const rung = this.mine && this.ringing.value.length > 0
    if (rung) chat().request('signal.cancel', { InviteID: this.id, Data: innerText(this.video ? 'videoCall' : 'audioCall', this.video, this.inviter) }).catch(() => {})
    for (const user of others) this.say(user, 'bye', {})
    if (others.length === 1) this.record()
    this.finish()
  }

  /** record leaves in the conversation how long the call was. */
  private record(): void {
    if (!this.since.value) return
    const seconds = Math.round((Date.now() - this.since.value) / 1000)
    const data = JSON.stringify({
      businessID: 1, inviteID: this.id, inviter: this.inviter, inviteeList: this.invitees, groupID: this.group, timeout: 0, actionType: INVITE,
      data: innerText('hangup', this.video, this.inviter, { seconds }),
    })
    const one = chat().createCustomMessage({ to: this.conversationID.replace(/^(C2C|GROUP)/, ''), conversationType: this.group ? 'GROUP' : 'C2C', payload: { data } })
    void dispatch(one, this.group ? {} : { messageControlInfo: { excludedFromUnreadCount: true } })
  }

  setMic(on: boolean): void {
    this.mic.value = on
    for (const track of this.local.value?.getAudioTracks() ?? []) track.enabled = on
    this.tell()
  }

  setCam(on: boolean): void {
    this.cam.value = on
    for (const track of this.local.value?.getVideoTracks() ?? []) track.enabled = on
    this.tell()
  }

  private tell(): void {
    for (const user of this.peers.value.keys()) this.say(user, 'state', { mic: this.mic.value, cam: this.cam.value })
  }

  async nextCamera(): Promise<void> {
    const now = this.local.value
    const old = now?.getVideoTracks()[0]
    const next = old && (await devices.nextCamera(old))
    if (!now || !next) return
    next.enabled = this.cam.value
    this.local.value = new MediaStream([...now.getAudioTracks(), next])
    await Promise.all([...this.peers.value.values()].map((p) => p.replace(next)))
  }

  /** finish ends the call on this page, with a word about why. */
  finish(why?: Key, params?: Params): void {
    if (this.phase.value === 'over') return
    this.phase.value = 'over'
    stop()
    for (const p of this.peers.value.values()) p.close()
    this.peers.value = new Map()
    devices.close(this.local.value)
    this.local.value = null
    if (why) toast(t(why, params), why === 'callNoWay' || why === 'callOverLost')
    this.done(this)
  }
}
