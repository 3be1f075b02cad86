package chat

import (
	"strings"
	"unicode/utf8"
)

// Friend is a name in a user's list of friends (spec/07 B1).
type Friend struct {
	User       UserID
	Added      int64 // AddTime, Unix seconds
	Remark     string
	RemarkTime int64 // Unix seconds; 0: there was none yet
	Source     string
	Wording    string
	Groups     []string          // friend groups of the list's owner
	Custom     map[string]string // by the key after Tag_SNS_Custom_
	Profile    []ProfileItem     // what the reader may read; in events Nick and Image alone
}

// NewFriend is somebody to be put into a list of friends.
type NewFriend struct {
	User              UserID
	Remark            string
	Groups            []string
	Source, Wording   string
	Added, RemarkTime int64 // Unix seconds; 0: now; imports alone
	Custom            map[string]string
}

// FriendUpdate is what changes of a friend; nil leaves a field as it is.
type FriendUpdate struct {
	User   UserID
	Remark *string
	Groups []string          // all groups from now on; nil: unchanged
	Custom map[string]string // by key; "" removes
}

// FriendRequest is a request that waits for an answer, as one of the two sees it.
type FriendRequest struct {
	Peer            Person // who asks, or is asked
	In              bool   // the peer asks
	Source, Wording string
	Time            int64 // Unix seconds
}

// FriendAnswer is the answer to a request.
type FriendAnswer string

// The answers (spec/30 §6.2).
const (
	AgreeAndAdd  FriendAnswer = "Response_Action_AgreeAndAdd" // both lists
	AgreeOnly    FriendAnswer = "Response_Action_Agree"       // the list of who asked
	RejectFriend FriendAnswer = "Response_Action_Reject"
)

// Relation is what two users are to each other in lists of one sort.
type Relation struct{ Has, HadBy bool } // the owner lists the other; the other lists the owner

// Follower is an entry of a list of those who follow or are followed.
type Follower struct {
	User    UserID
	Since   int64         // Unix seconds
	Profile []ProfileItem // Nick and Image
}

// FollowCounts are what a user's follows add up to.
type FollowCounts struct{ Fans, Following, Mutual int64 }

// FollowType says which follows are meant, or what two users are (spec/07 C). That 1 to 3
// are also what follow_check says is a choice.
type FollowType uint32

// The types.
const (
	NoFollow     FollowType = 0
	Fans         FollowType = 1
	Following    FollowType = 2
	MutualFollow FollowType = 3
)

// What events of kind friend tell (spec/00 §4).
const (
	FriendAdded     = "add"
	FriendDeleted   = "delete"
	FriendUpdated   = "update"
	FriendRequested = "request" // without a request: they have been read
	FriendAnswered  = "request-done"
)

// FriendChange is what an event of kind friend carries.
type FriendChange struct {
	What    string
	Friend  *Friend        `json:",omitempty"`
	Request *FriendRequest `json:",omitempty"`
	Unread  *int           `json:",omitempty"` // requests that were not read
}

// FriendGroupChange is what an event of kind friendgroup carries.
type FriendGroupChange struct {
	Name, Old string // Old: before it was renamed
	Members   []UserID
	Whole     bool // Members are all; a group with more than an event holds names none
	Deleted   bool
}

// BlockChange is what an event of kind black carries.
type BlockChange struct{ Add, Delete []UserID }

// RelationChange is what the webhooks about friends, blocklists and follows tell, and ask
// about (spec/30 §6.2).
type RelationChange struct {
	Pairs []RelationPair `json:",omitempty"`
	Cmd   string         `json:",omitempty"` // ClientCmd
	Admin UserID         `json:",omitempty"` // the administrator who did it
	Force bool           `json:",omitempty"`

	// Of questions alone.
	Owner  UserID       `json:",omitempty"` // and who has asked, of an answer
	Items  []NewFriend  `json:",omitempty"`
	Single bool         `json:",omitempty"` // AddType
	Answer FriendAnswer `json:",omitempty"`
}

// RelationPair is one direction: To is in, or out of, a list of From's.
type RelationPair struct{ From, To, Initiator UserID }

// Bounds of what is kept of a friend, in bytes (spec/07 B1).
const (
	MaxRemark       = 96
	MaxAddWording   = 256
	MaxFriendGroup  = 30
	MaxFriendField  = 500
	MaxFriendFields = 20 // of an app and of a friend; keys are as those of profiles
	addSourcePrefix = "AddSource_Type_"
)

// ValidAddSource reports whether s is an AddSource: the prefix and 1 to 8 letters.
func ValidAddSource(s string) bool {
	name, ok := strings.CutPrefix(s, addSourcePrefix)
	return ok && ValidProfileKey(name)
}

// ValidFriendGroup reports whether s may name a friend group: text of 1 to 30 bytes
// without control characters.
func ValidFriendGroup(s string) bool {
	return s != "" && len(s) <= MaxFriendGroup && utf8.ValidString(s) && !HasControl(s)
}
