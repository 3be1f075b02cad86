import type { en } from './en-panels.ts'

export const zhCN: Record<keyof typeof en, string> = {
  saved: '已保存', none: '无', all: '全部', add: '添加', create: '创建', onward: '下一步', rename: '重命名', accept: '同意', refuse: '拒绝', accepted: '已同意', refused: '已拒绝', withdraw: '撤回', about: '资料',

  profile: '个人资料', myProfile: '我的资料', userID: '用户（UserID）', nick: '昵称', remark: '备注', remarkLabel: '备注名', gender: '性别', genderFemale: '女', genderMale: '男', genderUnsaid: '未填写', location: '所在地', signature: '个性签名',
  allowType: '谁可以加我为好友', allowAny: '所有人', allowAsk: '需要我同意', allowNobody: '不允许任何人', customStatus: '状态', customStatusHint: '简短的几个字，登出后清除', changePicture: '更换头像',
  sayHello: '发消息', addFriend: '添加好友', addFriendHello: '我是{name}', addFriendWording: '验证信息', friendAsked: '申请已发送', friendAdded: '已成为好友',
  block: '加入黑名单', unblock: '移出黑名单', blockTitle: '将{name}加入黑名单？', blockText: '对方将无法给你发消息，也不再是你的好友。', deleteFriend: '删除好友', deleteFriendTitle: '删除好友{name}？', deleteFriendText: '你也会从对方的好友列表中消失，会话会保留。',
  friendGroups: '好友分组', friendGroupNew: '新建好友分组', friendGroupName: '分组名称', friendGroupChange: '管理{name}', friendGroupRemove: '删除分组{name}？', friendGroupRemoveText: '其中的好友不会被删除。', addMembers: '添加好友',

  friends: '好友', groups: '群组', requests: '申请', blockedTab: '黑名单', people: '用户', friendsFilter: '筛选好友', friendsNone: '还没有好友', friendsNoneText: '点击上方加号添加好友，对方会立即收到申请。',
  groupsNone: '还没有群组', groupsNoneText: '创建一个群组，或通过群号加入。', blockedNone: '黑名单为空', blockedNoneText: '被加入黑名单的人无法给你发消息。', requestsNone: '没有申请', requestsNoneText: '好友申请和入群申请会显示在这里。',
  requestsSent: '我发出的', notices: '群通知', waitsForAnswer: '等待对方处理', wantsFriend: '请求添加你为好友', wantsToJoin: '申请加入{group}', wantsToInvite: '{who}想邀请{name}加入{group}', invitesYou: '{who}邀请你加入{group}',
  contactPick: '你的通讯录', contactPickText: '在左侧选择一个人查看资料。',
  chosen: '已选', unchoose: '取消选择{name}', pickSearch: '昵称或 UserID', pickNobody: '输入完整的 UserID 可查找不在列表中的人。', pickHint: '输入 UserID 查找用户。',

  groupWho: '选择成员', groupName: '群名称', groupType: '类型', groupIDOwn: '群号（可选）', groupIDHint: '他人通过群号找到该群；留空则由服务器生成。', tooLongName: '名称太长',
  typeWork: '工作群', typeWorkText: '适合好友和同事，成员可邀请他人，不能自行加入。', typePublic: '公开群', typePublicText: '可通过群号找到，由群主或管理员审批。', typeMeeting: '会议群', typeMeetingText: '自由进出，可查看入群前的消息。', typeCommunity: '社群', typeCommunityText: '人数众多，任何人可加入，成员可邀请。', typeLive: '直播群', typeLiveText: '观众人数不限，不保留消息。',
  joinSearch: '群号或群名称', joinHow: '查找群组', joinHowText: '输入群号或群名称的一部分。', joinNoGroup: '没有可加入的群组。', joinGo: '加入', joinAskGo: '申请加入', joinAsked: '申请已发送', joinWords: '申请理由', joinAskHint: '需要群主或管理员同意。',
  joinOption: '加群方式', joinFree: '自由加入', joinAsk: '需要审批', joinNever: '禁止加入', inviteOption: '邀请方式', inviteFree: '所有成员可邀请', inviteAsk: '邀请需审批', inviteNever: '禁止邀请',
  roleOwner: '群主', roleAdmin: '管理员', groupID: '群号', groupOwner: '群主', created: '创建时间', notification: '群公告', introduction: '群简介', copyID: '复制群号', invite: '邀请', invited: '已邀请', inviteFailed: '{n} 人邀请失败',
  convSettings: '会话设置', pinTop: '置顶会话', muteNews: '消息免打扰', muteNewsHint: '新消息不提示、不响铃', searchHere: '搜索聊天内容', clearTitle: '清空聊天记录？',
  meHere: '我在本群', nameCard: '群昵称', nameCardHint: '你在本群的昵称', nameCardOf: '{name}在本群的昵称', leading: '群管理', muteAll: '全员禁言', muteAllHint: '仅群主和管理员可以发言', groupRequests: '入群申请',
  notMemberText: '你仍可查看在群期间的消息。', membersAll: '全部成员', membersFilter: '查找成员', mutedNow: '已禁言', memberActs: '管理{name}', makeAdmin: '设为管理员', takeAdmin: '取消管理员', muteMember: '禁言', unmuteMember: '解除禁言', muteFor: '禁言时长', kick: '移出群聊', kickTitle: '移出{name}？', kickText: '对方将无法再看到这里的消息。',
  transfer: '转让群主', transferTitle: '将群主转让给{name}？', transferText: '你将成为普通成员，只有新群主可以撤销。', quitGroup: '退出群聊', quitTitle: '退出{name}？', quitText: '你将无法再看到其中的消息。', dismissGroup: '解散群组', dismissTitle: '解散{name}？', dismissText: '群组将对所有成员关闭，且无法恢复。',
  noticeApplied: '{who}申请加入{group}', noticeAccepted: '你已加入{group}', noticeRefused: '你加入{group}的申请被拒绝', noticeRemoved: '你被移出{group}', noticeDismissed: '{group}已解散', noticeCreated: '{group}已创建', noticeInvited: '{who}将你加入{group}', noticeLeft: '你已退出{group}', noticeAdmin: '你已成为{group}的管理员', noticeNotAdmin: '你不再是{group}的管理员', noticeInvitation: '{who}邀请你加入{group}', noticeInviteAccepted: '加入{group}的邀请已被接受', noticeInviteRefused: '加入{group}的邀请已被拒绝', noticeOther: '{group}的通知',

  searchFor: '搜索', searchKind: '搜索范围', searchIn: '在{name}中搜索', searchOff: '搜索未开启', searchOffText: '此服务器未建立消息索引。', searchStart: '搜索全部内容', searchStartText: '消息内容、用户和群组名称。', searchNothing: '没有包含“{text}”的内容。', searchCount: '{n} 条消息',

  look: '外观', theme: '颜色', themeSystem: '跟随系统', themeLight: '浅色', themeDark: '深色', language: '语言', news: '通知', noticesShow: '显示通知', noticesHint: '当你没有查看此页面时', noticesCannot: '此浏览器不支持', noticesDenied: '浏览器未允许，请在浏览器设置中更改。', sound: '提示音', soundHint: '收到新消息时播放',
  writing: '输入', enterSends: 'Enter 发送', enterSendsHint: '关闭后：Ctrl+Enter 发送，Enter 换行', devices: '已登录的设备', deviceThis: '本机', deviceSince: '{time} 登录，来自 {ip}', logout: '退出登录', logoutTitle: '退出登录？', logoutText: '再次登录需要票据。',
}
