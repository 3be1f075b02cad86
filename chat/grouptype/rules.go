package grouptype

import "github.com/teahouse-im/teahouse/chat"

// Of is the type's row of the table, for reading. An unknown type has a row that allows
// nothing.
func Of(t chat.GroupType) *Rules {
	if r, ok := types[t]; ok {
		return r
	}
	return &unknownType
}

// Known reports whether the server knows the type.
func (r *Rules) Known() bool { return r != &unknownType }

// Rules is one column of spec/20 §2, with that type's column of spec/21 §2. Who may do
// what is asked of [May] and its siblings, and what a new group begins with of [Settle].
type Rules struct {
	can actionTable

	// Becoming a member.
	applyJoin   chat.JoinOption        // default
	ApplyFixed  bool                   // ApplyJoinOption has no effect
	inviteJoin  chat.InviteOption      // default
	InviteFixed bool                   // InviteJoinOption has no effect
	initial     bool                   // MemberList at creation
	Add         bool                   // add_group_member
	Topics      bool                   // SupportTopic
	needsSwitch bool                   // absent while Switches.NoCommunity
	Boundless   bool                   // MaxMemberNum has no meaning
	Size        func(*chat.Limits) int // the app's bound of MaxMemberNum; 0 or less: none
	Flag        chat.ReceiveOption     // of a new member
	IDMark      string                 // custom ids start with it; "": must not look server-made

	// Leaving.
	ownerQuits bool
	NamesGone  bool // AfterGroupDestroyed lists the members (spec/30 §6.4)

	// What is kept.
	Members bool // member rows; otherwise viewers are in rooms, and only owner and admins have rows
	earlier bool // a new member sees what was said before, by default

	// What its messages may be.
	Stored   bool                 // history is kept; otherwise messages pass
	Sleeps   bool                 // note F of spec/20: dormant until its first message
	Counts   func(*chat.App) bool // they count as unread
	AtAll    bool
	Targeted bool
	Recall   bool
	Modify   bool // messages can be changed, and carry extensions
	Import   bool // groups, members and messages come in from elsewhere
	Receipts bool

	Tips Tips
}

// Tips says what becomes of a change's tip (spec/23 §4).
type Tips struct {
	Coming  TipWay // join, invite, quit, kick
	Profile TipWay // name, introduction, notification, photo, owner
	Options TipWay // mute all, join and invite options
	People  TipWay // a member's mute, admins appointed and removed
}

// TipWay is what becomes of a tip.
type TipWay uint8

// The ways.
const (
	TipOff     TipWay = iota
	TipPassing        // delivered to the viewers of a live room, numbered and not stored
	TipStored         // a numbered message of the group
)
