package chat

// Everything that differs by group type is a row of the table in this file;
// spec/20 §2 and spec/21 §2 are its sources, cell by cell.

// WireName is the spelling of REST and webhooks: the older name, unless the
// app asked for the newer ones (spec/20 §1). Clients and the store use the current name,
// which is t itself.
func (t GroupType) WireName(newNames bool) string {
	if r, ok := types[t]; ok && !newNames {
		return r.oldName
	}
	return string(t)
}

// ParseGroupType reads either spelling; case matters.
func ParseGroupType(s string) (GroupType, bool) {
	for t, r := range types {
		if s == string(t) || s == r.oldName {
			return t, true
		}
	}
	return "", false
}

// GroupTypes lists the types in the specification's order.
func GroupTypes() []GroupType {
	return []GroupType{Work, Public, Meeting, AVChatRoom, Community}
}

// rules is the type's row. An unknown type has a row that allows nothing.
func (t GroupType) rules() *typeRules {
	if r, ok := types[t]; ok {
		return r
	}
	return &unknownType
}

// typeRules is one column of spec/20 §2, with that type's column of spec/21 §2.
type typeRules struct {
	oldName string
	can     actionTable

	// Becoming a member.
	applyJoin    JoinOption        // default
	applyFixed   bool              // ApplyJoinOption has no effect
	inviteJoin   InviteOption      // default
	inviteFixed  bool              // InviteJoinOption has no effect
	initial      bool              // MemberList at creation
	add          bool              // add_group_member
	topics       bool              // SupportTopic
	needsSwitch  bool              // absent while Switches.NoCommunity
	boundless    bool              // MaxMemberNum has no meaning
	size         func(*Limits) int // the app's bound of MaxMemberNum; 0 or less: none
	flag         ReceiveOption     // of a new member
	idMark       string            // custom ids start with it; "": must not look server-made
	needsMessage bool              // note F: dormant until its first message

	// Leaving.
	ownerQuits bool
	namesGone  bool // AfterGroupDestroyed lists the members (spec/30 §6.4)

	// What is kept.
	members bool // member rows; otherwise viewers are in rooms, and only owner and admins have rows
	stored  bool // history
	earlier bool // a new member sees what was said before, by default
	counts  func(*App) bool

	// Messages.
	atAll    bool
	targeted bool
	recall   bool
	receipts bool

	tips tipTable
}

// tipTable says what becomes of a change's tip (spec/23 §4).
type tipTable struct {
	coming  tipWay // join, invite, quit, kick
	profile tipWay // name, introduction, notification, photo, owner
	options tipWay // mute all, join and invite options
	people  tipWay // a member's mute, admins appointed and removed
}

// tipWay is what becomes of a tip.
type tipWay uint8

const (
	tipOff     tipWay = iota
	tipPassing        // delivered to the viewers of a live room, numbered and not stored
	tipStored         // a numbered message of the group
)

func always(*App) bool { return true }
func never(*App) bool  { return false }

func ordinarySize(l *Limits) int  { return l.GroupMembers }
func communitySize(l *Limits) int { return l.CommunityMembers }
func noSize(*Limits) int          { return 0 }

// chatty is the tip table of Work, Public and Community.
var chatty = tipTable{coming: tipStored, profile: tipStored, options: tipOff, people: tipStored}

