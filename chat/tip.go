package chat

// TipKind numbers group tips as the current client API does (spec/23 §1).
type TipKind int

// The tips this server writes.
const (
	TipJoin         TipKind = 1
	TipInvite       TipKind = 2
	TipQuit         TipKind = 3
	TipKicked       TipKind = 4
	TipAdminSet     TipKind = 5
	TipAdminRemoved TipKind = 6
	TipGroupInfo    TipKind = 7
	TipMemberInfo   TipKind = 8
	TipTopicInfo    TipKind = 9
)

// Tip is a change of a group told as a message in it (spec/23 §5, spec/00 §6).
type Tip struct {
	Kind      TipKind
	Operator  Person
	Members   []Person
	MemberNum int // after the change; join, quit and kick only
	// Change holds only what changed, for TipGroupInfo and TipTopicInfo.
	Change *GroupChange
}

// Person is a user as tips and notices show them.
type Person struct {
	User     UserID
	Nick     string
	FaceURL  string
	NameCard string
	Role     Role
	MuteTime uint32 // seconds of a mute just given, for TipMemberInfo
}

// GroupChange lists changed profile fields; nil means unchanged.
type GroupChange struct {
	Name, Introduction, Notification, FaceURL *string
	Owner                                     *UserID
	MuteAll                                   *bool
	ApplyJoin                                 *JoinOption
	InviteJoin                                *InviteOption
	CustomString                              *string // of topics
}
