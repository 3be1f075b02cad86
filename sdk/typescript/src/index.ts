// The SDK: instances of chat, one for each app. Start reading at `create`; what an
// instance can do is in methods/, how it keeps what it knows in store.ts and sync.ts.

import { EVENT, TSignaling, TYPES, VERSION } from './constants.ts'
import { Core } from './core.ts'
import { need } from './errors.ts'
import { Session } from './session.ts'
import { conversationMethods } from './methods/conversations.ts'
import { friendMethods } from './methods/friends.ts'
import { groupMethods } from './methods/groups.ts'
import { historyMethods } from './methods/history.ts'
import { instanceMethods } from './methods/instance.ts'
import { makeMethods } from './methods/make.ts'
import { memberMethods } from './methods/members.ts'
import { peopleMethods } from './methods/people.ts'
import { searchMethods } from './methods/search.ts'
import { sendMethods } from './methods/send.ts'
import type { Options } from './types.ts'

export * from './types.ts'
export { ChatError, CODE, type Reply } from './errors.ts'
export type { Emitted, Handler } from './emitter.ts'
export { EVENT, TSignaling, TYPES, VERSION }

function build(core: Core, forgotten: () => void) {
  const { login, logout, destroy } = new Session(core, forgotten)
  return {
    login, logout, destroy, ...instanceMethods(core), ...makeMethods(core), ...sendMethods(core),
    ...historyMethods(core), ...conversationMethods(core), ...peopleMethods(core), ...friendMethods(core),
    ...groupMethods(core), ...memberMethods(core), ...searchMethods(core),
  }
}

/** One user's chat. */
export type Chat = ReturnType<typeof build>

const instances = new Map<number, { core: Core; chat: Chat }>()

/**
 * create gives the instance of an app, and does not connect. A second call with the
 * same SDKAppID gives the first one, and takes over the other options.
 */
export function create(options: Options): Chat {
  const id = options?.SDKAppID
  need(typeof id === 'number' && id > 0, 'SDKAppID')
  const known = instances.get(id)
  if (known) {
    Object.assign(known.core.options, options)
    return known.chat
  }
  const core = new Core({ ...options })
  const chat = build(core, () => instances.delete(id))
  instances.set(id, { core, chat })
  return chat
}

export default { create, EVENT, TYPES, TSignaling, VERSION }
