package chat

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

// ReceiveOption is MsgFlag: how a member wants the group's messages (spec/21 §6).
type ReceiveOption string

// The receive options.
const (
	AcceptAndNotify ReceiveOption = "AcceptAndNotify"
	AcceptNotNotify ReceiveOption = "AcceptNotNotify"
	Discard         ReceiveOption = "Discard"
)

// Member is one user's place in one group (spec/20 §6).
type Member struct {
	Group    GroupID
	User     UserID
	Role     Role
	Joined   int64 // Unix seconds
	JoinSeq  Seq   // the conversation's head when he joined: earlier messages lie before it
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
}

// Mute is a member's mute; it outlives the membership (spec/21 §4).
type Mute struct {
	User  UserID
	Until int64 // Unix seconds
}