var types = map[GroupType]*typeRules{
	Work: {
		oldName:   "Private",
		applyJoin: JoinDisabled, applyFixed: true,
		inviteJoin: InviteFree,
		initial:    true, add: true,
		size: ordinarySize, flag: AcceptAndNotify,
		needsMessage: true,
		ownerQuits:   true,
		namesGone:    true,
		members:      true, stored: true, earlier: false, counts: always,
		atAll: true, targeted: true, recall: true, receipts: true,
		tips: chatty,
		can: actionTable{
			ReadProfile:   {least: RoleMember}, // not found by others: spec/20 §2
			ReadMembers:   {least: RoleMember},
			EditProfile:   {least: RoleMember},
			EditJoin:      {least: rankApp}, // accepted, no effect
			EditInvite:    {least: RoleOwner},
			EditCustom:    {least: RoleOwner},
			MuteAll:       {least: rankApp}, // note C
			EditSize:      {least: rankApp},
			Apply:         {least: rankNobody},
			Invite:        {least: RoleMember},
			Approve:       {least: RoleOwner}, // of invitations; there are no admins
			Appoint:       {least: rankNobody},
			Kick:          {least: RoleOwner},
			MuteMember:    {least: rankNobody},
			EditSelf:      {least: RoleMember},
			EditOther:     {least: RoleOwner},
			Speak:         {least: RoleMember},
			RecallOwn:     {least: RoleMember},
			RecallOther:   {least: RoleOwner},
			Quit:          {least: RoleMember},
			Disband:       {least: rankApp},
			TransferOwner: {least: RoleOwner},
		},
	},
	Public: {
		oldName:    "Public",
		applyJoin:  JoinPermission,
		inviteJoin: InviteDisabled,
		initial:    true, add: true,
		size: ordinarySize, flag: AcceptAndNotify,
		namesGone: true,
		members:   true, stored: true, earlier: false, counts: always,
		atAll: true, targeted: true, recall: true, receipts: true,
		tips: chatty,
		can:  peopleTable,
	},
	Meeting: {
		oldName:    "ChatRoom",
		applyJoin:  JoinFree, // note B
		inviteJoin: InviteDisabled,
		initial:    true, add: true,
		// "Online only, no push" is AcceptNotNotify: the choice for the open point.
		size: ordinarySize, flag: AcceptNotNotify,
		namesGone: true,
		members:   true, stored: true, earlier: true,
		counts: func(a *App) bool { return a.Switches.MeetingUnread },
		atAll:  true, targeted: true, recall: true, receipts: true,
		tips: tipTable{coming: tipOff, profile: tipStored, options: tipOff, people: tipOff},
		can:  peopleTable,
	},
	AVChatRoom: {
		oldName:    "AVChatRoom",
		applyJoin:  JoinFree, // note B
		inviteJoin: InviteDisabled, inviteFixed: true,
		initial: false, add: false,
		boundless: true, size: noSize, flag: AcceptNotNotify,
		members: false, stored: false, earlier: false, counts: never,
		atAll: false, targeted: false, recall: false, receipts: false, // note G
		tips: tipTable{coming: tipPassing, profile: tipPassing, options: tipOff, people: tipOff},
		can: actionTable{
			ReadProfile:   {least: NotMember},
			ReadMembers:   {least: rankNobody}, // not stored
			EditProfile:   {least: RoleOwner},
			EditJoin:      {least: RoleOwner},
			EditInvite:    {least: RoleOwner}, // no effect
			EditCustom:    {least: RoleOwner},
			MuteAll:       {least: RoleOwner},
			EditSize:      {least: rankApp}, // no effect
			Apply:         {least: NotMember},
			Invite:        {least: rankNobody},
			Approve:       {least: rankNobody},
			Appoint:       {least: RoleOwner, when: func(a *App) bool { return a.Switches.LiveAdmins }}, // note A
			Kick:          {least: rankNobody, code: CodeGroupParameter},                                // spec/22a §7
			MuteMember:    {least: RoleOwner},
			EditSelf:      {least: rankApp}, // only owner and admins have rows
			EditOther:     {least: rankApp},
			Speak:         {least: RoleMember},
			RecallOwn:     {least: rankNobody, code: CodeRecallUnsupported},
			RecallOther:   {least: rankNobody, code: CodeRecallUnsupported},
			Quit:          {least: RoleMember},
			Disband:       {least: RoleOwner},
			TransferOwner: {least: rankNobody},
		},
	},
	Community: {
		oldName:   "Community",
		applyJoin: JoinFree, applyFixed: true,
		inviteJoin: InviteFree,
		initial:    true, add: true,
		topics:      true,
		needsSwitch: true,
		size:        communitySize, flag: AcceptAndNotify,
		idMark:  communityMark,
		members: true, stored: true, earlier: true, counts: always, // note E
		atAll: true, targeted: false, recall: true, receipts: false, // note G
		tips: chatty,
		can: peopleTable.with(map[Action]cell{
			EditJoin: {least: rankNobody},
			Invite:   {least: RoleMember},
		}),
	},
}

// peopleTable is what Public, Meeting and Community have in common.
var peopleTable = actionTable{
	ReadProfile:   {least: NotMember},
	ReadMembers:   {least: RoleMember},
	EditProfile:   {least: RoleAdmin}, // note D
	EditJoin:      {least: RoleAdmin},
	EditInvite:    {least: RoleAdmin},
	EditCustom:    {least: RoleAdmin},
	MuteAll:       {least: RoleAdmin},
	EditSize:      {least: rankApp},
	Apply:         {least: NotMember},
	Invite:        {least: rankApp},
	Approve:       {least: RoleAdmin},
	Appoint:       {least: RoleOwner},
	Kick:          {least: RoleAdmin},
	MuteMember:    {least: RoleAdmin},
	EditSelf:      {least: RoleMember},
	EditOther:     {least: RoleAdmin},
	Speak:         {least: RoleMember},
	RecallOwn:     {least: RoleMember},
	RecallOther:   {least: RoleAdmin},
	Quit:          {least: RoleMember},
	Disband:       {least: RoleOwner},
	TransferOwner: {least: RoleOwner},
}

// unknownType is the row of a type this server does not know.
var unknownType = typeRules{
	counts: never, boundless: true, size: noSize, can: nothingAllowed(),
}
