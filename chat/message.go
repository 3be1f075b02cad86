package chat

import (
	"context"
	"encoding/json"
)

// Message is one stored message. Once committed it is shared and never
// changed; a recall stores a changed copy.
type Message struct {
	Conv Conversation
	Seq  Seq // given by the store

	From   UserID
	Time   int64  // Unix milliseconds, the server's clock; never falls within a conversation
	Random uint32 // MsgRandom
	// SenderSeq is the MsgSeq a C2C sender chose (spec/04 §2); part of MsgKey.
	SenderSeq   uint32
	ClientMsgID string // ClientMsgId, when the sender gave one

	Body  json.RawMessage // the MsgBody array as it came, or as a webhook rewrote it
	Cloud string          // CloudCustomData
	Push  json.RawMessage // OfflinePushInfo, nil when absent
	Quote json.RawMessage // nil when absent

	Priority Priority
	// Chosen says that a C2C sender chose Random and SenderSeq. Then the MsgKey may be
	// taken, and the store counts SenderSeq up until it is not. Not kept.
	Chosen  bool
	Control Control
	// Audience is how many were to read a group message that needs a receipt when it
	// was sent: its UnreadNum before anybody has.
	Audience uint8
	Holder   uint32 // of From's account when it was sent; see Account
	// Author names the sender as they were called when it was sent; nil: they had no
	// names. Messages may share it.
	Author *Author
	// Skips is how many messages right before this one are not for everybody, by the
	// store: in C2C Skips[0] counts those that party A may not see and Skips[1] those
	// that B may not; in groups Skips[0] counts those that not every member may see.
	Skips [2]uint32
	At    []UserID // GroupAtInfo; AtAll is "@all"
	To    []UserID // targeted group message: visible to these and the sender
	// NotSender says that the view of a C2C message's sender does not have it
	// (SyncOtherMachine 2, spec/04 §3).
	NotSender    bool
	DedupSeconds uint16 // see Dedup
	// PriorExpires is when the message with the number before may be forgotten, by the
	// store: Unix seconds, 1: never, 0: not known. It tells one that is lost from one that
	// has expired.
	PriorExpires uint32
	// Mention is how many numbers before this one the newest message before it lies that
	// mentions somebody too (At); 0 when there is none, or this one mentions nobody. By
	// the store.
	Mention uint32
	// Media is not 0 when the message names files of ours: by it they know the message
	// again (room media), and their addresses are signed anew wherever it is read.
	Media uint32

	Tip *Tip // a group tip instead of a Body (spec/23)

	Recall *Recall // set when recalled

	// Counted is the number of messages of the conversation up to and with this one
	// that count as unread; Own the same for this sender alone; both by the store.
	Counted, Own uint64
	// Clock is the store's commit clock at the append: it grows over all
	// conversations of the store.
	Clock uint64

	// Expires is when the store may forget the message, Unix seconds; 0: never.
	Expires int64
	// Dedup, when not zero, makes a second append with the same key in the same
	// conversation within DedupSeconds a duplicate of the first; 0: as long as that is kept.
	Dedup    DedupKey
	PushLife uint32 // MsgLifeTime: for how many seconds it is pushed; 0: not said
	Version  uint32 // MsgVersion: how often the message was modified
	// Duplicate is set by the store instead of storing: the message this one
	// repeats.
	Duplicate *Message
}

// Author is how a sender is called; NameCard is for groups.
type Author struct {
	Nick, FaceURL, NameCard string
}

// Names reports whether a, which may be nil, has the names of an account and no other.
func (a *Author) Names(acc *Account) bool {
	if a == nil {
		return acc.Nick == "" && acc.FaceURL == ""
	}
	return a.Nick == acc.Nick && a.FaceURL == acc.FaceURL && a.NameCard == ""
}

// NewAuthor is the author of those names, nil when all are empty.
func NewAuthor(nick, face, card string) *Author {
	if nick == "" && face == "" && card == "" {
		return nil
	}
	return &Author{nick, face, card}
}

// DedupKey identifies a message for duplicate detection; zero means none.
type DedupKey [16]byte

// AtAll stands for everybody in Message.At.
const AtAll UserID = "@all"

// Priority of a group message (spec/20 §8). The zero value is Normal.
type Priority int8

// The priorities; their numbers on the wire are 1, 2, 3 (spec/22b §5).
const (
	Normal Priority = 0
	High   Priority = 1
	Low    Priority = -1
)

// Control is a set of SendMsgControl flags and other marks of a message.
type Control uint8

// The marks of a message.
const (
	NoUnread             Control = 1 << iota // does not count as unread
	NoLastMsg                                // does not move the conversation
	WithMuteNotification                     // honours the receiver's do-not-disturb
	NeedReceipt                              // IsNeedReadReceipt
	Extensible                               // SupportMessageExtension
	OnlineOnly                               // delivered to those online, never stored
	SenderOnly                               // a block or the app has dropped it: its sender alone has it
	Imported                                 // came from elsewhere, and is unread for nobody
)

// Has reports whether all marks of m are set.
func (c Control) Has(m Control) bool { return c&m == m }

// Recall says who took a message back.
type Recall struct {
	By     UserID
	Reason string
	Time   int64 // Unix milliseconds
}

