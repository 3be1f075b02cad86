package group

import "github.com/teahouse-im/teahouse/chat"

// Everything that differs by group type is a row of the table in this file;
// spec/20 §2 and spec/21 §2 are its sources, cell by cell.

// rulesOf is the type's row. An unknown type has a row that allows nothing.
func rulesOf(t chat.GroupType) *typeRules {
	if r, ok := types[t]; ok {
		return r
	}
	return &unknownType
}

// typeRules is one column of spec/20 §2, with that type's column of spec/21 §2.
type typeRules struct {
	can actionTable

	// Becoming a member.
	applyJoin   chat.JoinOption        // default
	applyFixed  bool                   // ApplyJoinOption has no effect
	inviteJoin  chat.InviteOption      // default
	inviteFixed bool                   // InviteJoinOption has no effect
	initial     bool                   // MemberList at creation
	add         bool                   // add_group_member
	topics      bool                   // SupportTopic
	needsSwitch bool                   // absent while Switches.NoCommunity
	boundless   bool                   // MaxMemberNum has no meaning
	size        func(*chat.Limits) int // the app's bound of MaxMemberNum; 0 or less: none
	flag        chat.ReceiveOption     // of a new member
	idMark      string                 // custom ids start with it; "": must not look server-made

	// Leaving.
	ownerQuits bool
	namesGone  bool // AfterGroupDestroyed lists the members (spec/30 §6.4)

	// What is kept.
	members bool // member rows; otherwise viewers are in rooms, and only owner and admins have rows
	earlier bool // a new member sees what was said before, by default

	MessageRules

	tips tipTable
}

// MessageRules say what the messages of a group may be.
type MessageRules struct {
	Stored   bool                 // history is kept; otherwise messages pass
	Sleeps   bool                 // note F of spec/20: dormant until its first message
	Counts   func(*chat.App) bool // they count as unread
	AtAll    bool
	Targeted bool
	Recall   bool
	Modify   bool // messages can be changed, and carry extensions
	Import   bool // groups, members and messages come in from elsewhere
	Receipts bool
}

// RulesOf is what the type says about messages; nothing for an unknown type.
func RulesOf(t chat.GroupType) *MessageRules { return &rulesOf(t).MessageRules }

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

func always(*chat.App) bool { return true }
func never(*chat.App) bool  { return false }

func ordinarySize(l *chat.Limits) int  { return l.GroupMembers }
func communitySize(l *chat.Limits) int { return l.CommunityMembers }
func noSize(*chat.Limits) int          { return 0 }

// chatty is the tip table of Work, Public and Community.
var chatty = tipTable{coming: tipStored, profile: tipStored, options: tipOff, people: tipStored}

