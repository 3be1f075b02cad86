package form

import "github.com/teahouse-im/teahouse/chat"

// The types of this file say what the writers and readers beside them have in JSON.
// They hold no value: descriptions of both doors are made of their tags, json for
// what is written, wire for what is read (package api explains both). A test holds
// every golden file against them.

// Bit is yes or no, as 1 or 0.
type Bit uint8

// ElementShape is an entry of MsgBody (spec/05). The members of MsgContent depend on
// MsgType, and those of custom elements are the app's own.
type ElementShape struct {
	Type    string         `wire:"!MsgType" json:"MsgType"`
	Content map[string]any `wire:"!MsgContent" json:"MsgContent"`
}

// MergedShape is a message in a merged one, as its sender spelled it (spec/05).
type MergedShape struct {
	From   chat.UserID    `json:"From_Account,omitempty"`
	To     chat.UserID    `json:"To_Account,omitempty"`
	Group  chat.GroupID   `json:"GroupId,omitempty"`
	Seq    uint64         `json:"MsgSeq,omitempty"`
	Random uint64         `json:"MsgRandom,omitempty"`
	Time   int64          `json:"MsgTimeStamp,omitempty"`
	Body   []ElementShape `json:"MsgBody"`
	Cloud  string         `json:"CloudCustomData,omitempty"`
}

// MentionShape is an entry of GroupAtInfo (spec/22b §1).
type MentionShape struct {
	All  int         `wire:"GroupAtAllFlag" json:"GroupAtAllFlag"`
	User chat.UserID `wire:"GroupAt_Account" json:"GroupAt_Account,omitempty"`
}

// QuoteShape names the message that one answers.
type QuoteShape struct {
	ID   string   `wire:"MsgId" json:"MsgId,omitempty"`
	Seq  chat.Seq `wire:"MsgSeq" json:"MsgSeq,omitempty"`
	Time int64    `wire:"MsgTime" json:"MsgTime,omitempty"`
}

// DraftShape is what describes a message in every send, but for its receivers and
// its random number.
type DraftShape struct {
	Body     []ElementShape  `wire:"!MsgBody"`
	ClientID string          `wire:"ClientMsgId"`
	Seq      uint32          `wire:"MsgSeq"`
	Cloud    string          `wire:"CloudCustomData"`
	Push     map[string]any  `wire:"OfflinePushInfo"`
	Online   int             `wire:"OnlineOnlyFlag,MsgOnlineOnlyFlag"`
	LifeTime uint64          `wire:"MsgLifeTime"`
	Priority PriorityShape   `wire:"MsgPriority"`
	At       []MentionShape  `wire:"GroupAtInfo"`
	Receipt  int             `wire:"IsNeedReadReceipt,NeedReadReceipt"`
	Extend   int             `wire:"SupportMessageExtension"`
	Control  []string        `wire:"SendMsgControl"`
	Quote    *map[string]any `wire:"Quote"`
	From     chat.UserID     `wire:"From_Account"`
}

// PriorityShape is a priority as a sender names it.
type PriorityShape string

// Words implements the Worded of package api.
func (PriorityShape) Words() []string { return []string{"High", "Normal", "Low", "Lowest"} }

// SendShape is the payload of im/send (spec/00 §3).
type SendShape struct {
	DraftShape
	Random uint32        `wire:"MsgRandom,Random"`
	To     []chat.UserID `wire:"To_Account"`
}

// AdminDraftShape is [DraftShape] with what only administrators send.
type AdminDraftShape struct {
	DraftShape
	Random uint32   `wire:"!MsgRandom,Random"`
	Sync   uint32   `wire:"SyncOtherMachine"`
	Time   int64    `wire:"MsgTimeStamp"`
	Forbid []string `wire:"ForbidCallbackControl"`
}

// ReadShape is the payload of im/read: how far, everything when it is absent.
type ReadShape struct {
	Seq chat.Seq `wire:"MsgSeq"`
	Key string   `wire:"MsgKey"`
	ID  string   `wire:"MsgId"`
}

// RecallShape is the payload of im/recall: one of the names of a message is needed.
type RecallShape struct {
	ReadShape
	Reason string `wire:"Reason"`
}

// MessageShape is a message as clients see it (spec/00 §6): AppendEntry.
type MessageShape struct {
	From         chat.UserID    `json:"From_Account"`
	Group        chat.GroupID   `json:"GroupId,omitempty"`
	To           chat.UserID    `json:"To_Account,omitempty"`
	ID           string         `json:"MsgId"`
	Seq          chat.Seq       `json:"MsgSeq,omitempty"`
	Prev         chat.Seq       `json:"PrevSeq,omitempty"`
	Random       uint32         `json:"MsgRandom"`
	Time         int64          `json:"MsgTime"`
	TimeMs       int64          `json:"MsgTimeMs"`
	Key          string         `json:"MsgKey"`
	Body         []ElementShape `json:"MsgBody"`
	Cloud        string         `json:"CloudCustomData,omitempty"`
	Quote        map[string]any `json:"Quote,omitempty"`
	ClientID     string         `json:"ClientMsgId,omitempty"`
	Nick         string         `json:"From_Nick,omitempty"`
	FaceURL      string         `json:"From_FaceUrl,omitempty"`
	NameCard     string         `json:"From_NameCard,omitempty"`
	At           []MentionShape `json:"GroupAtInfo,omitempty"`
	Only         []chat.UserID  `json:"To_AccountList,omitempty"`
	Priority     PriorityShape  `json:"MsgPriority,omitempty"`
	System       Bit            `json:"IsSystemMsg,omitempty"`
	Version      uint32         `json:"MsgVersion,omitempty"`
	Modified     Bit            `json:"IsModified,omitempty"`
	NeedReceipt  Bit            `json:"IsNeedReadReceipt,omitempty"`
	Extensible   Bit            `json:"SupportMessageExtension,omitempty"`
	OnlineOnly   Bit            `json:"OnlineOnlyFlag,omitempty"`
	Control      []string       `json:"SendMsgControl,omitempty"`
	Place        int            `json:"IsPlaceMsg,omitempty"`
	Revoker      chat.UserID    `json:"Revoker_Account,omitempty"`
	RevokeReason string         `json:"RevokeReason,omitempty"`
	Read         uint64         `json:"ReadNum,omitempty"`
	Unread       uint64         `json:"UnreadNum,omitempty"`
	PeerRead     Bit            `json:"IsPeerRead,omitempty"`
	Pinned       Bit            `json:"IsPinned,omitempty"`
}

