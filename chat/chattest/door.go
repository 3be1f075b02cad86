// Package chattest tells stories about groups, roles and mutes, and runs them
// through any door into the core: the core itself ([Core]), HTTP, MQTT. A difference
// between doors shows as a story that passes through one and fails through another.
//
// It refuses to look behind a door: a story sees the codes and data that a
// caller gets. Rules of time, order and delivery are tested where their clock is.
//
// Start reading at stories.go; [Run] plays all of them.
package chattest

import "github.com/teahouse-im/teahouse/chat"

// Admin is the app administrator of every story. A door registers this account and
// makes it an administrator of its app before the stories begin.
const Admin chat.UserID = "administrator"

// Door acts for the users of a story. Each method is one request by the user as, which
// is Admin for the app's backend. It returns the code that the caller got, 0 for
// success, and data only with code 0. A failure outside the core, such as a lost
// connection, fails the test.
//
// A door for administrators only, such as HTTP, passes the requests of other users to a
// door for users, and the reverse.
type Door interface {
	// Register makes an account if there is none; done before the stories.
	Register(u chat.UserID) chat.Code

	Create(as chat.UserID, d chat.GroupDraft) (chat.GroupID, chat.Code)
	Destroy(as chat.UserID, g chat.GroupID) chat.Code
	// Profile returns at least Type, Name, Owner and Members.
	Profile(as chat.UserID, g chat.GroupID) (chat.Group, chat.Code)
	Modify(as chat.UserID, g chat.GroupID, p chat.GroupPatch) chat.Code
	Joined(as chat.UserID) ([]chat.GroupID, chat.Code)

	// Join reports whether the caller is in, or has to wait.
	Join(as chat.UserID, g chat.GroupID) (joined bool, code chat.Code)
	// Requests lists the join requests of group g or, for "", all that the caller may
	// answer.
	Requests(as chat.UserID, g chat.GroupID) ([]Request, chat.Code)
	// Answer accepts or refuses a join request, named by its ID or, if that is empty, by
	// group and newcomer.
	Answer(as chat.UserID, r Request, yes bool) chat.Code
	Quit(as chat.UserID, g chat.GroupID) chat.Code
	// Invite returns the result of each user, in the order asked: 0, 1, 2 or 3.
	Invite(as chat.UserID, g chat.GroupID, list ...chat.UserID) ([]int, chat.Code)
	Kick(as chat.UserID, g chat.GroupID, list ...chat.UserID) chat.Code
	Transfer(as chat.UserID, g chat.GroupID, to chat.UserID) chat.Code

	Member(as chat.UserID, g chat.GroupID, u chat.UserID, p chat.MemberPatch) chat.Code
	Members(as chat.UserID, g chat.GroupID) (map[chat.UserID]chat.Role, chat.Code)
	Mute(as chat.UserID, g chat.GroupID, u chat.UserID, seconds uint32) chat.Code
	Muted(as chat.UserID, g chat.GroupID) ([]chat.UserID, chat.Code)

	// Ban bans for a minute.
	Ban(as chat.UserID, g chat.GroupID, u chat.UserID) chat.Code
	// SetAttr writes one attribute, Count raises one counter by 1.
	SetAttr(as chat.UserID, g chat.GroupID, key, value string) chat.Code
	Count(as chat.UserID, g chat.GroupID, key string) chat.Code
	// Notify sends a notification to the whole group.
	Notify(as chat.UserID, g chat.GroupID, content string) chat.Code

	// Send sends one text. from is the caller; an administrator may name another user.
	Send(as, from chat.UserID, g chat.GroupID, text string) (chat.Seq, chat.Code)
	Recall(as chat.UserID, g chat.GroupID, s chat.Seq) chat.Code
	// History is the newest page, oldest first, as the caller may read it.
	History(as chat.UserID, g chat.GroupID) ([]Line, chat.Code)
}

// Request is a join request as approvers see it.
type Request struct {
	ID                  string
	Group               chat.GroupID
	Kind                chat.JoinRequestKind
	Newcomer, Applicant chat.UserID
	Handled             int // 0 open, 1 by another, 2 by the caller
	Accepted            bool
}

// String describes a request in words.
func (r Request) String() string {
	s := string(r.Newcomer) + " asks"
	if r.Kind == chat.InviteToJoin {
		s = string(r.Applicant) + " brings " + string(r.Newcomer)
	}
	if r.Handled != 0 {
		s += ", " + map[bool]string{true: "accepted", false: "refused"}[r.Accepted] + map[int]string{1: " by another", 2: " by me"}[r.Handled]
	}
	return s
}

// Line is a message as a reader sees it.
type Line struct {
	Seq      chat.Seq
	From     chat.UserID
	Text     string       // of its first element; "" for tips and what was recalled
	Tip      chat.TipKind // 0: an ordinary message
	Recalled bool
}
