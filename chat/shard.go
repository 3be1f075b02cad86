package chat

import "fmt"

// Shard names what is ordered and stored together: a conversation (with its
// group, if it has one), a user, a part of an app's files, or what an app, or the server
// itself, keeps as a whole. It is comparable. Everything durable lies in one shard, a [Commit] names
// one, and no two shards depend on each other's order.
type Shard Conversation

// The kinds of shard beyond those of conversations.
const (
	userKind Kind = iota + InGroup + 1
	appKind
	mediaKind
)

// ServerShard keeps what belongs to no app: the tenants.
var ServerShard = AppShard(0)

// UserShard is the shard of a user of an app.
func UserShard(app AppID, u UserID) Shard {
	return Shard{App: app, Kind: userKind, A: string(u)}
}

// AppShard keeps what an app has as a whole, such as the list of its groups.
func AppShard(app AppID) Shard { return Shard{App: app, Kind: appKind} }

// MediaShard keeps a part of the files of an app: what is known of each of them lies
// together, its sender and all who name it. part is part of their names.
func MediaShard(app AppID, part string) Shard { return Shard{App: app, Kind: mediaKind, A: part} }

// Shard is the shard of a conversation.
func (c Conversation) Shard() Shard { return Shard(c) }

// GroupShard is the shard of a group and its conversation.
func GroupShard(app AppID, g GroupID) Shard { return GroupOf(app, g).Shard() }

// Conv returns the conversation whose shard s is; the zero Conversation for
// other shards.
func (s Shard) Conv() Conversation {
	if s.Kind != C2C && s.Kind != InGroup {
		return Conversation{}
	}
	return Conversation(s)
}

// User returns the user whose shard s is, else "".
func (s Shard) User() UserID {
	if s.Kind != userKind {
		return ""
	}
	return UserID(s.A)
}

// Valid reports whether s is of a known kind and has the names of its kind,
// and no others. Engines check it when they read a key.
func (s Shard) Valid() bool {
	switch s.Kind {
	case C2C:
		return true
	case InGroup, userKind, mediaKind:
		return s.B == ""
	case appKind:
		return s.A == "" && s.B == ""
	}
	return false
}

// Names is how many names a key of the shard holds: 2 for C2C, 1 for a group,
// a user or a part of the files, 0 for an app.
func (s Shard) Names() int {
	switch s.Kind {
	case C2C:
		return 2
	case appKind:
		return 0
	}
	return 1
}

// String is for logs: as a conversation's, or app/user/u, or app/media/part, or app.
func (s Shard) String() string {
	switch s.Kind {
	case userKind:
		return fmt.Sprintf("%d/user/%s", s.App, s.A)
	case mediaKind:
		return fmt.Sprintf("%d/media/%s", s.App, s.A)
	case appKind:
		return fmt.Sprintf("%d", s.App)
	}
	return Conversation(s).String()
}