var types = map[chat.GroupType]*typeRules{
	chat.Work: {
		applyJoin: chat.JoinDisabled, applyFixed: true,
		inviteJoin: chat.InviteFree,
		initial:    true, add: true,
		size: ordinarySize, flag: chat.AcceptAndNotify,
		ownerQuits: true,
		namesGone:  true,
		members:    true, earlier: false,
		MessageRules: MessageRules{Stored: true, Sleeps: true, Counts: always, AtAll: true, Targeted: true, Recall: true, Modify: true, Import: true, Receipts: true},
		tips:         chatty,
		can: actionTable{
			ReadProfile:   {least: chat.RoleMember}, // not found by others: spec/20 §2
			ReadMembers:   {least: chat.RoleMember},
			EditProfile:   {least: chat.RoleMember},
			EditJoin:      {least: rankApp}, // accepted, no effect
			EditInvite:    {least: chat.RoleOwner},
			EditCustom:    {least: chat.RoleOwner},
			MuteAll:       {least: rankApp}, // note C
			EditSize:      {least: rankApp},
			Apply:         {least: rankNobody},
			Invite:        {least: chat.RoleMember},
			Approve:       {least: chat.RoleOwner}, // of invitations; there are no admins
			Appoint:       {least: rankNobody},
			Kick:          {least: chat.RoleOwner},
			MuteMember:    {least: rankNobody},
			BanMember:     {least: chat.RoleOwner},
			EditSelf:      {least: chat.RoleMember},
			EditOther:     {least: chat.RoleOwner},
			Speak:         {least: chat.RoleMember},
			RecallOwn:     {least: chat.RoleMember},
			RecallOther:   {least: chat.RoleOwner},
			UseAttributes: {least: chat.RoleMember},
			UseCounters:   {least: chat.RoleMember},
			Pin:           {least: chat.RoleMember},
			Notify:        {least: chat.RoleOwner},
			Quit:          {least: chat.RoleMember},
			Disband:       {least: rankApp},
			TransferOwner: {least: chat.RoleOwner},
			EditTopics:    {least: rankNobody},
		},
	},
	chat.Public: {
		applyJoin:  chat.JoinPermission,
		inviteJoin: chat.InviteDisabled,
		initial:    true, add: true,
		size: ordinarySize, flag: chat.AcceptAndNotify,
		namesGone: true,
		members:   true, earlier: false,
		MessageRules: MessageRules{Stored: true, Counts: always, AtAll: true, Targeted: true, Recall: true, Modify: true, Import: true, Receipts: true},
		tips:         chatty,
		can:          peopleTable,
	},
	chat.Meeting: {
		applyJoin:  chat.JoinFree, // note B
		inviteJoin: chat.InviteDisabled,
		initial:    true, add: true,
		// "Online only, no push" is AcceptNotNotify: the choice for the open point.
		size: ordinarySize, flag: chat.AcceptNotNotify,
		namesGone: true,
		members:   true, earlier: true,
		MessageRules: MessageRules{
			Stored: true, Counts: func(a *chat.App) bool { return a.Switches.MeetingUnread },
			AtAll: true, Targeted: true, Recall: true, Modify: true, Import: true, Receipts: true,
		},
		tips: tipTable{coming: tipOff, profile: tipStored, options: tipOff, people: tipOff},
		can:  peopleTable,
	},
	chat.AVChatRoom: {
		applyJoin:  chat.JoinFree, // note B
		inviteJoin: chat.InviteDisabled, inviteFixed: true,
		initial: false, add: false,
		boundless: true, size: noSize, flag: chat.AcceptNotNotify,
		members: false, earlier: false,
		MessageRules: MessageRules{Stored: false, Counts: never, AtAll: false, Targeted: false, Recall: false, Modify: false, Import: false, Receipts: false}, // note G
		tips:         tipTable{coming: tipPassing, profile: tipPassing, options: tipOff, people: tipOff},
		can: actionTable{
			ReadProfile:   {least: chat.NotMember},
			ReadMembers:   {least: rankNobody}, // not stored
			EditProfile:   {least: chat.RoleOwner},
			EditJoin:      {least: chat.RoleOwner},
			EditInvite:    {least: chat.RoleOwner}, // no effect
			EditCustom:    {least: chat.RoleOwner},
			MuteAll:       {least: chat.RoleOwner},
			EditSize:      {least: rankApp}, // no effect
			Apply:         {least: chat.NotMember},
			Invite:        {least: rankNobody},
			Approve:       {least: rankNobody},
			Appoint:       {least: chat.RoleOwner, when: func(a *chat.App) bool { return a.Switches.LiveAdmins }}, // note A
			Kick:          {least: rankNobody, code: chat.CodeGroupParameter},                                     // spec/22a §7
			MuteMember:    {least: chat.RoleOwner},
			BanMember:     {least: chat.RoleOwner, when: func(a *chat.App) bool { return !a.Switches.NoLiveBans }},
			EditSelf:      {least: rankApp}, // only owner and admins have rows
			EditOther:     {least: rankApp},
			Speak:         {least: chat.RoleMember},
			RecallOwn:     {least: rankNobody, code: chat.CodeRecallUnsupported},
			RecallOther:   {least: rankNobody, code: chat.CodeRecallUnsupported},
			UseAttributes: {least: chat.RoleMember},
			UseCounters:   {least: chat.RoleMember},
			Pin:           {least: rankNobody},
			Notify:        {least: chat.RoleAdmin},
			Quit:          {least: chat.RoleMember},
			Disband:       {least: chat.RoleOwner},
			TransferOwner: {least: rankNobody},
			EditTopics:    {least: rankNobody},
		},
	},
	chat.Community: {
		applyJoin: chat.JoinFree, applyFixed: true,
		inviteJoin: chat.InviteFree,
		initial:    true, add: true,
		topics:      true,
		needsSwitch: true,
		size:        communitySize, flag: chat.AcceptAndNotify,
		idMark:  communityMark,
		members: true, earlier: true,
		MessageRules: MessageRules{Stored: true, Counts: always, AtAll: true, Targeted: false, Recall: true, Modify: true, Import: true, Receipts: false}, // notes E, G
		tips:         chatty,
		can: peopleTable.with(map[Action]cell{
			EditJoin:    {least: rankNobody},
			Invite:      {least: chat.RoleMember},
			BanMember:   {least: rankNobody},
			UseCounters: {least: rankNobody},
			// Without SupportTopic there are none: a rule of its own.
			EditTopics: {least: chat.RoleAdmin},
		}),
	},
}

// peopleTable is what Public, Meeting and Community have in common.
var peopleTable = actionTable{
	ReadProfile:   {least: chat.NotMember},
	ReadMembers:   {least: chat.RoleMember},
	EditProfile:   {least: chat.RoleAdmin}, // note D
	EditJoin:      {least: chat.RoleAdmin},
	EditInvite:    {least: chat.RoleAdmin},
	EditCustom:    {least: chat.RoleAdmin},
	MuteAll:       {least: chat.RoleAdmin},
	EditSize:      {least: rankApp},
	Apply:         {least: chat.NotMember},
	Invite:        {least: rankApp},
	Approve:       {least: chat.RoleAdmin},
	Appoint:       {least: chat.RoleOwner},
	Kick:          {least: chat.RoleAdmin},
	MuteMember:    {least: chat.RoleAdmin},
	BanMember:     {least: chat.RoleAdmin},
	EditSelf:      {least: chat.RoleMember},
	EditOther:     {least: chat.RoleAdmin},
	Speak:         {least: chat.RoleMember},
	RecallOwn:     {least: chat.RoleMember},
	RecallOther:   {least: chat.RoleAdmin},
	UseAttributes: {least: chat.RoleMember},
	UseCounters:   {least: chat.RoleMember},
	Pin:           {least: chat.RoleAdmin},
	Notify:        {least: chat.RoleAdmin},
	Quit:          {least: chat.RoleMember},
	Disband:       {least: chat.RoleOwner},
	TransferOwner: {least: chat.RoleOwner},
	EditTopics:    {least: rankNobody},
}

// unknownType is the row of a type this server does not know.
var unknownType = typeRules{
	MessageRules: MessageRules{Counts: never}, boundless: true, size: noSize, can: nothingAllowed(),
}
