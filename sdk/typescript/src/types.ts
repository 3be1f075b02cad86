// The shapes that applications and the kits see. Empty fields have their empty value,
// never undefined, unless there is a "?". Times are in seconds.

/** An answer of the server, or a part of it. */
export type Wire = { [member: string]: any }

export interface Options {
  SDKAppID: number
  /** `ws://host:8083/mqtt` or `wss://host/mqtt`. */
  proxyServer?: string
  /** A picture for users and groups that have none. */
  userAvatar?: string | ((id: string) => string)
  groupAvatar?: string | ((id: string) => string)
  [ignored: string]: unknown
}

export type ConversationType = 'C2C' | 'GROUP' | '@TIM#SYSTEM'

export interface Person {
  userID: string; nick: string; avatar: string
}

export interface TipPerson extends Person {
  nameCard: string; role: string | number; muteTime?: number
}

export interface ReceiptInfo {
  readCount: number; unreadCount: number; isPeerRead: boolean
}

export interface QuoteInfo {
  msgID: string; messageSequence: number; messageTime: number
}

export interface Message {
  ID: string; conversationID: string; conversationType: ConversationType; type: string; payload: any; from: string;
  to: string; flow: 'in' | 'out'; time: number; clientTime: number; sequence: number; random: number;
  status: 'unSend' | 'success' | 'fail'; nick: string; avatar: string; nameCard: string; friendRemark: string;
  cloudCustomData: string; atUserList: string[]; priority: string; receiverList: string[]; isRevoked: boolean;
  revoker: string; revokerInfo: Person; revokeReason: string; isDeleted: boolean; isModified: boolean;
  isPeerRead: boolean; needReadReceipt: boolean; readReceiptInfo: ReceiptInfo; isSupportExtension: boolean;
  quoteInfo?: QuoteInfo; isPinned: boolean; progress: number; onProgress?: (share: number) => void;
  offlinePushInfo?: { title: string; description: string; extension: string }; isBroadcastMessage: boolean;
  hasRiskContent: boolean; _isExcludedFromUnreadCount: boolean; _isExcludedFromLastMessage: boolean
  /** The whole `MsgBody`, for those who need what `payload` does not show. */
  _elements: Wire[]
  /** What only the SDK needs; not enumerable. */
  readonly _own: MessageInner
}

export interface MessageInner {
  timeMs: number; version: number
  /** Made here: the id that makes a repeat known. */
  clientID?: string
  file?: File; snapshot?: Blob; control?: string[]; push?: Wire; onlineOnly?: boolean
}

export interface LastMessage {
  lastTime: number; lastSequence: string; fromAccount: string; nick: string; nameCard: string; type: string;
  payload: any; messageForShow: string; isRevoked: boolean; revoker: string | null; isPeerRead: boolean
}

export interface GroupAt {
  from: string; groupID: string; messageSequence: number; atTypeArray: number[]
}

export interface Conversation {
  conversationID: string; type: ConversationType; subType: string; unreadCount: number; lastMessage: LastMessage;
  userProfile?: Profile; groupProfile?: Group; remark: string; isPinned: boolean; messageRemindType: string;
  markList: number[]; customData: string; conversationGroupList: string[]; draftText: string;
  groupAtInfoList: GroupAt[]
}

export interface Custom {
  key: string; value: string
}

export interface Group {
  groupID: string; name: string; avatar: string; type: string; introduction: string; notification: string;
  ownerID: string; createTime: number; infoSequence: number; lastInfoTime: number; memberCount: number;
  memberNum: number; maxMemberCount: number; maxMemberNum: number; joinOption: string; inviteOption: string;
  muteAllMembers: boolean; groupCustomField: Custom[]; isSupportTopic: boolean; nextMessageSeq: number
  lastMessage: { lastTime: number }
  selfInfo: {
    userID: string
    role: string
    messageRemindType: string
    joinTime: number
    nameCard: string
    muteTime: number
    readedSequence: number
  }
  groupAttributes?: Record<string, string>; groupCounters?: Record<string, number>
}

export interface GroupMember extends Person {
  role: string; joinTime: number; nameCard: string; muteUntil: number; memberCustomField: Custom[];
  friendRemark?: string
}

export interface Profile extends Person {
  gender: string; birthday: number; location: string; selfSignature: string; allowType: string; language: number;
  messageSettings: number; adminForbidType: string; level: number; role: number; lastUpdatedTime: number;
  profileCustomField: Custom[]
}

export interface Friend {
  userID: string; remark: string; groupList: string[]; source: string; wording: string; timeStamp: number;
  profile: Profile
  friendCustomField: Custom[]
}

export interface FriendApplication extends Person {
  time: number; source: string; wording: string; type: string
}

export interface FriendGroup {
  name: string; userIDList: string[]; count: number
}

export interface GroupApplication {
  groupID: string; groupName: string; applicant: string; applicantNick: string; userID: string;
  applicationType: number; time: number; note: string; handleAction?: string; handleMessage?: string;
  authentication: number; _applicationID: string
}

export interface UserStatus {
  userID: string; statusType: number; customStatus: string
}

export interface Reaction {
  reactionID: string; totalUserCount: number; partialUserList: Profile[]; reactedByMyself: boolean
}

export interface Failure {
  userID: string; code: number; message?: string
}
