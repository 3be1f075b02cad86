package chat

import (
	"fmt"
	"strings"
)

// AppID is an SDKAppID: the number of a tenant. Nothing crosses apps.
type AppID uint32

// UserID names an account inside an app: 1 to 32 bytes, case-sensitive
// (spec/01 §7).
type UserID string

// GroupID names a group inside an app: 1 to 48 bytes of printable ASCII,
// longer for server-made Community ids (spec/20 §4).
type GroupID string

// Seq numbers the messages of one conversation: consecutive from 1, no gaps,
// the same for every reader (spec/00 §6). Zero means none.
type Seq uint64

// MaxUserIDBytes is the longest UserID (spec/01 §7).
const MaxUserIDBytes = 32

// MaxGroupIDBytes is the longest custom GroupID (spec/20 §4).
const MaxGroupIDBytes = 48

// SystemUser is the sender of messages the server itself writes, such as
// group tips without an operator.
const SystemUser UserID = "@TIM#SYSTEM"

// Valid reports whether g is well formed as the id of an existing group;
// what a creator may choose is narrower and lives in group.go.
func (g GroupID) Valid() bool {
	s := string(g)
	if s == "" || len(s) > 2*MaxGroupIDBytes {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// Kind tells a one-to-one conversation from a group's.
type Kind uint8

// The kinds of conversation. The zero Kind is none.
const (
	C2C Kind = iota + 1
	InGroup
)

// Conversation names one conversation: the shard key of everything that is
// ordered. It is comparable. For C2C, A and B are the two users with A <= B;
// for a group, A is the GroupID and B is empty.
type Conversation struct {
	App  AppID
	Kind Kind
	A, B string
}

// C2COf returns the conversation of two users of one app, in either order.
func C2COf(app AppID, one, other UserID) Conversation {
	if one > other {
		one, other = other, one
	}
	return Conversation{App: app, Kind: C2C, A: string(one), B: string(other)}
}

// GroupOf returns the conversation of a group.
func GroupOf(app AppID, g GroupID) Conversation {
	return Conversation{App: app, Kind: InGroup, A: string(g)}
}

// Group returns the group of a group conversation, else "".
func (c Conversation) Group() GroupID {
	if c.Kind != InGroup {
		return ""
	}
	return GroupID(c.A)
}

// Peer returns the other party of a C2C conversation from u's side: u itself in
// a conversation of a user with themselves, "" for groups.
func (c Conversation) Peer(u UserID) UserID {
	switch {
	case c.Kind != C2C:
		return ""
	case string(u) == c.A:
		return UserID(c.B)
	default:
		return UserID(c.A)
	}
}

// Has reports whether u is one of the two parties of a C2C conversation.
func (c Conversation) Has(u UserID) bool {
	return c.Kind == C2C && (c.A == string(u) || c.B == string(u))
}

// side tells the parties of a C2C conversation apart: 0 is A, 1 is B. In groups it
// is 0.
func (c Conversation) side(u UserID) int {
	if c.Kind == C2C && string(u) == c.B && c.B != c.A {
		return 1
	}
	return 0
}

// String is for logs: app/c2c/a/b or app/group/g.
func (c Conversation) String() string {
	if c.Kind == InGroup {
		return fmt.Sprintf("%d/group/%s", c.App, c.A)
	}
	return fmt.Sprintf("%d/c2c/%s/%s", c.App, c.A, c.B)
}

// Target is a conversation as one user sees it: "c2c/bob" or "group/g".
type Target struct {
	Kind Kind
	ID   string // the peer's UserID or the GroupID, as it is (not percent-encoded)
}

// ToUser is the target of a C2C conversation.
func ToUser(u UserID) Target { return Target{Kind: C2C, ID: string(u)} }

// ToGroup is the target of a group conversation.
func ToGroup(g GroupID) Target { return Target{Kind: InGroup, ID: string(g)} }

// User returns the peer of a C2C target.
func (t Target) User() UserID { return UserID(t.ID) }

// Group returns the group of a group target.
func (t Target) Group() GroupID { return GroupID(t.ID) }

// Of returns the conversation that t names for user u.
func (t Target) Of(app AppID, u UserID) Conversation {
	if t.Kind == InGroup {
		return GroupOf(app, t.Group())
	}
	return C2COf(app, u, t.User())
}

// For returns c as user u sees it.
func (c Conversation) For(u UserID) Target {
	if c.Kind == InGroup {
		return ToGroup(c.Group())
	}
	return ToUser(c.Peer(u))
}

// String gives the form used in bodies (spec/00 §5): c2c/ or group/ and the
// raw id.
func (t Target) String() string {
	if t.Kind == InGroup {
		return "group/" + t.ID
	}
	return "c2c/" + t.ID
}

// ParseTarget reads the form that String prints. The id is not checked
// beyond being present.
func ParseTarget(s string) (Target, bool) {
	if id, ok := strings.CutPrefix(s, "c2c/"); ok && id != "" {
		return Target{Kind: C2C, ID: id}, true
	}
	if id, ok := strings.CutPrefix(s, "group/"); ok && id != "" {
		return Target{Kind: InGroup, ID: id}, true
	}
	return Target{}, false
}
