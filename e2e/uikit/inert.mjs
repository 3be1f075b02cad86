// What stands for the room engine and the room kit, which belong to their maker's media
// servers: the kits import these names, and whatever is asked of them does nothing.

const nothing = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : nothing),
  set: () => true,
  apply: () => nothing,
  construct: () => nothing,
})

export default nothing

// of @tencentcloud/tuiroom-engine-js
export const {
  TRTCCloud, TRTCMediaMixingEvent, TRTCMediaSourceType, TRTCVideoFillMode, TRTCVideoMirrorType, TRTCVideoResolution, TRTCVideoResolutionMode,
  TRTCVideoRotation, TRTCVideoStreamType, TUIAudioRoute, TUIBattleCode, TUIBattleStoppedReason, TUIConferenceCancelReason,
  TUIConferenceInvitationManagerEvents, TUIConferenceListManagerEvents, TUIConferenceStatus, TUIConnectionCode, TUIDeviceStatus, TUIErrorCode,
  TUIInvitationCode, TUIInvitationRejectedReason, TUIInvitationStatus, TUIKickedOutOfRoomReason, TUILiveBattleManagerEvents,
  TUILiveConnectionManagerEvents, TUILiveGiftManagerEvents, TUILiveLayoutManagerEvents, TUILiveListManagerEvents, TUILiveModifyFlag, TUIMediaDevice,
  TUIMediaDeviceState, TUIMediaDeviceType, TUIMoveSeatPolicy, TUINetworkQuality, TUIRequestAction, TUIRequestCallbackType, TUIResolutionMode, TUIRole,
  TUIRoomDeviceMangerEvents, TUIRoomDismissedReason, TUIRoomEvents, TUIRoomType, TUISeatMode, TUIVideoQuality, TUIVideoStreamType
} = nothing

// of @tencentcloud/roomkit-web-vue3
export const { ConferenceMainView, ConferenceMainViewH5, conference, useRoomInvitation, useRoomInvitationH5 } = nothing