// ReceiptShape is what a send is answered: PutReceipt with what its callers add.
type ReceiptShape struct {
	ClientID string   `json:"ClientMsgId,omitempty"`
	ID       string   `json:"MsgId"`
	Key      string   `json:"MsgKey"`
	Seq      chat.Seq `json:"MsgSeq"`
	Prev     chat.Seq `json:"PrevSeq,omitempty"`
	Time     int64    `json:"MsgTime"`
	TimeMs   int64    `json:"MsgTimeMs"`
	Reason   string   `json:"MsgDropReason,omitempty"`
}

// AckShape is the payload of im/ack: AppendAck.
type AckShape struct {
	Topic    string   `json:"Topic,omitempty"`
	ClientID string   `json:"ClientMsgId,omitempty"`
	Packet   uint16   `json:"PacketId"`
	ID       string   `json:"MsgId,omitempty"`
	Key      string   `json:"MsgKey,omitempty"`
	Seq      chat.Seq `json:"MsgSeq,omitempty"`
	Prev     chat.Seq `json:"PrevSeq,omitempty"`
	Time     int64    `json:"MsgTime,omitempty"`
	TimeMs   int64    `json:"MsgTimeMs,omitempty"`
	Reason   string   `json:"MsgDropReason,omitempty"`
}

// ErrShape is the payload of im/err: AppendErr.
type ErrShape struct {
	Topic    string    `json:"Topic,omitempty"`
	ClientID string    `json:"ClientMsgId,omitempty"`
	ID       string    `json:"MsgId,omitempty"`
	Packet   uint16    `json:"PacketId"`
	Code     chat.Code `json:"ErrorCode"`
	Info     string    `json:"ErrorInfo"`
}

// PersonShape is somebody as tips, notices and events show them: appendPerson.
type PersonShape struct {
	User     chat.UserID `json:"UserID"`
	Nick     string      `json:"Nick,omitempty"`
	FaceURL  string      `json:"FaceUrl,omitempty"`
	NameCard string      `json:"NameCard,omitempty"`
	Role     string      `json:"Role,omitempty"`
	MuteTime uint32      `json:"MuteTime,omitempty"`
}

// TipShape is the MsgContent of a group tip: AppendTip.
type TipShape struct {
	Kind      uint64        `json:"OpType"`
	Operator  PersonShape   `json:"Operator,omitempty"`
	Members   []PersonShape `json:"MemberList"`
	MemberNum uint64        `json:"MemberNum,omitempty"`
	Change    ChangeShape   `json:"NewGroupInfo,omitempty"`
}

// ChangeShape is what of a group has changed: appendChange.
type ChangeShape struct {
	Name         string `json:"Name,omitempty"`
	FaceURL      string `json:"FaceUrl,omitempty"`
	Notification string `json:"Notification,omitempty"`
	Introduction string `json:"Introduction,omitempty"`
	Owner        string `json:"Owner_Account,omitempty"`
	MuteAll      string `json:"ShutUpAllMember,omitempty"`
	ApplyJoin    string `json:"ApplyJoinOption,omitempty"`
	InviteJoin   string `json:"InviteJoinOption,omitempty"`
	CustomString string `json:"CustomString,omitempty"`
}

// ReceiptCountShape is an entry of ReceiptList: PutReceiptList. Code is there when there
// is no receipt.
type ReceiptCountShape struct {
	Seq      chat.Seq  `json:"MsgSeq"`
	Code     chat.Code `json:"Code,omitempty"`
	ID       string    `json:"MsgId,omitempty"`
	Read     uint64    `json:"ReadNum,omitempty"`
	Unread   uint64    `json:"UnreadNum,omitempty"`
	PeerRead Bit       `json:"IsPeerRead,omitempty"`
}

// ReactionShape is an entry of ReactionList: PutReactionList.
type ReactionShape struct {
	ID    string        `json:"ReactionId"`
	Count uint64        `json:"TotalUserCount"`
	Mine  Bit           `json:"ReactedByMyself,omitempty"`
	Users []PersonShape `json:"Users"`
}

// AttrShape is an attribute of a group: PutAttrs.
type AttrShape struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// CounterShape is a counter of a group: PutCounters.
type CounterShape struct {
	Key   string `json:"Key"`
	Value int64  `json:"Value"`
}

// ExtensionShape is an extension of a message: AppendExtension.
type ExtensionShape struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
	Seq   uint64 `json:"Seq"`
}