// Countable reports whether the message counts as unread for its readers
// (spec/06 §7). Group tips and targeted messages do not: a choice for tips,
// which no document settles; spec/22b §1 for targeted ones. What only its sender has is
// unread for nobody, and so is what was imported.
func (m *Message) Countable() bool {
	return m.Tip == nil && len(m.To) == 0 && m.Control&(NoUnread|SenderOnly|Imported) == 0
}

// Live reports whether m belongs to an AVChatRoom: no other message that is not stored has a
// number.
func (m *Message) Live() bool { return m.Clock == 0 && m.Seq != 0 }

// ForAll reports whether everybody who sees the conversation sees m (spec/00 §6).
func (m *Message) ForAll() bool {
	return !m.NotSender && len(m.To) == 0 && !m.Control.Has(SenderOnly)
}

// Before is the highest number below m's that u may see, 0 if there is none. In
// groups it may be lower than that when exact is false: then every number between it
// and m's is that of a message which not everybody may see. In a live room it is 0: nothing
// is kept there, so no reader lacks what came before.
func (m *Message) Before(u UserID) (n Seq, exact bool) {
	if m.Live() {
		return 0, true
	}
	skips := m.Skips[m.Conv.side(u)]
	return m.Seq - 1 - Seq(skips), skips == 0 || m.Conv.Kind == C2C
}

// Peer is the C2C receiver of m, "" in groups.
func (m *Message) Peer() UserID { return m.Conv.Peer(m.From) }

// VisibleTo reports whether u's view of the conversation has m; membership is
// not its matter.
func (m *Message) VisibleTo(u UserID) bool {
	if m.NotSender && m.From == u || m.Control.Has(SenderOnly) && m.From != u {
		return false
	}
	if len(m.To) == 0 || m.From == u {
		return true
	}
	for _, t := range m.To {
		if t == u {
			return true
		}
	}
	return false
}

// Seconds is Time in Unix seconds.
func (m *Message) Seconds() int64 { return m.Time / 1000 }

// pushLife is for how long a message is pushed that does not say it, in seconds (spec/41 §2).
const pushLife = 24 * 60 * 60

// PushedUntil is when the message is pushed no more, Unix seconds.
func (m *Message) PushedUntil() int64 {
	if m.PushLife > 0 {
		return m.Seconds() + int64(m.PushLife)
	}
	return m.Seconds() + pushLife
}

// MessageRef names a message of a conversation in one of three ways; the
// first that is set counts.
type MessageRef struct {
	Seq Seq
	ID  string
	Key string // MsgKey
}

// Draft is a message as a caller offers it.
type Draft struct {
	To   Target
	From UserID // "" is the caller; only administrators may name another

	Body        json.RawMessage
	Cloud       string
	Push        json.RawMessage
	Quote       json.RawMessage
	ClientMsgID string
	// Random and SenderSeq take part in duplicate detection only when given.
	Random    *uint32
	SenderSeq *uint32

	Priority Priority
	At       []UserID
	Only     []UserID // To_Account of a targeted group message; nil: everybody
	Control  Control
	LifeTime *int64 // MsgLifeTime in seconds: 0 is online only
	// Expires is when the message leaves the history, were that not before: Unix seconds, 0:
	// with all others. Pushes to many set it.
	Expires int64

	// NoSenderCopy is SyncOtherMachine 2: the sender's view does not get it.
	NoSenderCopy bool
	// SkipBefore and SkipAfter are ForbidCallbackControl; administrators only.
	SkipBefore, SkipAfter bool
	// Checked says that Body has passed the form rules of spec/05 already.
	Checked bool
	// Uncut says that no list may be cut out of Body: one of many copies.
	Uncut bool
	// Hidden says that its sender alone has it, as if the receiver had blocked them.
	Hidden bool
	// With adds to the commit of the message what is to be durable with it, or refuses the
	// message. It runs on the lane of the conversation, once for each commit that is made of
	// the message, does not wait, and sees rows as the steps before have put them.
	With func(ctx context.Context, rows RowReader, c *Commit) error `json:"-"`
}

// Receipt is the answer to a send.
type Receipt struct {
	Seq         Seq // 0 when nothing was stored: online only, or over the group's rate
	Prev        Seq // PrevSeq (spec/00 §6): the highest lower number that the sender may see
	ID          string
	Key         string
	Time        int64 // Unix milliseconds
	ClientMsgID string
	// DropReason is MsgFreqCtrl when the group's rate dropped the message
	// (spec/20 §8); "" otherwise: a sender is not told of drops by a webhook or a blocklist.
	DropReason string
	Duplicate  bool // the answer is that of an earlier send
}

// DroppedByRate is the DropReason of the group rate (spec/22b §1).
const DroppedByRate = "MsgFreqCtrl"

// ReceiptOf is the receipt of m; its id and its key share an array. See Message.Before
// for how exact Prev is.
func ReceiptOf(m *Message) Receipt {
	b := m.AppendID(make([]byte, 0, idBytes+keyBytes))
	n := len(b)
	both := string(m.MsgKey().Append(b))
	r := Receipt{Seq: m.Seq, ID: both[:n], Key: both[n:], Time: m.Time, ClientMsgID: m.ClientMsgID}
	if m.Seq != 0 {
		r.Prev, _ = m.Before(m.From)
	}
	return r
}
