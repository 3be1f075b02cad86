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

// InviteOption is InviteJoinOption.
type InviteOption string

// The ways to be invited by a member.
const (
	InviteDisabled   InviteOption = "DisableInvite"
	InvitePermission InviteOption = "NeedPermission"
	InviteFree       InviteOption = "FreeAccess"
)

// Marks of group ids (spec/20 §4).
const (
	assignedMark          = "@TGS#"
	communityMark         = "@TGS#_"
	assignedCommunityMark = "@TGS#_@TGS#"
)
