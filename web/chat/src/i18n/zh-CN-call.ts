// Words of calls.

import type { en } from './en-call.ts'

export const zhCN: Record<keyof typeof en, string> = {
  callVoice: '语音通话', callVideo: '视频通话',
  callEnded: '通话结束', callLasted: '{kind} · {time}', callCancelled: '{kind} · 已取消', callMissed: '{kind} · 未接听', callAnswered: '已接听',
  callRefused: '{kind} · 对方已拒绝', callRefusedMine: '{kind} · 已拒绝', callBusy: '{kind} · 对方忙线', callNoAnswer: '{kind} · 无人接听',
  callIncomingVoice: '语音来电', callIncomingVideo: '视频来电', callGroupFrom: '{group} · {who}',
  callAccept: '接听', callReject: '拒绝', callHangUp: '挂断', callMicOff: '关闭麦克风', callMicOn: '打开麦克风',
  callCamOff: '关闭摄像头', callCamOn: '打开摄像头', callCamNext: '切换摄像头', callSmall: '缩小', callLarge: '放大',
  callCalling: '正在呼叫…', callConnecting: '正在连接…', callAgain: '连接中断，正在重试…', callIsCalling: '邀请你通话',
  callMuted: '麦克风已关闭', callYou: '我',
  callOverRefused: '{who} 拒绝了通话', callOverBusy: '{who} 正在通话中', callOverNoAnswer: '{who} 无人接听', callOverGone: '{who} 已挂断',
  callOverElsewhere: '已在其他设备接听', callOverLate: '通话已结束', callOverLost: '连接已中断',
  callNoWay: '无法与 {who} 建立连接：双方的网络不能直接互通。服务器的管理员可以配置 TURN 服务器。',
  callDenied: '浏览器没有使用麦克风或摄像头的权限。请在页面设置中允许后重新呼叫。',
  callNoDevice: '没有可用的麦克风或摄像头。', callDeviceBusy: '麦克风或摄像头正被其他程序使用。',
  callOther: '正在通话中，请先挂断。',
  callWho: '选择通话成员', callWhoHint: '最多三位成员', callWhoNone: '这里还没有其他人。', callGo: '呼叫',
}
