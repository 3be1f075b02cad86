package chat

import (
	"encoding/json"
	"strings"

	"github.com/teahouse-im/teahouse/trace"
)

// EventKind names a webhook by its CallbackCommand (spec/30 §6).
type EventKind string

// The webhooks this server calls.
const (
	BeforeC2C        EventKind = "C2C.CallbackBeforeSendMsg"
	AfterC2C         EventKind = "C2C.CallbackAfterSendMsg"
	BeforeGroup      EventKind = "Group.CallbackBeforeSendMsg"
	AfterGroup       EventKind = "Group.CallbackAfterSendMsg"
	BeforeCreate     EventKind = "Group.CallbackBeforeCreateGroup"
	BeforeApply      EventKind = "Group.CallbackBeforeApplyJoinGroup"
	BeforeInvite     EventKind = "Group.CallbackBeforeInviteJoinGroup"
	AfterCreateGroup EventKind = "Group.CallbackAfterCreateGroup"
	AfterMemberJoin  EventKind = "Group.CallbackAfterNewMemberJoin"
	AfterMemberExit  EventKind = "Group.CallbackAfterMemberExit"
	AfterDestroy     EventKind = "Group.CallbackAfterGroupDestroyed"
	AfterAttrs       EventKind = "Group.CallbackAfterGroupAttrChanged"
	AfterGroupInfo   EventKind = "Group.CallbackAfterGroupInfoChanged"
	AfterMemberField EventKind = "Group.CallbackAfterMemberFieldChanged"
	AfterGroupOwner  EventKind = "Group.CallbackAfterChangeGroupOwner"
	AfterGroupFull   EventKind = "Group.CallbackAfterGroupFull"
	AfterGroupRecall EventKind = "Group.CallbackAfterRecallMsg"
	AfterC2CRecall   EventKind = "C2C.CallbackAfterMsgWithDraw"
	AfterC2CRead     EventKind = "C2C.CallbackAfterMsgReport"
	AfterReceipt     EventKind = "Group.CallbackAfterReadReceipt"
	SendException    EventKind = "Group.CallbackSendMsgException"
	BeforeTopic      EventKind = "Group.CallbackBeforeCreateTopic"
	AfterTopic       EventKind = "Group.CallbackAfterCreateTopic"
	AfterTopicGone   EventKind = "Group.CallbackAfterTopicDestroyed"
	AfterTopicInfo   EventKind = "Group.CallbackAfterTopicInfoChanged"
	ViewerState      EventKind = "Group.CallbackOnMemberStateChange"
	GroupQuota       EventKind = "Group.CallbackOnDailyGroupQuotaAlarm"
	StateChange      EventKind = "State.StateChange"
	AfterProfile     EventKind = "Profile.CallbackPortraitSet"
	BeforeFriend     EventKind = "Sns.CallbackPrevFriendAdd"
	BeforeAnswer     EventKind = "Sns.CallbackPrevFriendResponse"
	AfterFriend      EventKind = "Sns.CallbackFriendAdd"
	AfterFriendGone  EventKind = "Sns.CallbackFriendDelete"
	AfterBlock       EventKind = "Sns.CallbackBlackListAdd"
	AfterUnblock     EventKind = "Sns.CallbackBlackListDelete"
	AfterFollow      EventKind = "Follow.CallbackAfterFollowAdd"
	AfterUnfollow    EventKind = "Follow.CallbackAfterFollowDelete"
	OfflinePush      EventKind = "Push.OfflinePush"
	AllMemberPush    EventKind = "Push.AllMemberPush"
)

