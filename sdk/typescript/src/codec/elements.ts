// Elements of a message body and the payloads that applications see of them.

import type { Message, Person, TipPerson, Wire } from '../types.ts'

export const CONV_SYSTEM = '@TIM#SYSTEM'

/** What a list shows of a message that is no text; the kits translate exactly these. */
const words: Record<string, string> = {
  TIMImageElem: '[图片]', TIMSoundElem: '[语音]', TIMVideoFileElem: '[视频]', TIMFileElem: '[文件]', TIMFaceElem: '[表情]',
  TIMLocationElem: '[位置]', TIMCustomElem: '[自定义消息]', TIMRelayElem: '[聊天记录]', TIMGroupTipElem: '[群提示消息]',
}

export function wordsFor(type: string, payload: any): string {
  return type === 'TIMTextElem' ? payload.text : (words[type] ?? '')
}

const text = (v: unknown): string => (v === undefined || v === null ? '' : String(v))
const number = (v: unknown): number => Number(v) || 0

type Read = (content: Wire, url: (address: string) => string, entry: (raw: Wire) => object) => Wire
type Write = (payload: any) => Wire

const elements: Record<string, { read: Read; write: Write }> = {
  TIMTextElem: { read: (c) => ({ text: text(c.Text) }), write: (p) => ({ Text: p.text }) },
  TIMFaceElem: {
    read: (c) => ({ index: number(c.Index), data: text(c.Data) }),
    write: (p) => ({ Index: number(p.index), Data: text(p.data) }),
  },
  TIMCustomElem: {
    read: (c) => ({ data: text(c.Data), description: text(c.Desc), extension: text(c.Ext) }),
    write: (p) => ({ Data: text(p.data), Desc: text(p.description), Ext: text(p.extension) }),
  },
  TIMLocationElem: {
    read: (c) => ({ description: text(c.Desc), longitude: number(c.Longitude), latitude: number(c.Latitude) }),
    write: (p) => ({ Desc: text(p.description), Longitude: number(p.longitude), Latitude: number(p.latitude) }),
  },
  TIMImageElem: { read: readImage, write: writeImage },
  TIMSoundElem: {
    read: (c, url) => ({ uuid: text(c.UUID), url: url(text(c.Url)), remoteAudioUrl: url(text(c.Url)), size: number(c.Size), second: number(c.Second) }),
    write: (p) => ({ UUID: p.uuid, Url: p.url, Size: p.size, Second: p.second, Download_Flag: 2 }),
  },
  TIMVideoFileElem: { read: readVideo, write: writeVideo },
  TIMFileElem: {
    read: (c, url) => ({ uuid: text(c.UUID), fileName: text(c.FileName), fileSize: number(c.FileSize), fileUrl: url(text(c.Url)) }),
    write: (p) => ({ UUID: p.uuid, FileName: p.fileName, FileSize: p.fileSize, Url: p.fileUrl, Download_Flag: 2 }),
  },
  TIMRelayElem: { read: readMerged, write: writeMerged },
}

function readImage(c: Wire, url: (address: string) => string): Wire {
  const sizes: Wire[] = c.ImageInfoArray ?? []
  const original = sizes.find((one) => one.Type === 1) ?? sizes[0] ?? {}
  const imageInfoArray = [1, 2, 3].map((n, type) => {
    const one = sizes.find((s) => s.Type === n && s.URL) ?? original
    const address = url(text(one.URL))
    return { type, size: number(one.Size), width: number(one.Width), height: number(one.Height), url: address, imageUrl: address }
  })
  return { uuid: text(c.UUID), imageFormat: number(c.ImageFormat), imageInfoArray }
}

function writeImage(p: any): Wire {
  const ImageInfoArray = p.imageInfoArray.map((one: any, i: number) => ({
    Type: i + 1, Size: one.size, Width: one.width, Height: one.height, URL: one.imageUrl ?? one.url,
  }))
  return { UUID: p.uuid, ImageFormat: p.imageFormat, ImageInfoArray }
}

function readVideo(c: Wire, url: (address: string) => string): Wire {
  const snapshot = url(text(c.ThumbUrl))
  const video = url(text(c.VideoUrl))
  return {
    videoUUID: text(c.VideoUUID), videoUrl: video, remoteVideoUrl: video, videoSize: number(c.VideoSize),
    videoSecond: number(c.VideoSecond), videoFormat: text(c.VideoFormat), snapshotUUID: text(c.ThumbUUID),
    snapshotUrl: snapshot, thumbUrl: snapshot, snapshotSize: number(c.ThumbSize), snapshotWidth: number(c.ThumbWidth),
    snapshotHeight: number(c.ThumbHeight),
  }
}

