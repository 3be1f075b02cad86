// Groups, members, profiles, friends and the like, as the server has them and as
// applications see them.

import type { Custom, Friend, FriendApplication, Group, GroupApplication, GroupMember, Profile, Reaction, Wire } from '../types.ts'

/** Work and Meeting have their old names at this door. */
const oldNames: Record<string, string> = { Work: 'Private', Meeting: 'ChatRoom' }
const newNames: Record<string, string> = { Private: 'Work', ChatRoom: 'Meeting' }
export const shownType = (type: string): string => oldNames[type] ?? type
export const sentType = (type: string): string => newNames[type] ?? type

export type Picture = (id: string, address?: string) => string

const customs = (list: Wire[] | undefined): Custom[] => (list ?? []).map((c) => ({ key: c.Key, value: c.Value }))

export const pairsOf = (list: Custom[] = []): Wire[] => list.map(({ key, value }) => ({ Key: key, Value: value }))

export function emptyGroup(groupID: string): Group {
  return {
    groupID, name: '', avatar: '', type: '', introduction: '', notification: '', ownerID: '', createTime: 0,
    infoSequence: 0, lastInfoTime: 0, memberCount: 0, memberNum: 0, maxMemberCount: 0, maxMemberNum: 0,
    joinOption: '', inviteOption: '', muteAllMembers: false, groupCustomField: [], isSupportTopic: false,
    nextMessageSeq: 0, lastMessage: { lastTime: 0 },
    selfInfo: { userID: '', role: '', messageRemindType: '', joinTime: 0, nameCard: '', muteTime: 0, readedSequence: 0 },
  }
}

const groupFields: [keyof Group, string][] = [
  ['name', 'Name'], ['introduction', 'Introduction'], ['notification', 'Notification'], ['ownerID', 'Owner_Account'],
  ['createTime', 'CreateTime'], ['infoSequence', 'InfoSeq'], ['lastInfoTime', 'LastInfoTime'],
  ['memberCount', 'MemberNum'], ['memberNum', 'MemberNum'], ['maxMemberCount', 'MaxMemberNum'],
  ['maxMemberNum', 'MaxMemberNum'], ['joinOption', 'ApplyJoinOption'], ['inviteOption', 'InviteJoinOption'],
  ['nextMessageSeq', 'NextMsgSeq'],
]

/** updateGroup takes over what the server says of a group, and leaves the rest. */
export function updateGroup(g: Group, raw: Wire, me: string, picture: Picture): Group {
  for (const [ours, theirs] of groupFields) if (raw[theirs] !== undefined) (g as unknown as Wire)[ours] = raw[theirs]
  if (raw.Type !== undefined) g.type = shownType(raw.Type)
  if (raw.FaceUrl !== undefined || !g.avatar || g.avatar.startsWith('data:')) g.avatar = picture(g.groupID, raw.FaceUrl) // the name may be known only now
  const mute = raw.MuteAllMember ?? raw.ShutUpAllMember
  if (mute !== undefined) g.muteAllMembers = mute === 'On'
  if (raw.SupportTopic !== undefined) g.isSupportTopic = raw.SupportTopic === 1
  if (raw.AppDefinedData) g.groupCustomField = customs(raw.AppDefinedData)
  if (raw.LastMsgTime !== undefined) g.lastMessage = { ...g.lastMessage, lastTime: raw.LastMsgTime }
  const self: Wire | undefined = raw.SelfInfo ?? raw.Self
  if (self) {
    const s = g.selfInfo
    s.userID = me
    s.role = self.Role ?? s.role
    s.messageRemindType = self.MsgFlag ?? s.messageRemindType
    s.joinTime = self.JoinTime ?? s.joinTime
    s.nameCard = self.NameCard ?? ''
    s.muteTime = self.MuteUntil ?? 0
    s.readedSequence = self.MsgSeq ?? s.readedSequence
  }
  return g
}

export function readMember(raw: Wire, known: { userPicture: Picture; remark(id: string): string }): GroupMember {
  const userID: string = raw.Member_Account
  const friendRemark = known.remark(userID)
  return {
    userID, nick: raw.Nick ?? '', avatar: known.userPicture(userID, raw.FaceUrl), role: raw.Role ?? 'Member',
    joinTime: raw.JoinTime ?? 0, nameCard: raw.NameCard ?? '', muteUntil: raw.MuteUntil ?? raw.ShutUpUntil ?? 0,
    memberCustomField: customs(raw.AppMemberDefinedData), ...(friendRemark && { friendRemark }),
  }
}