// EventKinds are all of them.
var EventKinds = []EventKind{
	BeforeC2C, AfterC2C, AfterC2CRecall, AfterC2CRead, BeforeGroup, AfterGroup, SendException, AfterGroupRecall, AfterReceipt,
	BeforeCreate, BeforeApply, BeforeInvite, AfterCreateGroup, AfterMemberJoin, AfterMemberExit, AfterDestroy, AfterGroupInfo, AfterMemberField,
	AfterGroupOwner, AfterAttrs, AfterGroupFull, BeforeTopic, AfterTopic, AfterTopicGone, AfterTopicInfo, ViewerState, GroupQuota, StateChange,
	AfterProfile,
	BeforeFriend, BeforeAnswer, AfterFriend, AfterFriendGone, AfterBlock, AfterUnblock, AfterFollow, AfterUnfollow,
	OfflinePush, AllMemberPush,
}

// Asks reports whether the webhook asks before something is done, instead of telling
// afterwards.
func (k EventKind) Asks() bool {
	return strings.Contains(string(k), ".CallbackBefore") || strings.Contains(string(k), ".CallbackPrev")
}

// StatusChange is the Action of State.StateChange when a custom status is set (spec/30
// §6.1).
const StatusChange = "CustomStatusChange"

// Event is something an app's server is to be told after the fact. The store
// keeps it from the commit of its cause until it is delivered. Which fields
// are set depends on Kind; package webhook turns it into a body.
type Event struct {
	ID      string // unique, stable over retries; given by the store
	App     AppID
	Kind    EventKind
	Key     string // events of one key are delivered in order
	Time    int64  // Unix milliseconds
	By      UserID // Operator_Account
	IP      string
	From    Platform // OptPlatform
	Conv    Conversation
	Message *Message // of events about one; AfterC2CRead: the newest that is read, its number and time
	Unread  int64    // AfterC2C, AfterC2CRecall, AfterC2CRead: all C2C unread of the receiver
	Group   *Group   // group events: as it was after the event, or the topic
	Users   []UserID // who joined, left, was there; who was changed; the old owner and the new one; the reader and the peer
	Way     string   // JoinType, ExitType, OptionType
	Attrs   []Attr   // AfterAttrs: those that the change named
	Action  string   // StateChange: Action; ViewerState: EventType
	Reason  string   // StateChange: Reason; ViewerState: EventCause
	Kicked  []Platform

	Change   *GroupChange  // AfterGroupInfo, AfterTopicInfo: what changed
	Member   *MemberChange // AfterMemberField: what changed
	Receipts []ReceiptTold // AfterReceipt
	Code     Code          // SendException: why
	Info     string        // SendException: the same in words; StateChange: the custom status
	Used     int           // GroupQuota: net groups of the day, at most
	Quota    int           // GroupQuota: so many
	Profile  []ProfileItem // AfterProfile: what changed, of Users[0]

	Relation *RelationChange // Sns and Follow

	Pushes []PushTold // OfflinePush, AllMemberPush: 1 to 100

	Trace *trace.Context // of the call that has caused it, nil when there is none
}

// PushTold is what became of a push to one device, or to one user who is online. A chat
// message's has what stands below From, a push to many's what stands below Task.
type PushTold struct {
	To       UserID
	PushID   string
	Platform int // as PushPlatform
	Stage    int // as PushStage
	Code     int
	Info     string
	Time     int64 // Unix seconds

	From    UserID
	Group   GroupID // "" in C2C
	Key     string  // MsgKey, C2C
	Seq     uint64  // in C2C that of the key
	Random  uint32
	MsgTime int64 // Unix seconds

	Task     string // TaskId
	TaskTime int64  // Unix seconds
	Online   bool   // over a connection, not by a provider
	Data     string // DataId
}

// MemberChange is what changed of a member; nil where it did not.
type MemberChange struct {
	Role     *Role   `json:",omitempty"`
	NameCard *string `json:",omitempty"`
}

// ReceiptTold is a group message with its readers counted, and who has read it just
// now.
type ReceiptTold struct {
	Seq          Seq
	Read, Unread int
	By           []UserID
}

// ConvEventKind is a kind of durable event about a conversation (spec/00 §4).
type ConvEventKind string

