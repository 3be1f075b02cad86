package grouptype

import "github.com/teahouse-im/teahouse/chat"

// Action is something one does in a group (spec/21 §2).
type Action uint8

// The actions of spec/21 §2.
const (
	ReadProfile Action = iota
	ReadMembers
	EditProfile // Name, Introduction, Notification, FaceUrl
	EditJoin    // ApplyJoinOption
	EditInvite  // InviteJoinOption
	EditCustom  // group custom fields
	MuteAll
	EditSize // MaxMemberNum
	Apply
	Invite
	Approve // and refuse join requests and invitations
	Appoint // and remove admins
	Kick
	MuteMember
	BanMember // and lift a ban, list bans
	EditSelf  // own NameCard, MsgFlag, custom fields
	EditOther // NameCard, MsgFlag and custom fields of others
	Speak
	RecallOwn
	RecallOther
	Pin           // and unpin messages
	Notify        // send a system notification
	UseAttributes // read and write them
	UseCounters   // read and move them
	Quit
	Disband
	TransferOwner
	EditTopics // create, change and delete topics

	actions = iota
)

// Ranks beyond the roles of a group. Neither is ever stored or shown.
const (
	// RankApp is an app administrator's rank, above the owner's in every group.
	RankApp = chat.RoleOwner + 1
	// rankNobody is the rank that nobody has.
	rankNobody = chat.RoleOwner + 2
)

// cell says who may do one action in one type of group.
type cell struct {
	least chat.Role            // the lowest rank that may
	code  chat.Code            // the refusal; 0 is 10007
	when  func(*chat.App) bool // nil: always; otherwise nobody may while it is false
}

// actionTable has a cell for every action.
type actionTable [actions]cell

// with returns the table with some cells exchanged.
func (t actionTable) with(other map[Action]cell) actionTable {
	for a, c := range other {
		t[a] = c
	}
	return t
}

func nothingAllowed() (t actionTable) {
	for a := range t {
		t[a].least = rankNobody
	}
	return t
}

// May decides whether somebody of rank by may do a in a group of type t.
func May(app *chat.App, t chat.GroupType, a Action, by chat.Role) error {
	return Of(t).can[a].admits(app, t, by)
}

func (c cell) admits(app *chat.App, t chat.GroupType, by chat.Role) error {
	least := c.least
	if c.when != nil && !c.when(app) {
		least = rankNobody
	}
	if by >= least {
		return nil
	}
	code := c.code
	if code == 0 {
		code = chat.CodeGroupNotAllowed
	}
	switch {
	case least == rankNobody:
		return chat.Refuse(code, "%s groups do not have this", t)
	case least == RankApp:
		return chat.Refuse(code, "in %s groups for administrators of the app only", t)
	case least == chat.RoleMember:
		return chat.Refuse(code, "members only")
	}
	return chat.Refuse(code, "needs the role %s", least)
}

// MayTo is [May] for actions on another member. The target's rank must be strictly
// lower, and nobody may kick, ban, mute or change the role of the owner (spec/21 §2).
func MayTo(app *chat.App, t chat.GroupType, a Action, by, target chat.Role) error {
	if err := May(app, t, a, by); err != nil {
		return err
	}
	switch {
	case target == chat.RoleOwner && (a == Kick || a == BanMember || a == MuteMember || a == Appoint):
		return chat.Refuse(chat.CodeGroupNotAllowed, "not permitted on the owner")
	case target >= by:
		return chat.Refuse(chat.CodeGroupNotAllowed, "the target's role is not lower")
	}
	return nil
}

// MayQuit decides whether a member of rank by may leave. The owner stays, outside of Work:
// 10009 (spec/21 §3).
func MayQuit(app *chat.App, t chat.GroupType, by chat.Role) error {
	if by == chat.RoleOwner && !Of(t).ownerQuits {
		return chat.Refuse(chat.CodeOwnerMayNotQuit, "")
	}
	return May(app, t, Quit, by)
}

// MayApply decides whether a user who is no member may join without an invitation.
// waits: an approver must answer first.
func MayApply(app *chat.App, g *chat.Group) (waits bool, err error) {
	if err := May(app, g.Type, Apply, chat.NotMember); err != nil {
		return false, err
	}
	switch g.ApplyJoin {
	case chat.JoinFree:
		return false, nil
	case chat.JoinPermission:
		// AVChatRooms have no approvers, so they take no join requests. Our choice; the
		// documents are silent.
		return true, May(app, g.Type, Approve, RankApp)
	}
	return false, chat.Refuse(chat.CodeGroupNotAllowed, "the group takes no join requests")
}

// MayInvite decides whether somebody of rank by may bring others in. The table's cell
// stands for the type's default InviteJoinOption, another option moves the line (spec/20
// §5). App administrators always may where the type has members. waits: somebody who may approve must agree.
func MayInvite(app *chat.App, g *chat.Group, by chat.Role) (waits bool, err error) {
	rules := Of(g.Type)
	c := rules.can[Invite]
	if c.least != rankNobody && g.InviteJoin != rules.inviteJoin {
		switch g.InviteJoin {
		case chat.InviteFree:
			c.least = chat.RoleMember
		case chat.InvitePermission:
			c.least = chat.RoleMember
			waits = May(app, g.Type, Approve, by) != nil
		case chat.InviteDisabled:
			c.least = RankApp
		}
	}
	if c.least == RankApp && by >= chat.RoleMember && by < RankApp && rules.can[EditInvite].least <= chat.RoleOwner {
		return false, chat.Refuse(chat.CodeGroupNotAllowed,
			"InviteJoinOption of the group is DisableInvite: with NeedPermission its owner and admins may add members, with FreeAccess all members")
	}
	return waits, c.admits(app, g.Type, by)
}

// MaySpeak decides whether somebody who is not an app administrator may send. until is the
// end of their mute; it and now are in Unix seconds.
func MaySpeak(app *chat.App, g *chat.Group, role chat.Role, until, now int64) error {
	if err := May(app, g.Type, Speak, role); err != nil {
		return err
	}
	switch {
	case until > now:
		return chat.Refuse(chat.CodeMuted, "")
	case g.MuteAll && role < chat.RoleAdmin:
		return chat.Refuse(chat.CodeMuted, "everybody is muted")
	}
	return nil
}

// ShowsEarlier reports whether members see what was said before they joined:
// the type's default, unless the app has moved it.
func ShowsEarlier(a *chat.App, t chat.GroupType) bool {
	if Of(t).earlier {
		return !a.Switches.NoEarlierHistory[t]
	}
	return a.Switches.EarlierHistory[t]
}
