// The connection to one other user: offers and answers that may cross, candidates in small
// groups, a second try when the way is lost.

import { signal } from '@preact/signals'

export interface PeerEvents {
  send: (kind: string, more: object) => void
  connected: () => void
  /** There is no way, or it is lost for good. */
  failed: (wasConnected: boolean) => void
}

/** So long a way is looked for, in ms. */
export const patience = { first: 20_000, again: 15_000 }

export class Peer {
  readonly stream = signal<MediaStream | null>(null)
  readonly state = signal<'connecting' | 'connected' | 'again'>('connecting')
  /** What the other has switched on. */
  readonly mic = signal(true)
  readonly cam = signal(true)
  private readonly pc: RTCPeerConnection
  private making = false
  private ignoring = false
  private candidates: RTCIceCandidateInit[] = []
  private early: RTCIceCandidateInit[] = []
  private gather: ReturnType<typeof setTimeout> | undefined
  private timer: ReturnType<typeof setTimeout>
  private closed = false

  /** polite: of two offers that cross, the other's counts. */
  constructor(readonly user: string, private polite: boolean, ice: RTCIceServer[], local: MediaStream, private on: PeerEvents) {
    this.pc = new RTCPeerConnection({ iceServers: ice, bundlePolicy: 'max-bundle' })
    this.timer = setTimeout(() => this.fail(), patience.first)
    for (const track of local.getTracks()) this.pc.addTrack(track, local)
    this.pc.ontrack = ({ streams, track }) => (this.stream.value = streams[0] ?? new MediaStream([track]))
    this.pc.onicecandidate = ({ candidate }) => candidate && this.candidate(candidate.toJSON())
    this.pc.onconnectionstatechange = () => this.moved()
  }

  private moved(): void {
    if (this.closed) return
    switch (this.pc.connectionState) {
      case 'connected':
        clearTimeout(this.timer)
        this.state.value = 'connected'
        return this.on.connected()
      case 'disconnected':
      case 'failed':
        return this.again()
    }
  }

  /** again looks for another way; the one who gives way in crossings waits for the other's offer. */
  private again(): void {
    if (this.state.value === 'connecting') return void (this.pc.connectionState === 'failed' && this.fail())
    if (this.state.value === 'again') return
    this.state.value = 'again'
    this.timer = setTimeout(() => this.fail(), patience.again)
    if (!this.polite) {
      this.pc.restartIce()
      void this.offer()
    }
  }

  private fail(): void {
    if (this.closed) return
    const was = this.state.value === 'again'
    this.close()
    this.on.failed(was)
  }

  async offer(): Promise<void> {
    try {
      this.making = true
      await this.pc.setLocalDescription()
      this.on.send('sdp', { sdp: this.pc.localDescription!.sdp, type: this.pc.localDescription!.type })
    } catch { /* it was closed meanwhile */
    } finally {
      this.making = false
    }
  }

  async described(type: RTCSdpType, sdp: string): Promise<void> {
    const crossing = type === 'offer' && (this.making || this.pc.signalingState !== 'stable')
    this.ignoring = crossing && !this.polite
    if (this.ignoring || this.closed) return
    await this.pc.setRemoteDescription({ type, sdp })
    for (const one of this.early.splice(0)) await this.add(one)
    if (type === 'offer') await this.offer()
  }

  async candidatesCame(list: RTCIceCandidateInit[]): Promise<void> {
    for (const one of list) {
      if (this.pc.remoteDescription) await this.add(one)
      else this.early.push(one)
    }
  }

  private async add(one: RTCIceCandidateInit): Promise<void> {
    await this.pc.addIceCandidate(one).catch(() => {}) // one way less
  }

  /** candidate groups what is found within a moment into one message. */
  private candidate(one: RTCIceCandidateInit): void {
    this.candidates.push(one)
    this.gather ??= setTimeout(() => {
      this.gather = undefined
      if (!this.closed) this.on.send('ice', { list: this.candidates.splice(0) })
    }, 60)
  }

  async replace(track: MediaStreamTrack): Promise<void> {
    await this.pc.getSenders().find((s) => s.track?.kind === track.kind)?.replaceTrack(track)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.timer)
    clearTimeout(this.gather)
    this.pc.close()
    this.stream.value = null
  }
}
