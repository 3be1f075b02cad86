package chat

import "slices"

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
	CustomString string // of topics (spec/20 §9)
	// Founded tells a community from one that had its id before, and is the same in the
	// rows of its topics: they end with it.
	Founded uint64
	Ended   bool // only members who are not told yet are left of it; nobody finds it
}

// Conv is the group's conversation.
func (g *Group) Conv() Conversation { return GroupOf(g.App, g.ID) }

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

// typeNames are the types in the specification's order, each with its older
// name.
var typeNames = []struct {
	now GroupType
	old string
}{
	{Work, "Private"}, {Public, "Public"}, {Meeting, "ChatRoom"}, {AVChatRoom, "AVChatRoom"}, {Community, "Community"},
}

// WireName is the spelling of REST and webhooks: the older name, unless the
// app asked for the newer ones (spec/20 §1). Clients and the store use the current name,
// which is t itself.
func (t GroupType) WireName(newNames bool) string {
	for _, n := range typeNames {
		if n.now == t && !newNames {
			return n.old
		}
	}
	return string(t)
}

// ParseGroupType reads either spelling; case matters.
func ParseGroupType(s string) (GroupType, bool) {
	for _, n := range typeNames {
		if s == string(n.now) || s == n.old {
			return n.now, true
		}
	}
	return "", false
}

// GroupTypes lists the types in the specification's order.
func GroupTypes() []GroupType {
	list := make([]GroupType, len(typeNames))
	for i, n := range typeNames {
		list[i] = n.now
	}
	return list
}

// JoinOption is ApplyJoinOption.
type JoinOption string

// The ways to join on one's own.
const (
	JoinDisabled   JoinOption = "DisableApply"
	JoinPermission JoinOption = "NeedPermission"
	JoinFree       JoinOption = "FreeAccess"
)

// Words lists the three.
func (JoinOption) Words() []string {
	return []string{string(JoinDisabled), string(JoinPermission), string(JoinFree)}
}

// Valid reports whether o is one of the three.
func (o JoinOption) Valid() bool { return slices.Contains(o.Words(), string(o)) }

// InviteOption is InviteJoinOption.
type InviteOption string

// The ways to be invited by a member.
const (
	InviteDisabled   InviteOption = "DisableInvite"
	InvitePermission InviteOption = "NeedPermission"
	InviteFree       InviteOption = "FreeAccess"
)

// Words lists the three.
func (InviteOption) Words() []string {
	return []string{string(InviteDisabled), string(InvitePermission), string(InviteFree)}
}

// Valid reports whether o is one of the three.
func (o InviteOption) Valid() bool { return slices.Contains(o.Words(), string(o)) }

// GroupDraft is a group as a creator asks for it.
type GroupDraft struct {
	ID           GroupID // "" lets the server choose
	Type         GroupType
	Name         string
	Introduction string
	Notification string
	FaceURL      string
	Owner        UserID // administrators may leave it out; with a user it is the user
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

// GroupView is a group with the state of its log, as one caller may see it.
type GroupView struct {
	*Group
	Head Head
	// Outside says that the caller is neither a member nor an administrator: only what
	// everybody may see is set.
	Outside bool
}
