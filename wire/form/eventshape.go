package form

import "github.com/teahouse-im/teahouse/chat"

// EventShape is any durable event: what AppendConvEvent and AppendUserEvent write.
type EventShape struct{}

// Either implements the Either of package api.
func (EventShape) Either() []any {
	all := make([]any, len(Events))
	for i, e := range Events {
		all[i] = e.Shape
	}
	return all
}

// Events are the durable events by their kind (spec/00 §4). One about a conversation
// has Conv and Rev, one about the user EventSeq.
var Events = []struct {
	Kind  string
	Shape any
}{
	{string(chat.EventRead), ReadEventShape{}},
	{string(chat.EventReceipt), ReceiptEventShape{}},
	{string(chat.EventRecall), RecallEventShape{}},
	{string(chat.EventModify), ModifyEventShape{}},
	{string(chat.EventReaction), ReactionEventShape{}},
	{string(chat.EventExtend), ExtensionEventShape{}},
	{string(chat.EventPin), PinEventShape{}},
	{string(chat.EventAttrs), AttrsEventShape{}},
	{string(chat.EventCounters), CountersEventShape{}},
	{string(chat.EventNotice), NoticeEventShape{}},
	{string(chat.UserProfile), ProfileEventShape{}},
	{string(chat.UserDelete), DeleteEventShape{}},
	{string(chat.UserClear), ClearEventShape{}},
	{string(chat.UserChanged), ConversationEventShape{}},
	{string(chat.UserConvGroup), ConvgroupEventShape{}},
	{string(chat.UserFriend), FriendEventShape{}},
	{string(chat.UserFriendGroup), FriendGroupEventShape{}},
	{string(chat.UserBlack), BlackEventShape{}},
	{string(chat.UserPush), PushEventShape{}},
}

// convHead begins an event about a conversation.
type convHead struct {
	Conv string `json:"Conv"`
	Rev  uint64 `json:"Rev"`
	Time int64  `json:"EventTime"` // milliseconds
}

// eitherHead begins an event that is about a conversation, with its Rev, or about the
// user, with its EventSeq.
type eitherHead struct {
	Conv string `json:"Conv"`
	Rev  uint64 `json:"Rev,omitempty"`
	Seq  uint64 `json:"EventSeq,omitempty"`
	Time int64  `json:"EventTime"` // milliseconds
}

// ReadEventShape tells how far somebody has read.
type ReadEventShape struct {
	eitherHead
	Kind string      `json:"Kind" is:"read"`
	By   chat.UserID `json:"By"`
	Seq  chat.Seq    `json:"ReadSeq"`
	Time int64       `json:"ReadTime"`
}

// ReceiptEventShape tells how many have read messages.
type ReceiptEventShape struct {
	convHead
	Kind string              `json:"Kind" is:"receipt"`
	List []ReceiptCountShape `json:"ReceiptList"`
	By   chat.UserID         `json:"By"`
}

// RecallEventShape tells that a message is recalled.
type RecallEventShape struct {
	eitherHead
	Kind     string      `json:"Kind" is:"recall"`
	Seq      chat.Seq    `json:"MsgSeq"`
	ID       string      `json:"MsgId,omitempty"`
	Operator chat.UserID `json:"Operator_Account"`
	Nick     string      `json:"Nick,omitempty"`
	FaceURL  string      `json:"FaceUrl,omitempty"`
	Reason   string      `json:"Reason,omitempty"`
}

// ModifyEventShape has a message as it is now.
type ModifyEventShape struct {
	eitherHead
	Kind    string       `json:"Kind" is:"modify"`
	Message MessageShape `json:"Message"`
}

// ReactionEventShape has the reactions that changed.
type ReactionEventShape struct {
	convHead
	Kind string          `json:"Kind" is:"reaction"`
	Seq  chat.Seq        `json:"MsgSeq"`
	ID   string          `json:"MsgId"`
	List []ReactionShape `json:"ReactionList"`
}

// ExtensionEventShape has the extensions that changed.
type ExtensionEventShape struct {
	convHead
	Kind    string           `json:"Kind" is:"extension"`
	Seq     chat.Seq         `json:"MsgSeq"`
	ID      string           `json:"MsgId"`
	Set     []ExtensionShape `json:"Set"`
	Deleted []string         `json:"Deleted"`
}

// PinEventShape tells that a message is pinned or no longer.
type PinEventShape struct {
	convHead
	Kind     string      `json:"Kind" is:"pin"`
	Seq      chat.Seq    `json:"MsgSeq"`
	ID       string      `json:"MsgId,omitempty"`
	Pinned   Bit         `json:"Pinned"`
	Operator PersonShape `json:"Operator"`
}

// AttrsEventShape has all attributes of a group, and which have changed.
type AttrsEventShape struct {
	convHead
	Kind    string      `json:"Kind" is:"attrs"`
	All     []AttrShape `json:"GroupAttr"`
	Version uint64      `json:"Version"`
	Set     []string    `json:"Set"`
	Deleted []string    `json:"Deleted"`
}

// CountersEventShape has the counters that changed.
type CountersEventShape struct {
	convHead
	Kind    string         `json:"Kind" is:"counters"`
	Set     []CounterShape `json:"GroupCounter"`
	Deleted []string       `json:"Deleted"`
}

