// Making messages: known to findMessage at once, in no list until they are sent.

import { CODE, ChatError, need } from '../errors.ts'
import { TYPES } from '../constants.ts'
import { emptyMessage } from '../codec/message.ts'
import { checkFile, fileOf, localPayload } from '../media.ts'
import { randomText } from '../wire.ts'
import type { Core } from '../core.ts'
import type { Message } from '../types.ts'

interface To {
  to: string
  conversationType: string
  priority?: string
  cloudCustomData?: string
  needReadReceipt?: boolean
  receiverList?: string[]
  isSupportExtension?: boolean
  onProgress?: (share: number) => void
}

export interface MakeOptions<P> extends To {
  payload: P
}

export type FileInput = File | { files: FileList | null } | { file: File; duration?: number }

export function makeMethods(core: Core) {
  function make(o: To, type: string, payload: unknown): Message {
    need(core.me, 'a login')
    need(o && typeof o.to === 'string' && o.to, 'to')
    need(o.conversationType === 'C2C' || o.conversationType === 'GROUP', 'conversationType')
    need(payload && typeof payload === 'object', 'payload')
    const clientID = Date.now().toString(36) + randomText(8)
    const m = emptyMessage(`${core.me}-${clientID}`, o.conversationType + o.to)
    const conv = core.store.conversations.get(m.conversationID)
    const highest = Math.max(0, conv?.top ?? 0, conv?.last?.sequence ?? 0)
    const me = core.store.user(core.me).profile
    const group = o.conversationType === 'GROUP' ? core.store.groups.get(o.to) : undefined
    Object.assign(m, {
      type, payload, from: core.me, to: o.to, flow: 'out', status: 'unSend', time: Math.floor(Date.now() / 1000),
      clientTime: Math.floor(Date.now() / 1000), sequence: highest + 1,
      random: Math.floor(Math.random() * 0x7fffffff), nick: me.nick, avatar: me.avatar,
      nameCard: group?.selfInfo.nameCard ?? '', priority: o.priority ?? 'Normal',
      cloudCustomData: o.cloudCustomData ?? '', needReadReceipt: o.needReadReceipt === true,
      receiverList: o.receiverList ?? [], isSupportExtension: o.isSupportExtension === true,
    })
    if (o.onProgress) m.onProgress = o.onProgress
    m._own.clientID = clientID
    core.store.messages.set(m.ID, m)
    return m
  }

  function makeFile(o: MakeOptions<{ file: FileInput; snapshotFile?: Blob }>, type: string): Message {
    const { file, seconds } = fileOf(o?.payload?.file)
    checkFile(type, file)
    const m = make(o, type, localPayload(type, file, seconds, o.payload.snapshotFile))
    m._own.file = file
    if (o.payload.snapshotFile) m._own.snapshot = o.payload.snapshotFile
    return m
  }

  const text = (value: unknown): string => {
    need(typeof value === 'string' && value, 'payload.text')
    return value
  }

  return {
    createTextMessage: (o: MakeOptions<{ text: string }>): Message => make(o, TYPES.MSG_TEXT, { text: text(o?.payload?.text) }),
    createTextAtMessage(o: MakeOptions<{ text: string; atUserList?: string[] }>): Message {
      need(o?.conversationType === 'GROUP', 'conversationType GROUP')
      const m = make(o, TYPES.MSG_TEXT, { text: text(o.payload?.text) })
      m.atUserList = o.payload.atUserList ?? []
      return m
    },
    createCustomMessage: (o: MakeOptions<{ data?: string; description?: string; extension?: string }>): Message =>
      make(o, TYPES.MSG_CUSTOM, { data: '', description: '', extension: '', ...o?.payload }),
    createFaceMessage: (o: MakeOptions<{ index: number; data: string }>): Message => make(o, TYPES.MSG_FACE, { ...o?.payload }),
    createLocationMessage: (o: MakeOptions<{ description: string; longitude: number; latitude: number }>): Message =>
      make(o, TYPES.MSG_LOCATION, { ...o?.payload }),
    createImageMessage: (o: MakeOptions<{ file: FileInput }>): Message => makeFile(o, TYPES.MSG_IMAGE),
    createAudioMessage: (o: MakeOptions<{ file: FileInput }>): Message => makeFile(o, TYPES.MSG_AUDIO),
    createVideoMessage: (o: MakeOptions<{ file: FileInput; snapshotFile?: Blob }>): Message => makeFile(o, TYPES.MSG_VIDEO),
    createFileMessage: (o: MakeOptions<{ file: FileInput }>): Message => makeFile(o, TYPES.MSG_FILE),
    createMergerMessage(o: MakeOptions<{ messageList: Message[]; title: string; abstractList: string[]; compatibleText: string }>): Message {
      const list = o?.payload?.messageList
      need(Array.isArray(list) && list.length > 0 && list.length <= 300, 'payload.messageList')
      if (list.some((m) => m.status !== 'success')) throw new ChatError(CODE.badRequest, 'messages that are not sent cannot be merged')
      const { title, abstractList, compatibleText } = o.payload
      return make(o, TYPES.MSG_MERGER, { title, abstractList, compatibleText, version: 1, layersOverLimit: false, downloadKey: '', messageList: list })
    },
    createForwardMessage(o: MakeOptions<Message>): Message {
      const from = o?.payload
      need(from?.type && from.payload, 'payload')
      const m = make(o, from.type, JSON.parse(JSON.stringify(from.payload)))
      m.cloudCustomData = o.cloudCustomData ?? from.cloudCustomData ?? ''
      return m
    },
    createQuoteMessage(message: Message, quoted: Message): Message {
      need(message?.ID && quoted?.ID, 'message')
      message.quoteInfo = { msgID: quoted.ID, messageSequence: quoted.sequence, messageTime: quoted.time }
      return message
    },
  }
}