export function emptyProfile(userID: string): Profile {
  return {
    userID, nick: '', avatar: '', gender: 'Gender_Type_Unknown', birthday: 0, location: '', selfSignature: '',
    allowType: '', language: 0, messageSettings: 0, adminForbidType: 'AdminForbid_Type_None', level: 0, role: 0,
    lastUpdatedTime: 0, profileCustomField: [],
  }
}

/** The tag of each field of a profile. */
export const profileTags: [keyof Profile, string][] = [
  ['nick', 'Nick'], ['avatar', 'Image'], ['gender', 'Gender'], ['birthday', 'BirthDay'], ['location', 'Location'],
  ['selfSignature', 'SelfSignature'], ['allowType', 'AllowType'], ['language', 'Language'],
  ['messageSettings', 'MsgSettings'], ['adminForbidType', 'AdminForbidType'], ['level', 'Level'], ['role', 'Role'],
]
const fieldOf = new Map(profileTags.map(([field, tag]) => [`Tag_Profile_IM_${tag}`, field]))

/** updateProfile takes over the items of a profile; whole: what is not named is unset. */
export function updateProfile(p: Profile, items: Wire[], whole: boolean, picture: Picture): Profile {
  if (whole) Object.assign(p, { ...emptyProfile(p.userID), lastUpdatedTime: p.lastUpdatedTime })
  for (const { Tag: tag, Value: value } of items) {
    const field = fieldOf.get(tag)
    if (field) (p as unknown as Wire)[field] = value
    else if (tag.startsWith('Tag_Profile_Custom_')) p.profileCustomField = withCustom(p.profileCustomField, tag, value)
  }
  p.avatar = picture(p.userID, p.avatar)
  return p
}

const withCustom = (list: Custom[], key: string, value: string) =>
  [...list.filter((c) => c.key !== key), ...(value === '' ? [] : [{ key, value }])]

/** readFriend reads an item of friend.get; profile is the one that the store holds. */
export function readFriend(raw: Wire, profile: Profile): Friend {
  const f: Friend = { userID: raw.To_Account, remark: '', groupList: [], source: '', wording: '', timeStamp: 0, profile, friendCustomField: [] }
  for (const { Tag: tag, Value: value } of (raw.SnsProfileItem ?? []) as Wire[]) {
    if (tag === 'Tag_SNS_IM_Remark') f.remark = value
    else if (tag === 'Tag_SNS_IM_Group') f.groupList = value
    else if (tag === 'Tag_SNS_IM_AddSource') f.source = value
    else if (tag === 'Tag_SNS_IM_AddWording') f.wording = value
    else if (tag === 'Tag_SNS_IM_AddTime') f.timeStamp = value
    else if (tag.startsWith('Tag_SNS_Custom_')) f.friendCustomField.push({ key: tag, value })
  }
  return f
}

export function readApplication(raw: Wire, picture: Picture): FriendApplication {
  return {
    userID: raw.UserID, nick: raw.Nick ?? '', avatar: picture(raw.UserID, raw.FaceUrl), time: raw.Time ?? 0,
    source: raw.Source ?? '', wording: raw.Wording ?? '',
    type: raw.Type === 'out' ? 'Pendency_Type_SendOut' : 'Pendency_Type_ComeIn',
  }
}

export function readGroupApplication(raw: Wire): GroupApplication {
  return {
    groupID: raw.GroupId, groupName: raw.GroupName ?? '', applicant: raw.Applicant_Account,
    applicantNick: raw.Nick ?? '', userID: raw.Invitee ?? '', applicationType: raw.Type, time: raw.Time ?? 0,
    note: raw.ApplyMsg ?? '', authentication: raw.Handled ?? 0, _applicationID: raw.ApplicationId,
  }
}

/** readReaction reads one reaction; mine is known, or what the answer says. */
export function readReaction(raw: Wire, mine: boolean, profile: (p: Wire) => Profile): Reaction {
  return {
    reactionID: raw.ReactionId, totalUserCount: raw.TotalUserCount,
    partialUserList: (raw.Users ?? []).map(profile), reactedByMyself: mine,
  }
}