// The durable events about a conversation.
const (
	EventRead     ConvEventKind = "read"
	EventReceipt  ConvEventKind = "receipt"
	EventRecall   ConvEventKind = "recall"
	EventReaction ConvEventKind = "reaction"
	EventAttrs    ConvEventKind = "attrs"
	EventCounters ConvEventKind = "counters"
	EventModify   ConvEventKind = "modify"
	EventExtend   ConvEventKind = "extension"
	EventPin      ConvEventKind = "pin"
	// EventNotice is no event of the conversation but the same notice to everybody in a
	// group, without a number: it is for Commit.PassingEvents alone.
	EventNotice ConvEventKind = "group"
	// EventLast tells the members of a group that the message which their lists show is
	// Message now, likewise.
	EventLast ConvEventKind = "conversation"
)

// ConvEvent is a change within a conversation, stored once however many
// members it has, numbered by Rev.
type ConvEvent struct {
	Conv   Conversation
	Rev    uint64 // consecutive per conversation, given by the store
	Time   int64  // Unix milliseconds
	Kind   ConvEventKind
	By     UserID
	Seq    Seq    // read: up to here; else the message it is about
	MsgID  string // of that message
	Reason string // recall
	// Message is, for modify, the whole message as it is now.
	Message *Message
	// Detail holds what else its kind has, nil when that is nothing.
	Detail  *EventDetail
	Expires int64  // Unix seconds; 0: never
	Clock   uint64 // commit clock, as Message.Clock; given by the store
}

// EventDetail is what some kinds of conversation event carry besides; each uses
// its own field. Engines keep it as JSON by the names of the fields.
type EventDetail struct {
	Receipts  []ReceiptCount   `json:",omitempty"` // receipt: the messages with their readers counted
	Reactions []ReactionCount  `json:",omitempty"` // reaction: the changed ones, 0 is gone
	Attrs     *AttrsChange     `json:",omitempty"`
	Counters  *CountersChange  `json:",omitempty"`
	Extension *ExtensionChange `json:",omitempty"`
	Pin       *PinChange       `json:",omitempty"`
	Notice    *Notice          `json:",omitempty"` // EventNotice
	Operator  *Person          `json:",omitempty"` // recall: the names of By, nil when they have none
}

// ReactionCount is one reaction to a message: how many users have it, and some
// of them.
type ReactionCount struct {
	ID    string // ReactionId
	Count int
	Users []Person
	Mine  bool // the reader has it; not in events
}

// UserEventKind is a kind of durable event about a user (spec/00 §4).
type UserEventKind string

// The durable events about a user.
const (
	UserRead      UserEventKind = "read"
	UserGroup     UserEventKind = "group"
	UserRecall    UserEventKind = "recall" // of a message that not everybody sees
	UserModify    UserEventKind = "modify" // likewise
	UserChanged   UserEventKind = "conversation"
	UserConvGroup UserEventKind = "convgroup"
	// UserProfile is about anybody's profile; without a number when it is somebody else's.
	UserProfile UserEventKind = "profile"
	UserDelete  UserEventKind = "delete" // messages are gone from the user's own view
	UserClear   UserEventKind = "clear"  // all up to one

	UserFriend      UserEventKind = "friend"
	UserFriendGroup UserEventKind = "friendgroup"
	UserBlack       UserEventKind = "black"

	// UserPush is what a push to many says to a user who is online; it has no number.
	UserPush UserEventKind = "push"
)

// UserEvent is an event for all devices of one user, numbered by Seq.
type UserEvent struct {
	App    AppID
	User   UserID
	Seq    uint64 // EventSeq: consecutive per user, given by the store
	Time   int64  // Unix milliseconds
	Kind   UserEventKind
	Conv   Conversation // read, recall, modify, delete, clear, conversation
	Read   Seq          // read, clear: up to here
	Notice *Notice      // group
	// Told is what a conversation would be told if everybody saw the message that it is
	// about (recall, modify). Its Conv is the event's.
	Told *ConvEvent
	// Detail holds what else its kind has, nil when that is nothing.
	Detail  *UserDetail
	Expires int64 // Unix seconds; 0: never
	// Extra holds the members of kinds to come, as JSON.
	Extra json.RawMessage
}

