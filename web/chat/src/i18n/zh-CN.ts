import type { en } from './en.ts'
import { zhCN as call } from './zh-CN-call.ts'

export const zhCN: Record<keyof typeof en, string> = {
  ...call,
  appName: '茶馆',
  close: '关闭', cancel: '取消', ok: '确定', save: '保存', remove: '删除', back: '返回', more: '更多', retry: '重试', copy: '复制', copied: '已复制', send: '发送', search: '搜索', loading: '加载中', select: '选择', done: '完成',
  today: '今天', yesterday: '昨天',

  loginTitle: '欢迎来到茶馆',
  loginText: '请填写应用编号、用户名和你拿到的票据（UserSig）。',
  loginApp: '应用（SDKAppID）', loginUser: '用户（UserID）', loginSig: '票据（UserSig）',
  loginSigHint: '仅保留到关闭此标签页为止。',
  loginGo: '登录', loginGoing: '正在登录…',
  loginAppWrong: '应用编号是一个整数，例如 1400000001。',
  kickedOther: '你已在别处登录', kickedOtherText: '该用户在另一台设备上登录了，同一时间只允许一处登录。',
  kickedAdmin: '你已被登出', kickedAdminText: '管理员结束了此次登录。',
  kickedExpired: '票据已过期', kickedExpiredText: '请获取新的票据后重新登录。',
  logInAgain: '重新登录',
  netLost: '连接已断开，正在重试…', netConnecting: '正在连接…', netBack: '已重新连接',

  navChats: '消息', navContacts: '通讯录', navSearch: '搜索', navMe: '我', navSettings: '设置', nav: '主导航',
  skipToText: '跳到会话',

  convList: '会话列表', convFilter: '筛选会话', convNew: '新建', convNewChat: '发起聊天', convNewGroup: '新建群组', convJoinGroup: '加入群组',
  convNone: '还没有会话', convNoneText: '从通讯录中找人，或直接输入用户名开始聊天。',
  convNoMatch: '没有结果', convNoMatchText: '没有名称包含“{text}”的会话。',
  convPick: '你的会话', convPickText: '在左侧选择一个会话，或发起新的聊天。',
  convStart: '发起聊天', convStartUser: '用户（UserID）', convStartGo: '打开',
  convUnread: '{n} 条未读消息', convPinned: '已置顶', convMuted: '免打扰', convMarkedUnread: '标为未读',
  pin: '置顶', unpin: '取消置顶', mute: '免打扰', unmute: '取消免打扰', markRead: '标为已读', markUnread: '标为未读', deleteConv: '删除会话', clearConv: '清空聊天记录',
  deleteConvTitle: '删除此会话？', deleteConvText: '消息将从你的所有设备上消失，其他人不受影响。',
  atMe: '[有人@我]', atAll: '[@所有人]', draft: '草稿：', you: '你', online: '在线', offline: '离线', typing: '正在输入…',
  members: '{n} 名成员',
  details: '详情', call: '通话', voiceCall: '语音通话', videoCall: '视频通话',

  prevImage: '[图片]', prevSound: '[语音]', prevVideo: '[视频]', prevFile: '[文件] {name}', prevFace: '[表情]', prevLocation: '[位置] {name}',
  prevCustom: '[消息]', prevMerged: '[聊天记录] {title}', prevRecalled: '{who}撤回了一条消息', prevRecalledMine: '你撤回了一条消息', prevNone: '还没有消息',

  messages: '消息', loadingOlder: '正在加载更早的消息', begin: '这是会话的开头', saidNothing: '打个招呼吧', saidNothingText: '这里还没有消息。',
  newBelow: '{n} 条新消息', toBottom: '回到最新消息', unreadLine: '以下为新消息', jumpUnread: '{n} 条未读', jumpMention: '有人@你',
  backToNow: '回到最新',
  sending: '发送中', sent: '已发送', read: '已读', failed: '发送失败', sendAgain: '重新发送', readBy: '{n}/{all} 人已读', readByAll: '全部已读',
  readers: '已读', unreaders: '未读', edited: '已编辑', pinnedMark: '已置顶',
  reply: '回复', forward: '转发', forwardTitle: '转发给', forwardDone: '已转发', edit: '编辑', recall: '撤回', react: '回应', deleteMsg: '删除', selectMsg: '多选', pinMsg: '在群内置顶', unpinMsg: '取消置顶',
  deleteMsgTitle: '删除 {n} 条消息？', deleteMsgText: '仅对你删除，其他人仍可看到。',
  recalledMine: '你撤回了一条消息', recalledBy: '{who}撤回了一条消息', editAgain: '重新编辑',
  selectedCount: '已选 {n} 条', forwardEach: '逐条转发', forwardMerged: '合并转发', tooManySelected: '一次最多 {n} 条消息',
  mergedOfGroup: '群聊的聊天记录', mergedOfTwo: '{a}和{b}的聊天记录', mergedOpen: '打开聊天记录', mergedCount: '{n} 条消息',
  quoteGone: '该消息已不存在', quoted: '回复 {who}', jumpTo: '定位到消息',
  reactionOf: '{emoji}，{n} 个回应', reactedBy: '回应', addReaction: '添加回应',
  viewer: '图片', zoomIn: '放大', zoomOut: '缩小', previous: '上一张', next: '下一张', download: '下载', openPicture: '{who}发的图片', playVideo: '播放视频，{time}', playVoice: '播放语音，{time}', pauseVoice: '暂停',
  fileOpen: '文件 {name}，{size}', place: '位置', openMap: '坐标 {lat}，{lon}', customMsg: '来自其他应用的消息', unknownMsg: '此处无法显示该消息', face: '表情 {n}', uploading: '上传中 {n}%', brokenPicture: '图片无法加载',
  from: '{who}，{time}',

  write: '输入消息', writeTo: '发消息给{name}', emoji: '表情', attach: '附件', attachPicture: '图片或视频', attachFile: '文件', attachPlace: '位置', recordVoice: '录制语音', recording: '正在录音，{time}', recordStop: '发送录音', recordCancel: '放弃', recordDenied: '无法使用麦克风，请在浏览器设置中允许。', placeDenied: '无法获取位置，请在浏览器设置中允许。', recordShort: '录音时间太短',
  quoteBar: '回复 {who}', editBar: '编辑消息', tooLong: '超出 {n} 个字符', dropHere: '松开即可发送', mention: '提及', mentionAll: '所有人', mutedHere: '你在此处被禁言 {time}', mutedAll: '本群已全员禁言', notMember: '你已不在此群', sendFile: '发送 {n} 个文件？', emptyEdit: '没有内容可发送',
  emojiSmileys: '表情', emojiHands: '手势', emojiThings: '物品', emojiHearts: '爱心',

  tipJoined: '{who}加入了群聊', tipInvited: '{by}邀请{who}加入', tipLeft: '{who}离开了群聊', tipKicked: '{by}将{who}移出了群聊', tipAdmin: '{who}成为管理员', tipNotAdmin: '{who}不再是管理员', tipName: '{by}将群名改为“{name}”', tipAvatar: '{by}更换了群头像', tipNotice: '{by}更新了群公告：{text}', tipIntro: '{by}更新了群简介', tipOwner: '{who}成为群主', tipMuteAll: '{by}开启了全员禁言', tipUnmuteAll: '{by}解除了全员禁言', tipJoinOption: '{by}修改了加群方式', tipChanged: '{by}修改了群资料', tipMuted: '{by}将{who}禁言 {time}', tipUnmuted: '{by}解除了{who}的禁言', tipMember: '{who}的资料已变更', tipOthers: '{who}等 {n} 人',

  errNotLoggedIn: '尚未登录', errTimeout: '服务器未及时响应', errImageType: '不支持该图片类型', errImageSize: '图片不能超过 28 MB', errAudioSize: '录音不能超过 28 MB', errVideoSize: '视频不能超过 100 MB', errVideoType: '只能发送 MP4 或 MOV 视频', errFileEmpty: '文件为空', errFileSize: '文件不能超过 100 MB', errConflict: '内容已被他人修改', errNetwork: '无法连接服务器', errNotOffered: '此服务器不提供该功能', errNoRight: '你没有权限', errNoUser: '用户不存在', errNoGroup: '群组不存在', errMuted: '你已被禁言', errRefusedByApp: '应用拒绝了该操作', errBlocked: '你被拉黑或已拉黑对方', errNotFriends: '需要先成为好友', errRecallLate: '已超过可撤回的时间', errGone: '该消息已不存在', errTicketExpired: '票据已过期', errTicketWrong: '票据无效', errTicketUser: '票据属于另一个用户', errTicketApp: '票据属于另一个应用', errNoApp: '此服务器上没有该应用', errWords: '消息包含不允许的词语', errTooLong: '消息太长', errTooOften: '操作太频繁，请稍候', errOther: '{message}（{code}）',
}
