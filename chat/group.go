package chat

// Group is a group's profile (spec/20 §5).
type Group struct {
	App          AppID
	ID           GroupID
	Type         GroupType
	Name         string
	Introduction string
	Notification string
	FaceURL      string
	Owner        UserID // "" when there is none
	Created      int64  // Unix seconds
	InfoSeq      uint64 // grows by every profile change
	InfoTime     int64  // LastInfoTime, Unix seconds
	MaxMembers   int
	Members      int // current members; AVChatRooms count their viewers instead
	ApplyJoin    JoinOption
	InviteJoin   InviteOption
	MuteAll      bool
	Custom       map[string]string // AppDefinedData
	SupportTopic bool
}

// Conv is the group's conversation.
func (g *Group) Conv() Conversation { return GroupOf(g.App, g.ID) }

// full reports whether nobody else fits in. A type without bound has a
// MaxMembers of 0 or less.
func (g *Group) full() bool { return g.MaxMembers > 0 && g.Members >= g.MaxMembers }

// public is what somebody who is no member sees of g (spec/21 §2). Which
// fields are public no document says; what is addressed to members is not: a choice.
func (g *Group) public() *Group {
	return &Group{
		App: g.App, ID: g.ID, Type: g.Type, Name: g.Name, Introduction: g.Introduction,
		FaceURL: g.FaceURL, Owner: g.Owner, Created: g.Created,
		Members: g.Members, MaxMembers: g.MaxMembers,
		ApplyJoin: g.ApplyJoin, InviteJoin: g.InviteJoin, SupportTopic: g.SupportTopic,
	}
}

// GroupType is the kind of a group (spec/20 §1), stored under its current name.
type GroupType string

// The five types.
const (
	Work       GroupType = "Work"
	Public     GroupType = "Public"
	Meeting    GroupType = "Meeting"
	AVChatRoom GroupType = "AVChatRoom"
	Community  GroupType = "Community"
)

// JoinOption is ApplyJoinOption.
type JoinOption string

// The ways to join on one's own.
const (
	JoinDisabled   JoinOption = "DisableApply"
	JoinPermission JoinOption = "NeedPermission"
	JoinFree       JoinOption = "FreeAccess"
)

// Valid reports whether o is one of the three.
func (o JoinOption) Valid() bool {
	return o == JoinDisabled || o == JoinPermission || o == JoinFree
}

// InviteOption is InviteJoinOption.
type InviteOption string

// The ways to be invited by a member.
const (
	InviteDisabled   InviteOption = "DisableInvite"
	InvitePermission InviteOption = "NeedPermission"
	InviteFree       InviteOption = "FreeAccess"
)

// Valid reports whether o is one of the three.
func (o InviteOption) Valid() bool {
	return o == InviteDisabled || o == InvitePermission || o == InviteFree
}

// GroupDraft is a group as a creator asks for it.
type GroupDraft struct {
	ID           GroupID // "" lets the server choose
	Type         GroupType
	Name         string
	Introduction string
	Notification string
	FaceURL      string
	Owner        UserID // administrators may leave it out; a user is the owner himself
	MaxMembers   int    // 0: the type's limit
	ApplyJoin    JoinOption
	InviteJoin   InviteOption
	Custom       map[string]string
	Members      []NewMember
	SupportTopic bool
}

// NewMember is an initial member of a group.
type NewMember struct {
	User   UserID
	Role   Role // RoleAdmin, or RoleMember, which NotMember means too
	Custom map[string]string
}

// GroupPatch changes a group's profile; nil fields stay.
type GroupPatch struct {
	Name, Introduction, Notification, FaceURL *string
	MaxMembers                                *int
	ApplyJoin                                 *JoinOption
	InviteJoin                                *InviteOption
	MuteAll                                   *bool
	Custom                                    map[string]string // "" deletes
}

// GroupView is a group with the state of its log.
type GroupView struct {
	*Group
	Head Head
}
