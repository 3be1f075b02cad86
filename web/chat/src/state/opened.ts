// The conversation that is open, also one that has no place in the list yet.

import { signal } from '@preact/signals'
import { TYPES, type Conversation } from '@teahouse-im/chat'
import { conversations, findConversation } from './conversations.ts'
import { chat, onEnd } from './session.ts'

const asked = signal<ReadonlyMap<string, Conversation>>(new Map())
const under = new Set<string>()
onEnd(() => {
  asked.value = new Map()
  under.clear()
})

/** live stands for the conversation of a live room: the server keeps no list of these. */
async function live(id: string): Promise<Conversation> {
  const { data: { group } } = await chat().searchGroupByID(id.replace(/^GROUP/, ''))
  return {
    conversationID: id, type: 'GROUP', subType: group.type, groupProfile: group, unreadCount: 0, remark: '', isPinned: false, messageRemindType: TYPES.MSG_REMIND_ACPT_NOT_NOTE,
    markList: [], customData: '', conversationGroupList: [], draftText: '', groupAtInfoList: [],
    lastMessage: { lastTime: 0, lastSequence: '0', fromAccount: '', nick: '', nameCard: '', type: '', payload: {}, messageForShow: '', isRevoked: false, revoker: null, isPeerRead: false },
  }
}

/** conversationOf gives a conversation of the list, or asks the server for it; undefined until it is there. */
export function conversationOf(id: string): Conversation | undefined {
  void conversations.value // its objects change inside: look again with each list
  const known = findConversation(id) ?? asked.value.get(id)
  if (!known && !under.has(id)) {
    under.add(id)
    chat().getConversationProfile(id).then(({ data }) => data.conversation, () => live(id))
      .then((c) => (asked.value = new Map(asked.value).set(id, c)), () => {})
  }
  return known
}