function writeVideo(p: any): Wire {
  return {
    VideoUUID: p.videoUUID, VideoUrl: p.videoUrl, VideoSize: p.videoSize, VideoSecond: p.videoSecond,
    VideoFormat: p.videoFormat, VideoDownloadFlag: 2, ThumbUUID: p.snapshotUUID, ThumbUrl: p.snapshotUrl,
    ThumbSize: p.snapshotSize, ThumbWidth: p.snapshotWidth, ThumbHeight: p.snapshotHeight, ThumbFormat: 'JPG',
    ThumbDownloadFlag: 2,
  }
}

function readMerged(c: Wire, _: unknown, entry: (raw: Wire) => object): Wire {
  return {
    title: text(c.Title), abstractList: c.AbstractList ?? [], compatibleText: text(c.CompatibleText), version: 1,
    layersOverLimit: false, downloadKey: text(c.JsonMsgKey), messageList: (c.MsgList ?? []).map(entry),
  }
}

function writeMerged(p: any): Wire {
  const list: Wire[] = (p.messageList ?? []).map((m: any) => ({
    From_Account: m.from, MsgSeq: m.sequence ?? 0, MsgRandom: m.random ?? 0, MsgTimeStamp: m.time, MsgBody: bodyOf(m),
    ...(m.cloudCustomData && { CloudCustomData: m.cloudCustomData }), ...destination(m),
  }))
  const common = { Title: p.title, AbstractList: p.abstractList ?? [], CompatibleText: p.compatibleText }
  if (list.length === 0) return { ...common, MsgNum: 0, JsonMsgKey: p.downloadKey }
  return { ...common, MsgNum: list.length, MsgList: list }
}

function destination(m: Message): Wire {
  if (m.conversationType === 'GROUP') return { GroupId: m.to }
  return m.to ? { To_Account: m.to } : {}
}

/** bodyOf writes the MsgBody of a message, or of an entry of a merged one. */
export function bodyOf(m: { type: string; payload: any; messageBody?: { type: string; payload: any }[] }): Wire[] {
  const parts = m.messageBody?.length ? m.messageBody : [m]
  return parts.map((one) => ({ MsgType: one.type, MsgContent: elements[one.type]?.write(one.payload) ?? one.payload }))
}

/** readElement gives the payload of one element. */
export function readElement(element: Wire, url: (address: string) => string, entry: (raw: Wire) => object): Wire {
  const content = element.MsgContent ?? {}
  return elements[element.MsgType]?.read(content, url, entry) ?? { ...content }
}

/** What of a tip is shown as which operation; 9 (a topic), 10 and 11 (pins) are no messages. */
const operations: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7 }

export const person = (p: Wire | undefined): Person => ({ userID: text(p?.UserID), nick: text(p?.Nick), avatar: text(p?.FaceUrl) })

/** readTip gives the payload of a tip; null: it is not shown. */
export function readTip(c: Wire, group: { groupID: string; name: string }): Wire | null {
  const operationType = operations[c.OpType]
  if (!operationType) return null
  const members: Wire[] = c.MemberList ?? []
  const memberList = members.map((m): TipPerson => ({
    ...person(m), nameCard: text(m.NameCard), role: c.OpType === 2 ? 0 : text(m.Role),
    ...(c.OpType === 8 && { muteTime: number(m.MuteTime) }),
  }))
  const operator: Wire = (c.OpType === 3 ? members[0] : undefined) ?? c.Operator ?? members[0] ?? {}
  const newGroupProfile = readChange(c.NewGroupInfo ?? {})
  if (newGroupProfile.ownerID && memberList.length === 0) {
    memberList.push({ userID: newGroupProfile.ownerID as string, nick: '', avatar: '', nameCard: '', role: 'Owner' })
  }
  return {
    operationType, operatorID: text(operator.UserID), operatorInfo: person(operator), memberList, newGroupProfile,
    userIDList: memberList.map((m) => m.userID), groupProfile: group, memberCount: number(c.MemberNum),
  }
}

/** readChange keeps what a group has changed, what is shown first in front. */
function readChange(c: Wire): Wire {
  const names: [string, string][] = [
    ['Name', 'groupName'], ['FaceUrl', 'avatar'], ['Notification', 'notification'], ['Introduction', 'introduction'],
    ['Owner_Account', 'ownerID'], ['ShutUpAllMember', 'muteAllMembers'], ['ApplyJoinOption', 'joinOption'],
    ['InviteJoinOption', 'inviteOption'],
  ]
  const changed: Wire = {}
  for (const [from, to] of names) if (c[from] !== undefined) changed[to] = from === 'ShutUpAllMember' ? c[from] === 'On' : c[from]
  return changed
}