// NoticeEventShape is a notification about a group (spec/23 §3): putNotice.
type NoticeEventShape struct {
	Seq       uint64       `json:"EventSeq,omitempty"`
	Time      int64        `json:"EventTime"` // milliseconds
	Kind      string       `json:"Kind" is:"group"`
	Op        uint64       `json:"OpType"`
	Group     chat.GroupID `json:"GroupId"`
	Topic     chat.GroupID `json:"TopicId,omitempty"`
	Profile   NoticeGroup  `json:"Group"`
	Operator  PersonShape  `json:"Operator,omitempty"`
	Applicant PersonShape  `json:"Applicant,omitempty"`
	HandleMsg string       `json:"HandleMsg,omitempty"`
	Reason    string       `json:"Reason,omitempty"`
	Request   string       `json:"RequestMsg,omitempty"`
	ID        string       `json:"ApplicationId,omitempty"`
	Content   string       `json:"Content,omitempty"`
	MuteTime  uint64       `json:"MuteTime,omitempty"`
}

// NoticeGroup is the group of a notice, or the topic that it is about.
type NoticeGroup struct {
	Name    string         `json:"Name"`
	Type    chat.GroupType `json:"Type"`
	FaceURL string         `json:"FaceUrl"`
}

// ProfileEventShape has the fields of somebody's profile that changed, as they are now; it
// has EventSeq when it is one's own.
type ProfileEventShape struct {
	Seq   uint64             `json:"EventSeq,omitempty"`
	Time  int64              `json:"EventTime"` // milliseconds
	Kind  string             `json:"Kind" is:"profile"`
	User  chat.UserID        `json:"UserID"`
	Items []ProfileItemShape `json:"ProfileItem"`
}

// PushEventShape is what a push to many says: putPush. It has no EventSeq.
type PushEventShape struct {
	Time  int64       `json:"EventTime"` // milliseconds
	Kind  string      `json:"Kind" is:"push"`
	ID    string      `json:"PushId"`
	From  chat.UserID `json:"From_Account"`
	Title string      `json:"Title"`
	Text  string      `json:"Desc"`
	Ext   string      `json:"Ext"`
}

// userHead begins an event about the user and a conversation of theirs.
type userHead struct {
	Conv string `json:"Conv"`
	Seq  uint64 `json:"EventSeq"`
	Time int64  `json:"EventTime"` // milliseconds
}

// DeleteEventShape tells that the user has deleted messages from their own view.
type DeleteEventShape struct {
	userHead
	Kind string     `json:"Kind" is:"delete"`
	List []chat.Seq `json:"MsgSeqs"`
}

// ClearEventShape tells that the user has cleared their own view up to a message.
type ClearEventShape struct {
	userHead
	Kind string   `json:"Kind" is:"clear"`
	UpTo chat.Seq `json:"MsgSeq"`
}

// ConversationEventShape has what a user has changed of a conversation: putChanged; or what
// a list shows of it after messages are gone: putItem. With Gap alone it is a resume that was
// cut: AppendGap.
type ConversationEventShape struct {
	Seq     uint64             `json:"EventSeq,omitempty"`
	Time    int64              `json:"EventTime,omitempty"` // milliseconds
	Kind    string             `json:"Kind,omitempty" is:"conversation"`
	Conv    string             `json:"Conv"`
	Top     Bit                `json:"TopFlag,omitempty"`
	Option  chat.ReceiveOption `json:"RecvOpt,omitempty"`
	Marks   []int              `json:"Marks,omitempty"`
	Custom  string             `json:"CustomMark,omitempty"`
	Groups  []string           `json:"ContactGroups,omitempty"`
	Draft   string             `json:"Draft,omitempty"`
	Deleted Bit                `json:"Deleted,omitempty"`
	Read    uint64             `json:"ReadSeq,omitempty"` // with Deleted
	Last    lastMessage        `json:"LastMsg,omitempty"` // transient, as UnreadNum
	Unread  uint64             `json:"UnreadNum,omitempty"`
	Gap     bool               `json:"Gap,omitempty"`
}

// lastMessage is null when there is none.
type lastMessage struct{}

// Either implements the Either of package api.
func (lastMessage) Either() []any { return []any{MessageShape{}, nil} }

// ConvgroupEventShape has a group of conversations as it is now: putConvGroup.
type ConvgroupEventShape struct {
	Seq     uint64   `json:"EventSeq"`
	Time    int64    `json:"EventTime"` // milliseconds
	Kind    string   `json:"Kind" is:"convgroup"`
	Name    string   `json:"GroupName"`
	OldName string   `json:"OldName,omitempty"`
	Convs   []string `json:"Convs,omitempty"`
	Deleted Bit      `json:"Deleted,omitempty"`
}

// KickShape is im/event/kick: AppendKick.
type KickShape struct {
	Reason chat.KickReason `json:"Reason"`
	By     *KickedByShape  `json:"By,omitempty"`
}

// KickedByShape is an administrator, or the device that has come.
type KickedByShape struct {
	User     chat.UserID   `json:"UserID,omitempty"`
	Platform chat.Platform `json:"Platform,omitempty"`
	Client   string        `json:"ClientId,omitempty"`
}

// PresenceShape is im/event/presence/{user}: AppendPresence.
type PresenceShape struct {
	State   chat.OnlineState    `json:"State"`
	Status  string              `json:"CustomStatus"`
	Devices []DeviceStatusShape `json:"Devices"`
}

// DeviceStatusShape is the state of a user's devices of one platform.
type DeviceStatusShape struct {
	Platform chat.Platform    `json:"Platform"`
	Status   chat.OnlineState `json:"Status"`
}
