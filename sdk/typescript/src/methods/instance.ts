// What is about the instance itself, signals inside messages, and what is left out.

import { CODE, ChatError, need, reply } from '../errors.ts'
import { EVENT, TSignaling } from '../constants.ts'
import type { Emitted, Handler } from '../emitter.ts'
import type { Core } from '../core.ts'
import type { Message, Wire } from '../types.ts'

export interface SignalingInfo {
  businessID: 1
  inviteID: string
  groupID: string
  inviter: string
  inviteeList: string[]
  data: string
  actionType: number
  timeout: number
}

/** signalOf reads a call signal out of a custom message; null: it is none. */
function signalOf(m: Message): SignalingInfo | null {
  if (m?.type !== 'TIMCustomElem') return null
  let s: Wire | null = null
  try {
    s = JSON.parse(m.payload.data)
  } catch {
    return null
  }
  if (s?.businessID !== 1 || !s.inviteID) return null
  return {
    businessID: 1, inviteID: s.inviteID, groupID: s.groupID ?? '', inviter: s.inviter ?? '',
    inviteeList: s.inviteeList ?? [], data: s.data ?? '', actionType: s.actionType ?? 0, timeout: s.timeout ?? 0,
  }
}

const signalNames: Record<number, string> = {
  [TSignaling.ACTION_TYPE_INVITE]: TSignaling.NEW_INVITATION_RECEIVED,
  [TSignaling.ACTION_TYPE_CANCEL_INVITE]: TSignaling.INVITATION_CANCELLED,
  [TSignaling.ACTION_TYPE_ACCEPT_INVITE]: TSignaling.INVITEE_ACCEPTED,
  [TSignaling.ACTION_TYPE_REJECT_INVITE]: TSignaling.INVITEE_REJECTED,
  [TSignaling.ACTION_TYPE_INVITE_TIMEOUT]: TSignaling.INVITATION_TIMEOUT,
}

/** The abilities that a kit asks for by the exponent of 2, and the features they are. */
const abilities: Record<number, string> = { 5: 'receipts', 7: 'status', 9: 'marks', 48: 'reactions' }

const leftOut = [
  'translateText', 'convertVoiceToText', 'followUser', 'unfollowUser', 'getMyFollowersList', 'getMyFollowingList',
  'getMutualFollowersList', 'getUserFollowInfo', 'checkFollowType', 'getJoinedCommunityList',
  'createTopicInCommunity', 'deleteTopicFromCommunity', 'updateTopicProfile', 'getTopicList',
  'setAllReceiveMessageOpt', 'getAllReceiveMessageOpt', 'markGroupMemberList', 'invite', 'inviteSync',
  'inviteInGroup', 'inviteInGroupSync', 'accept', 'reject', 'cancel', 'modifyInvitation',
] as const

type LeftOut = { [name in (typeof leftOut)[number]]: (...any: unknown[]) => Promise<never> }

function leftOutMethods(): LeftOut {
  const refuse = (name: string) => () => Promise.reject(new ChatError(CODE.notOffered, `${name} is not offered`))
  return Object.fromEntries(leftOut.map((name) => [name, refuse(name)])) as LeftOut
}

export function instanceMethods(core: Core) {
  core.emitter.on(EVENT.MESSAGE_RECEIVED, (e) => {
    for (const m of e.data as Message[]) {
      const s = signalOf(m)
      const name = s && signalNames[s.actionType]
      if (s && name) core.emitter.emit('signal ' + name, s)
    }
  })
  /** The handlers as they came, and as they are called: with the name they asked for. */
  const signalHandlers = new Map<Handler, Map<string, Handler>>()

  return {
    ...leftOutMethods(),

    on: (name: string, handler: Handler, context?: unknown): void => core.emitter.on(name, handler, context),
    off: (name: string, handler: Handler, _context?: unknown): void => core.emitter.off(name, handler),

    /** Any request of the server; `data` is its answer. */
    async request(method: string, body: object = {}) {
      need(typeof method === 'string' && method, 'method')
      return reply(await core.line.request(method, body))
    },

    isReady: (): boolean => core.ready,
    getLoginUser: (): string => core.me,
    getServerTime: (): number => Math.floor((Date.now() + core.ahead) / 1000),
    setLogLevel(level: number): void {
      core.logLevel = level
    },
    use: (_plugins: unknown, _sub?: unknown): void => {},
    registerPlugin: (_plugin: object): void => {},

    getSignalingInfo: signalOf,
    addSignalingListener(name: string, handler: Handler): void {
      const named = signalHandlers.get(handler) ?? new Map<string, Handler>()
      const call = named.get(name) ?? ((e: Emitted) => handler({ name, data: e.data }))
      signalHandlers.set(handler, named.set(name, call))
      core.emitter.on('signal ' + name, call)
    },
    removeSignalingListener(name: string, handler: Handler): void {
      const call = signalHandlers.get(handler)?.get(name)
      if (call) core.emitter.off('signal ' + name, call)
      signalHandlers.get(handler)?.delete(name)
    },

    /** What the kits ask an instance beside everything else; `canIUseModule` answers at once. */
    callExperimentalAPI(key: string, value?: unknown): any {
      if (key === 'canIUseModule') return true
      if (key !== 'isCommercialAbilityEnabled') return Promise.resolve(reply({}))
      const feature = abilities[Math.round(Math.log2(Number(value)))]
      return Promise.resolve(reply({ enabled: feature !== undefined && core.features.has(feature) }))
    },
  }
}