// UserDetail is what some kinds of user event carry besides; each uses its own field.
// Engines keep it as JSON by the names of the fields.
type UserDetail struct {
	Profile *ProfileChange `json:",omitempty"` // profile
	Deleted []Seq          `json:",omitempty"` // delete: the numbers of the messages
	// Changed is what a user has changed of Conv as they have it (conversation), or of one of
	// their groups of conversations (convgroup).
	Changed     *ConvChange        `json:",omitempty"`
	Friend      *FriendChange      `json:",omitempty"`
	FriendGroup *FriendGroupChange `json:",omitempty"`
	Black       *BlockChange       `json:",omitempty"`
	Push        *PushShown         `json:",omitempty"`
}

// PushShown is what a push to many says (spec/09 C).
type PushShown struct {
	ID          string // PushId, which is its TaskId
	From        UserID
	Title, Text string
	Ext         string
}

// NoticeKind numbers group system notifications (spec/23 §3).
type NoticeKind int

// The notices this server writes.
const (
	NoticeJoinRequest    NoticeKind = 1
	NoticeAccepted       NoticeKind = 2
	NoticeRefused        NoticeKind = 3
	NoticeKicked         NoticeKind = 4
	NoticeDestroyed      NoticeKind = 5
	NoticeCreated        NoticeKind = 6
	NoticeAdded          NoticeKind = 7
	NoticeQuit           NoticeKind = 8
	NoticeAdminSet       NoticeKind = 9
	NoticeAdminRemoved   NoticeKind = 10
	NoticeInvited        NoticeKind = 12
	NoticeInviteAccepted NoticeKind = 13
	NoticeInviteRefused  NoticeKind = 14
	NoticeCustom         NoticeKind = 16
	NoticeMuted          NoticeKind = 17
	NoticeTopicCreated   NoticeKind = 18
	NoticeTopicDeleted   NoticeKind = 19
	NoticeBanned         NoticeKind = 22
	NoticeUnbanned       NoticeKind = 23
	NoticeInviteWaits    NoticeKind = 24
)

// Answers reports whether the notice answers a join request or an invitation.
func (k NoticeKind) Answers() bool {
	return k == NoticeAccepted || k == NoticeRefused || k == NoticeInviteAccepted || k == NoticeInviteRefused
}

// Notice is a group system notification to one user.
type Notice struct {
	Kind     NoticeKind
	Group    GroupID
	Topic    GroupID // when it is about a topic of the group
	Type     GroupType
	Name     string // of the group, or of the topic
	FaceURL  string
	Operator Person // who caused it, as they were then
	Reason   string // of a kick; the approver's text with NoticeAccepted and its like
	MuteTime uint32 // seconds, NoticeMuted; 0 lifts
	// JoinRequest is the ID of what waits or was answered, Request the applicant's text.
	JoinRequest, Request string
	Content              string // NoticeCustom
}

// KickReason is why a connection is closed by us (spec/00 §4).
type KickReason string

// The reasons.
const (
	KickReplaced      KickReason = "replaced"
	KickMultiLogin    KickReason = "multi-login"
	KickAdmin         KickReason = "admin"
	KickTicketExpired KickReason = "ticket-expired"
	KickTicketRevoked KickReason = "ticket-revoked"
	KickBanned        KickReason = "banned"
	KickLogout        KickReason = "logout"
	KickServer        KickReason = "server"
)

// KickedBy is who has caused a kick (spec/00 §4): with KickReplaced and KickMultiLogin the
// device that has come, with KickAdmin the administrator, else nobody.
type KickedBy struct {
	User     UserID
	Platform Platform
	Client   string
}
