package chattest

import "github.com/teahouse-im/teahouse/chat"

// The cast of the generated stories.
const (
	olga chat.UserID = "olga" // owner
	adam chat.UserID = "adam" // admin
	ada  chat.UserID = "ada"  // admin, to be acted on
	mike chat.UserID = "mike" // member
	mia  chat.UserID = "mia"  // member, to be acted on
	otto chat.UserID = "otto" // no member
	nina chat.UserID = "nina" // no member, to be invited
)

// Cast lists everybody who appears in a story, Admin included.
func Cast() []chat.UserID {
	return []chat.UserID{Admin, olga, adam, ada, mike, mia, otto, nina, "ann", "bob", "cat"}
}

// players of the generated stories by rank.
var players = map[string]chat.UserID{
	"any": otto, "member": mike, "admin": adam, "owner": olga, "AA": Admin,
}

// stage makes a group with the cast in it.
func stage(r *Runner, t chat.GroupType) chat.GroupID { return stageWith(r, t, chat.JoinFree, "") }

// stageWith is stage with options of the group.
func stageWith(r *Runner, t chat.GroupType, apply chat.JoinOption, invite chat.InviteOption) chat.GroupID {
	d := chat.GroupDraft{Type: t, Owner: olga, ApplyJoin: apply, InviteJoin: invite}
	if t != chat.AVChatRoom {
		d.Members = []chat.NewMember{{User: mike}, {User: mia}}
	}
	if hasAdmins(t) {
		d.Members = append(d.Members, chat.NewMember{User: adam, Role: chat.RoleAdmin}, chat.NewMember{User: ada, Role: chat.RoleAdmin})
	}
	r.As(Admin)
	g := r.Create(d)
	if t == chat.AVChatRoom && apply == chat.JoinFree {
		for _, u := range []chat.UserID{olga, mike, mia} {
			r.As(u).Join(g)
		}
	}
	return g
}

// hasAdmins: Work has none, AVChatRoom none unless an app wants them (spec/20
// §2, note A).
func hasAdmins(t chat.GroupType) bool { return t != chat.Work && t != chat.AVChatRoom }
