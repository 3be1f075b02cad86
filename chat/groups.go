package chat

import "context"

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
	Role   Role
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

// MemberPatch changes one member; nil fields stay.
type MemberPatch struct {
	Role     *Role
	Flag     *ReceiveOption
	NameCard *string
	Custom   map[string]string
	Mute     *uint32 // seconds; 0 lifts
}

// GroupView is a group with the state of its log.
type GroupView struct {
	*Group
	Head Head
}

// MemberView is a member with what lies elsewhere.
type MemberView struct {
	*Member
	ReadSeq   Seq
	LastSend  int64 // Unix seconds
	MuteUntil int64 // Unix seconds; 0: not muted
}

// MemberQuery pages members. With Offset it counts, with After it continues.
type MemberQuery struct {
	Roles  []Role // empty: all
	Offset int
	After  UserID
	Limit  int // 0: all
}

// JoinedGroup is a group as one of its members has it.
type JoinedGroup struct {
	GroupView
	Self MemberView
}

// JoinedQuery pages the groups of a user.
type JoinedQuery struct {
	Type          GroupType // "": all
	WithLive      bool      // AVChatRooms too
	WithInactive  bool      // Work groups without a message too
	Offset, Limit int       // Limit 0: all
}

// AddResult is the outcome of adding one user to a group.
type AddResult struct {
	User   UserID
	Result int // 0 failed, 1 added, 2 was a member, 3 waits for consent
}

// CreateGroup makes a group.
func (s *Service) CreateGroup(ctx context.Context, by Actor, d GroupDraft) (*Group, error) {
	panic("unwritten")
}

// Group returns a group's profile as by may see it.
func (s *Service) Group(ctx context.Context, by Actor, id GroupID) (GroupView, error) {
	panic("unwritten")
}

// ModifyGroup changes a group's profile.
func (s *Service) ModifyGroup(ctx context.Context, by Actor, id GroupID, p GroupPatch) error {
	panic("unwritten")
}

// DestroyGroup disbands a group.
func (s *Service) DestroyGroup(ctx context.Context, by Actor, id GroupID) error {
	panic("unwritten")
}

// JoinGroup applies for membership; joined is false when it waits for approval.
func (s *Service) JoinGroup(ctx context.Context, by Actor, id GroupID, text string) (joined bool, err error) {
	panic("unwritten")
}

// QuitGroup leaves a group.
func (s *Service) QuitGroup(ctx context.Context, by Actor, id GroupID) error {
	panic("unwritten")
}

// AddMembers brings users in: an administrator's add or a member's invitation.
func (s *Service) AddMembers(ctx context.Context, by Actor, id GroupID, list []UserID, silent bool) ([]AddResult, error) {
	panic("unwritten")
}

// RemoveMembers kicks users; those who are not members are passed over.
func (s *Service) RemoveMembers(ctx context.Context, by Actor, id GroupID, list []UserID, silent bool, reason string) error {
	panic("unwritten")
}

// ModifyMember changes a member's role, card, receive option, fields or mute.
func (s *Service) ModifyMember(ctx context.Context, by Actor, id GroupID, u UserID, p MemberPatch) error {
	panic("unwritten")
}

// MuteMembers mutes users for a number of seconds; 0 lifts, 4294967295 is for ever.
func (s *Service) MuteMembers(ctx context.Context, by Actor, id GroupID, list []UserID, seconds uint32) error {
	panic("unwritten")
}

// MutedMembers lists the mutes in force.
func (s *Service) MutedMembers(ctx context.Context, by Actor, id GroupID) ([]Mute, error) {
	panic("unwritten")
}

// Transfer makes another member the owner.
func (s *Service) Transfer(ctx context.Context, by Actor, id GroupID, to UserID) error {
	panic("unwritten")
}

// Members pages the members of a group. next continues when it is not "".
func (s *Service) Members(ctx context.Context, by Actor, id GroupID, q MemberQuery) (list []MemberView, total int, next UserID, err error) {
	panic("unwritten")
}

// Roles returns the roles of users in a group, in the order asked.
func (s *Service) Roles(ctx context.Context, by Actor, id GroupID, list []UserID) ([]Role, error) {
	panic("unwritten")
}

// JoinedGroups lists the groups of a user.
func (s *Service) JoinedGroups(ctx context.Context, by Actor, u UserID, q JoinedQuery) (list []JoinedGroup, total int, err error) {
	panic("unwritten")
}

// ListGroups pages all groups of the app; administrators only.
func (s *Service) ListGroups(ctx context.Context, by Actor, t GroupType, after GroupID, limit int) (ids []GroupID, total int, err error) {
	panic("unwritten")
}
