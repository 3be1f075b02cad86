// A small program against the interface; `npm run check` says whether its types are right.

import TencentCloudChat, { ChatError, type Chat, type Conversation, type Group, type Message } from '../src/index.ts'

export async function program(chat: Chat): Promise<string[]> {
  const { TYPES, EVENT } = TencentCloudChat
  chat.on(EVENT.MESSAGE_RECEIVED, ({ data }) => (data as Message[]).map((m) => m.payload))
  const m: Message = chat.createTextAtMessage({ to: 'g', conversationType: TYPES.CONV_GROUP, payload: { text: '@all', atUserList: [TYPES.MSG_AT_ALL] } })
  const sent = await chat.sendMessage(m, { onlineUserOnly: true }).catch((err: ChatError) => err.code)
  if (typeof sent === 'number') return [String(sent)]
  const list: Conversation[] = (await chat.getConversationList({ type: TYPES.CONV_C2C })).data.conversationList
  const group: Group = (await chat.createGroup({ name: 'g', type: TYPES.GRP_PUBLIC })).data.group
  const unread: number = chat.getTotalUnreadMessageCount()
  // @ts-expect-error a message has to go somewhere
  chat.createTextMessage({ conversationType: TYPES.CONV_C2C, payload: { text: 'x' } })
  // @ts-expect-error a text message has a text
  chat.createTextMessage({ to: 'bob', conversationType: TYPES.CONV_C2C, payload: { words: 'x' } })
  // @ts-expect-error there is no such method
  chat.sendMesage(m)
  return [sent.data.message.ID, ...list.map((c) => c.lastMessage.messageForShow), group.selfInfo.role, String(unread)]
}
