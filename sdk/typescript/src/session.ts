// Login, logout, kicks and what the network does, as applications see them.

import { CODE, ChatError, need, reply, type Reply } from './errors.ts'
import { EVENT, TYPES } from './constants.ts'
import { Line, parse } from './wire.ts'
import type { Core } from './core.ts'
import type { Wire } from './types.ts'

export interface LoginData {
  actionStatus: 'OK'
  errorCode: 0
  errorInfo: ''
  userID: string
  repeatLogin?: true
}

export class Session {
  private open = false

  constructor(private core: Core, private forgotten: () => void) {
    this.core.line = this.newLine()
  }

  private newLine(): Line {
    return new Line(() => this.core.address(), {
      trying: () => this.net('connecting'),
      opened: () => void this.opened(),
      lost: () => this.net('disconnected'),
      refused: (err) => this.refused(err),
      packet: (topic, payload) => this.packet(topic, payload),
      ended: () => this.core.outbox.ended(),
    })
  }

  /**
   * login resolves when the server has let the user in; SDK_READY comes later. Again
   * for the same user it changes nothing, but renews the ticket when it is another.
   */
  login = async (options: { userID: string; userSig: string }): Promise<Reply<LoginData>> => {
    const { core } = this
    const { userID, userSig } = options
    need(typeof userID === 'string' && userID, 'userID')
    need(typeof userSig === 'string' && userSig, 'userSig')
    const data: LoginData = { actionStatus: 'OK', errorCode: 0, errorInfo: '', userID }
    if (core.me === userID) {
      await this.renew(userID, userSig)
      return reply({ ...data, repeatLogin: true as const })
    }
    if (core.me) await this.logout()
    core.me = userID
    core.forget()
    try {
      await core.line.open({ userID, userSig })
    } catch (err) {
      if (core.me === userID && !core.ready) this.out()
      throw err
    }
    return reply(data)
  }

  private async renew(userID: string, userSig: string): Promise<void> {
    const { core } = this
    if (userSig === core.line.userSig) return
    if (this.open) await core.line.request('login.refresh', { UserSig: userSig })
    core.line.renew({ userID, userSig })
  }

  logout = async (): Promise<Reply<object>> => {
    const { core } = this
    if (!core.me) return reply({})
    const user = core.me
    if (this.open) await core.line.request('logout', {}, 2000, true).catch(() => {}) // the server ends the line, if it can
    if (core.me === user) this.end()
    return reply({})
  }

  destroy = async (): Promise<Reply<object>> => {
    await this.logout()
    this.core.emitter.clear()
    this.forgotten()
    return reply({})
  }

  /** end is the end of a login: nothing is known any more. */
  private end(): void {
    const was = this.core.me !== ''
    this.out()
    if (was) this.core.emitter.emit(EVENT.SDK_NOT_READY, {})
  }

  private out(): void {
    const { core } = this
    this.open = false
    core.line.close()
    core.me = ''
    core.forget()
    core.line = this.newLine()
  }

  private net(state: string): void {
    this.open = false
    this.core.emit(EVENT.NET_STATE_CHANGE, { state })
  }

  /** opened gets the list at first, later what was missed; then the line is there for all. */
  private async opened(): Promise<void> {
    const { core } = this
    const { sync, store, line } = core
    this.open = true
    const through = () => {
      if (core.sync !== sync) return
      line.resume()
      const first = !core.ready
      core.ready = true
      this.open = true
      this.tellAgain()
      this.core.emit(EVENT.NET_STATE_CHANGE, { state: TYPES.NET_STATE_CONNECTED })
      if (first) core.emit(EVENT.SDK_READY, {})
    }
    try {
      await sync.comeBack(through)
    } catch (err) {
      if (core.sync !== sync || core.store !== store || (err as ChatError).code === CODE.network) return // the next connection does it again
      core.report(err)
      line.again()
    }
  }

  /** tellAgain says what ends with a connection: whose state is watched, which live rooms. */
  private tellAgain(): void {
    const { core } = this
    const watched = [...core.store.watched]
    for (let i = 0; i < watched.length; i += 100) {
      core.call('status.watch', { To_Account: watched.slice(i, i + 100) }).catch(core.report)
    }
    for (const GroupId of core.store.rooms) core.call('group.join', { GroupId }).catch(core.report)
  }

  private packet(topic: string, payload: string): void {
    if (topic === 'im/event/kick') this.kicked(parse(payload) ?? {})
    else this.core.sync.packet(topic, payload)
  }

  private kicked(e: Wire): void {
    const type = kickType(e)
    if (type) this.kickOut(type)
  }

  private kickOut(type: string): void {
    this.core.emit(EVENT.KICKED_OUT, { type })
    this.end()
  }

  /** refused: a connection after the first is not let in any more. That is a kick that came late. */
  private refused(err: ChatError): void {
    this.core.log(1, `${err.code} ${err.message}`)
    this.kickOut(err.code === 70001 || err.code === 70003 ? TYPES.KICKED_OUT_USERSIG_EXPIRED : TYPES.KICKED_OUT_REST_API)
  }
}

/** kickType names a kick; '' for what is none. */
function kickType({ Reason: reason, By: by }: Wire): string {
  switch (reason) {
    case 'replaced':
    case 'multi-login':
      return by?.Platform && by.Platform !== 'Web' ? TYPES.KICKED_OUT_MULT_DEVICE : TYPES.KICKED_OUT_MULT_ACCOUNT
    case 'admin':
    case 'banned':
    case 'ticket-revoked':
      return TYPES.KICKED_OUT_REST_API
    case 'ticket-expired':
      return TYPES.KICKED_OUT_USERSIG_EXPIRED
    default: // our own logout; a server that goes down or moves
      return ''
  }
}
