import { en as call } from './en-call.ts'

export const en = {
  ...call,
  appName: 'Teahouse',
  close: 'Close', cancel: 'Cancel', ok: 'OK', save: 'Save', remove: 'Delete', back: 'Back', more: 'More', retry: 'Try again', copy: 'Copy', copied: 'Copied', send: 'Send', search: 'Search', loading: 'Loading', select: 'Select', done: 'Done',
  today: 'Today', yesterday: 'Yesterday',

  loginTitle: 'Welcome to Teahouse',
  loginText: 'Log in with the app number, your user name and the ticket (UserSig) that you were given.',
  loginApp: 'App (SDKAppID)', loginUser: 'User (UserID)', loginSig: 'Ticket (UserSig)',
  loginSigHint: 'Kept only until this tab is closed.',
  loginGo: 'Log in', loginGoing: 'Logging in…',
  loginAppWrong: 'The app number is a whole number, as 1400000001.',
  kickedOther: 'You have logged in somewhere else', kickedOtherText: 'This user has logged in on another device, and only one may be there at a time.',
  kickedAdmin: 'You were logged out', kickedAdminText: 'An administrator has ended this login.',
  kickedExpired: 'Your ticket has expired', kickedExpiredText: 'Ask for a new one, and log in again.',
  logInAgain: 'Log in again',
  netLost: 'No connection. Trying again…', netConnecting: 'Connecting…', netBack: 'Connected again',

  navChats: 'Chats', navContacts: 'Contacts', navSearch: 'Search', navMe: 'Me', navSettings: 'Settings', nav: 'Main',
  skipToText: 'Skip to the conversation',

  convList: 'Conversations', convFilter: 'Filter conversations', convNew: 'New', convNewChat: 'New chat', convNewGroup: 'New group', convJoinGroup: 'Join a group',
  convNone: 'No conversations yet', convNoneText: 'Find somebody in your contacts, or start with a user name.',
  convNoMatch: 'Nothing found', convNoMatchText: 'No conversation has “{text}” in its name.',
  convPick: 'Your conversations', convPickText: 'Choose one on the left, or start a new one.',
  convStart: 'Start a chat', convStartUser: 'User (UserID)', convStartGo: 'Open',
  convUnread: '{n} unread message|{n} unread messages',
  convPinned: 'Pinned', convMuted: 'Muted', convMarkedUnread: 'Marked as unread',
  pin: 'Pin', unpin: 'Unpin', mute: 'Mute', unmute: 'Unmute', markRead: 'Mark as read', markUnread: 'Mark as unread', deleteConv: 'Delete conversation', clearConv: 'Clear history',
  deleteConvTitle: 'Delete this conversation?', deleteConvText: 'Its messages disappear from all of your devices. Others keep theirs.',
  atMe: '[@you]', atAll: '[@all]', draft: 'Draft:', you: 'You', online: 'Online', offline: 'Offline', typing: 'typing…',
  members: '{n} member|{n} members',
  details: 'Details', call: 'Call', voiceCall: 'Voice call', videoCall: 'Video call',

  prevImage: '[Picture]', prevSound: '[Voice]', prevVideo: '[Video]', prevFile: '[File] {name}', prevFace: '[Sticker]', prevLocation: '[Place] {name}',
  prevCustom: '[Message]', prevMerged: '[Chat record] {title}', prevRecalled: '{who} recalled a message', prevRecalledMine: 'You recalled a message', prevNone: 'No messages yet',

  messages: 'Messages', loadingOlder: 'Loading older messages', begin: 'This is the beginning of the conversation', saidNothing: 'Say hello', saidNothingText: 'Nothing has been said here yet.',
  newBelow: '{n} new message|{n} new messages', toBottom: 'To the newest message', unreadLine: 'New messages', jumpUnread: '{n} unread|{n} unread', jumpMention: 'You were mentioned',
  backToNow: 'Back to the newest',
  sending: 'Sending', sent: 'Sent', read: 'Read', failed: 'Not sent', sendAgain: 'Send again', readBy: 'Read by {n} of {all}', readByAll: 'Read by all',
  readers: 'Read by', unreaders: 'Not read yet', edited: 'edited', pinnedMark: 'Pinned',
  reply: 'Reply', forward: 'Forward', forwardTitle: 'Forward to', forwardDone: 'Forwarded', edit: 'Edit', recall: 'Recall', react: 'React', deleteMsg: 'Delete', selectMsg: 'Select', pinMsg: 'Pin to the group', unpinMsg: 'Unpin',
  deleteMsgTitle: 'Delete {n} message?|Delete {n} messages?', deleteMsgText: 'Only for you. Others keep seeing them.',
  recalledMine: 'You recalled a message', recalledBy: '{who} recalled a message', editAgain: 'Edit again',
  selectedCount: '{n} selected', forwardEach: 'Forward one by one', forwardMerged: 'Forward as a record', tooManySelected: 'At most {n} messages at once',
  mergedOfGroup: 'Chat record of the group', mergedOfTwo: 'Chat record of {a} and {b}', mergedOpen: 'Open chat record', mergedCount: '{n} message|{n} messages',
  quoteGone: 'The message is not there any more', quoted: 'Reply to {who}', jumpTo: 'Show the message',
  reactionOf: '{emoji}, {n} reaction|{emoji}, {n} reactions', reactedBy: 'Reactions', addReaction: 'Add a reaction',
  viewer: 'Picture', zoomIn: 'Zoom in', zoomOut: 'Zoom out', previous: 'Previous', next: 'Next', download: 'Download', openPicture: 'Picture from {who}', playVideo: 'Play video, {time}', playVoice: 'Play voice message, {time}', pauseVoice: 'Pause',
  fileOpen: 'File {name}, {size}', place: 'Place', openMap: 'Coordinates {lat}, {lon}', customMsg: 'A message of another application', unknownMsg: 'This message cannot be shown here', face: 'Sticker {n}', uploading: 'Uploading {n} %', brokenPicture: 'The picture cannot be loaded',
  from: '{who} at {time}',

  write: 'Write a message', writeTo: 'Message to {name}', emoji: 'Emoji', attach: 'Attach', attachPicture: 'Picture or video', attachFile: 'File', attachPlace: 'Place', recordVoice: 'Record a voice message', recording: 'Recording, {time}', recordStop: 'Send the recording', recordCancel: 'Discard', recordDenied: 'The microphone cannot be used. Allow it in the settings of the browser.', placeDenied: 'Where you are is not known. Allow it in the settings of the browser.', recordShort: 'The recording is too short',
  quoteBar: 'Reply to {who}', editBar: 'Edit the message', tooLong: '{n} character too many|{n} characters too many', dropHere: 'Drop to send', mention: 'Mention', mentionAll: 'Everybody', mutedHere: 'You are muted here for {time}', mutedAll: 'Everybody in this group is muted', notMember: 'You are not in this group any more', sendFile: 'Send {n} file?|Send {n} files?', emptyEdit: 'Nothing to send',
  emojiSmileys: 'Faces', emojiHands: 'Hands', emojiThings: 'Things', emojiHearts: 'Hearts',

  tipJoined: '{who} joined', tipInvited: '{by} invited {who}', tipLeft: '{who} left', tipKicked: '{by} removed {who}', tipAdmin: '{who} is an administrator now', tipNotAdmin: '{who} is no administrator any more', tipName: '{by} named the group “{name}”', tipAvatar: '{by} changed the picture of the group', tipNotice: '{by} changed the notice: {text}', tipIntro: '{by} changed the description', tipOwner: '{who} owns the group now', tipMuteAll: '{by} muted everybody', tipUnmuteAll: '{by} lifted the mute of everybody', tipJoinOption: '{by} changed how one can join', tipChanged: '{by} changed the group', tipMuted: '{by} muted {who} for {time}', tipUnmuted: '{by} lifted the mute of {who}', tipMember: '{who} was changed', tipOthers: '{who} and {n} more',

  errNotLoggedIn: 'You are not logged in', errTimeout: 'The server has not answered in time', errImageType: 'This is not a picture of a known type', errImageSize: 'A picture may have at most 28 MB', errAudioSize: 'A recording may have at most 28 MB', errVideoSize: 'A video may have at most 100 MB', errVideoType: 'Only MP4 and MOV videos can be sent', errFileEmpty: 'The file is empty', errFileSize: 'A file may have at most 100 MB', errConflict: 'Somebody else has changed it meanwhile', errNetwork: 'The server cannot be reached', errNotOffered: 'This server does not offer that', errNoRight: 'You may not do that', errNoUser: 'There is no such user', errNoGroup: 'There is no such group', errMuted: 'You are muted', errRefusedByApp: 'The app has refused it', errBlocked: 'You are blocked, or have blocked them', errNotFriends: 'You have to be friends first', errRecallLate: 'It is too late to recall it', errGone: 'The message is not there any more', errTicketExpired: 'The ticket has expired', errTicketWrong: 'The ticket is not valid', errTicketUser: 'The ticket belongs to another user', errTicketApp: 'The ticket belongs to another app', errNoApp: 'There is no such app on this server', errWords: 'The message has words that are not allowed here', errTooLong: 'The message is too long', errTooOften: 'That was too often. Wait a moment', errOther: '{message} ({code})',
}
