package chat

import (
	"math"
	"slices"
)

// Role of a user in a group; the order is the order of rank.
type Role uint8

// The roles (spec/21 §1). NotMember is only an answer.
const (
	NotMember Role = iota
	RoleMember
	RoleAdmin
	RoleOwner
)

// String is the wire spelling.
func (r Role) String() string {
	switch r {
	case RoleMember:
		return "Member"
	case RoleAdmin:
		return "Admin"
	case RoleOwner:
		return "Owner"
	}
	return "NotMember"
}

// ParseRole reads a wire spelling.
func ParseRole(s string) (Role, bool) {
	for _, r := range []Role{RoleMember, RoleAdmin, RoleOwner} {
		if s == r.String() {
			return r, true
		}
	}
	return NotMember, false
}

// ReceiveOption is MsgFlag, or RecvOpt: how a user wants the messages of a group (spec/21
// §6) or of a peer (spec/00 §5).
type ReceiveOption string

// The receive options. Those with ExceptAt are as the two before them, but for messages that
// mention the user.
const (
	AcceptAndNotify         ReceiveOption = "AcceptAndNotify"
	AcceptNotNotify         ReceiveOption = "AcceptNotNotify"
	Discard                 ReceiveOption = "Discard" // not delivered and not unread
	AcceptNotNotifyExceptAt ReceiveOption = "AcceptNotNotifyExceptAt"
	NotReceiveMsgExceptAt   ReceiveOption = "NotReceiveMsgExceptAt"
)

// Words lists all of them.
func (ReceiveOption) Words() []string {
	return []string{
		string(AcceptAndNotify), string(AcceptNotNotify), string(Discard),
		string(AcceptNotNotifyExceptAt), string(NotReceiveMsgExceptAt),
	}
}

// Valid reports whether o is one of them.
func (o ReceiveOption) Valid() bool { return slices.Contains(o.Words(), string(o)) }

// Want says which messages are delivered and count as unread.
func (o ReceiveOption) Want() Want {
	switch o {
	case Discard:
		return WantNone
	case NotReceiveMsgExceptAt:
		return WantMentions
	}
	return WantAll
}

// Want is which messages of a conversation a user wants delivered and counted as unread.
type Want uint8

// The wants.
const (
	WantAll Want = iota
	WantMentions
	WantNone
)

// Takes reports whether u, who wants this of its conversation, wants m.
func (w Want) Takes(m *Message, u UserID) bool {
	switch w {
	case WantAll:
		return true
	case WantMentions:
		return slices.Contains(m.At, u) || slices.Contains(m.At, AtAll)
	}
	return false
}

// Member is one user's place in one group (spec/20 §6).
type Member struct {
	Group    GroupID
	User     UserID
	Role     Role
	Joined   int64 // Unix seconds
	JoinSeq  Seq   // the conversation's head at the time of joining
	NameCard string
	Flag     ReceiveOption
	Custom   map[string]string // AppMemberDefinedData
}

// Membership is a member row as found from the user's side.
type Membership struct {
	Group   GroupID
	Type    GroupType
	Joined  int64
	JoinSeq Seq
	Flag    ReceiveOption
}

// MemberPatch changes one member; nil fields stay.
type MemberPatch struct {
	Role     *Role
	Flag     *ReceiveOption
	NameCard *string
	Custom   map[string]string // "" deletes
	Mute     *uint32           // seconds; 0 lifts
}

// MemberView is a member with what lies elsewhere.
type MemberView struct {
	*Member
	ReadSeq   Seq
	LastSend  int64 // Unix seconds; administrators only
	MuteUntil int64 // Unix seconds; 0: not muted

	Nick, FaceURL string // of the account, if they were asked for
}

// MemberQuery pages members. With Offset it counts, with After it continues.
type MemberQuery struct {
	Users  []UserID // those of them who are members, without paging; nil: all members
	Roles  []Role   // empty: all
	Named  bool     // with Nick and FaceURL
	Offset int
	After  UserID
	Limit  int // at most 6,000, which 0 means too
}

// Mute is a member's mute; it outlives the membership (spec/21 §4).
type Mute struct {
	User  UserID
	Until int64 // Unix seconds
	// Holder is that of the muted account: a mute ends with it.
	Holder uint32
}

// Ban keeps a user out of a group; see Mute for the fields.
type Ban struct {
	User   UserID
	Until  int64
	Holder uint32
}

// MuteForever is the duration that never ends (spec/21 §4). It is kept as the
// last second that the wire's unsigned 32 bits can name, in the year 2106; no mute ends later.
const MuteForever uint32 = math.MaxUint32

// MuteEnd is when a mute of so many seconds ends that begins now, in Unix seconds; 0
// when it lifts.
func MuteEnd(now int64, seconds uint32) int64 {
	switch seconds {
	case 0:
		return 0
	case MuteForever:
		return math.MaxUint32
	}
	return min(now+int64(seconds), math.MaxUint32)
}

// MuteLeft is how many seconds a mute has left that ends then; MuteForever stays it.
func MuteLeft(now, end int64) uint32 {
	if end == math.MaxUint32 {
		return MuteForever
	}
	return uint32(max(0, end-now))
}
