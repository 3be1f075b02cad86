package grouptype

import "github.com/teahouse-im/teahouse/chat"

// Everything that differs by group type is a row of the table in this file;
// spec/20 §2 and spec/21 §2 are its sources, cell by cell.

func always(*chat.App) bool { return true }
func never(*chat.App) bool  { return false }

func ordinarySize(l *chat.Limits) int  { return l.GroupMembers }
func communitySize(l *chat.Limits) int { return l.CommunityMembers }
func noSize(*chat.Limits) int          { return 0 }

// chatty is the tip table of Work, Public and Community.
var chatty = Tips{Coming: TipStored, Profile: TipStored, Options: TipOff, People: TipStored}

var types = map[chat.GroupType]*Rules{
	chat.Work: {
		applyJoin: chat.JoinDisabled, ApplyFixed: true,
		inviteJoin: chat.InviteFree,
		initial:    true, Add: true,
		Size: ordinarySize, Flag: chat.AcceptAndNotify,
		ownerQuits: true,
		NamesGone:  true,
		Members:    true, earlier: false,
		Stored: true, Sleeps: true, Counts: always, AtAll: true, Targeted: true, Recall: true, Modify: true, Import: true, Receipts: true,
		Tips: chatty,
		can: actionTable{
			ReadProfile:   {least: chat.RoleMember}, // not found by others: spec/20 §2
			ReadMembers:   {least: chat.RoleMember},
			EditProfile:   {least: chat.RoleMember},
			EditJoin:      {least: RankApp}, // accepted, no effect
			EditInvite:    {least: chat.RoleOwner},
			EditCustom:    {least: chat.RoleOwner},
			MuteAll:       {least: RankApp}, // note C
			EditSize:      {least: RankApp},
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
			Disband:       {least: RankApp},
			TransferOwner: {least: chat.RoleOwner},
			EditTopics:    {least: rankNobody},
		},
	},
	chat.Public: {
		applyJoin:  chat.JoinPermission,
		inviteJoin: chat.InviteDisabled,
		initial:    true, Add: true,
		Size: ordinarySize, Flag: chat.AcceptAndNotify,
		NamesGone: true,
		Members:   true, earlier: false,
		Stored: true, Counts: always, AtAll: true, Targeted: true, Recall: true, Modify: true, Import: true, Receipts: true,
		Tips: chatty,
		can:  peopleTable,
	},
	chat.Meeting: {
		applyJoin:  chat.JoinFree, // note B
		inviteJoin: chat.InviteDisabled,
		initial:    true, Add: true,
		// "Online only, no push" is AcceptNotNotify: the choice for the open point.
		Size: ordinarySize, Flag: chat.AcceptNotNotify,
		NamesGone: true,
		Members:   true, earlier: true,
		Stored: true, Counts: func(a *chat.App) bool { return a.Switches.MeetingUnread },
		AtAll: true, Targeted: true, Recall: true, Modify: true, Import: true, Receipts: true,
		Tips: Tips{Coming: TipOff, Profile: TipStored, Options: TipOff, People: TipOff},
		can:  peopleTable,
	},
	chat.AVChatRoom: {
		applyJoin:  chat.JoinFree, // note B
		inviteJoin: chat.InviteDisabled, InviteFixed: true,
		initial: false, Add: false,
		Boundless: true, Size: noSize, Flag: chat.AcceptNotNotify,
		Members: false, earlier: false,
		Stored: false, Counts: never, AtAll: false, Targeted: false, Recall: false, Modify: false, Import: false, Receipts: false, // note G
		Tips: Tips{Coming: TipPassing, Profile: TipPassing, Options: TipOff, People: TipOff},
		can: actionTable{
			ReadProfile:   {least: chat.NotMember},
			ReadMembers:   {least: rankNobody}, // not stored
			EditProfile:   {least: chat.RoleOwner},
			EditJoin:      {least: chat.RoleOwner},
			EditInvite:    {least: chat.RoleOwner}, // no effect
			EditCustom:    {least: chat.RoleOwner},
			MuteAll:       {least: chat.RoleOwner},
			EditSize:      {least: RankApp}, // no effect
			Apply:         {least: chat.NotMember},
			Invite:        {least: rankNobody},
			Approve:       {least: rankNobody},
			Appoint:       {least: chat.RoleOwner, when: func(a *chat.App) bool { return a.Switches.LiveAdmins }}, // note A
			Kick:          {least: rankNobody, code: chat.CodeGroupParameter},                                     // spec/22a §7
			MuteMember:    {least: chat.RoleOwner},
			BanMember:     {least: chat.RoleOwner, when: func(a *chat.App) bool { return !a.Switches.NoLiveBans }},
			EditSelf:      {least: RankApp}, // only owner and admins have rows
			EditOther:     {least: RankApp},
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
		applyJoin: chat.JoinFree, ApplyFixed: true,
		inviteJoin: chat.InviteFree,
		initial:    true, Add: true,
		Topics:      true,
		needsSwitch: true,
		Size:        communitySize, Flag: chat.AcceptAndNotify,
		IDMark:  chat.CommunityMark,
		Members: true, earlier: true,
		Stored: true, Counts: always, AtAll: true, Targeted: false, Recall: true, Modify: true, Import: true, Receipts: false, // notes E, G
		Tips: chatty,
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
	EditSize:      {least: RankApp},
	Apply:         {least: chat.NotMember},
	Invite:        {least: RankApp},
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
var unknownType = Rules{
	Counts: never, Boundless: true, Size: noSize, can: nothingAllowed(),
}
