// Words of calls.

export const en = {
  callVoice: 'Voice call', callVideo: 'Video call',
  callEnded: 'Call ended', callLasted: '{kind} · {time}', callCancelled: '{kind} · cancelled', callMissed: '{kind} · missed', callAnswered: 'Answered',
  callRefused: '{kind} · declined', callRefusedMine: '{kind} · declined', callBusy: '{kind} · line busy', callNoAnswer: '{kind} · no answer',
  callIncomingVoice: 'Incoming voice call', callIncomingVideo: 'Incoming video call', callGroupFrom: '{who} in {group}',
  callAccept: 'Accept', callReject: 'Decline', callHangUp: 'Hang up', callMicOff: 'Turn microphone off', callMicOn: 'Turn microphone on',
  callCamOff: 'Turn camera off', callCamOn: 'Turn camera on', callCamNext: 'Other camera', callSmall: 'Make small', callLarge: 'Make large',
  callCalling: 'Calling…', callConnecting: 'Connecting…', callAgain: 'Connection lost, trying again…', callIsCalling: 'is calling you',
  callMuted: 'Microphone is off', callYou: 'You',
  callOverRefused: '{who} has declined', callOverBusy: '{who} is in another call', callOverNoAnswer: '{who} does not answer', callOverGone: '{who} has hung up',
  callOverElsewhere: 'Answered on another device', callOverLate: 'The call is over already', callOverLost: 'The connection was lost',
  callNoWay: 'No way to {who} was found. The two networks do not let you reach each other directly; the operator of this server can set up a TURN server.',
  callDenied: 'The browser was not allowed to use the microphone or the camera. Allow it in the settings of this page, and call again.',
  callNoDevice: 'There is no microphone, or no camera, that could be used.', callDeviceBusy: 'Another program is using the microphone or the camera.',
  callOther: 'A call is under way already. Hang up first.',
  callWho: 'Whom do you call?', callWhoHint: 'Up to three members', callWhoNone: 'There is nobody else here yet.', callGo: 'Call',
}
