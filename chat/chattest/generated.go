package chattest

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// deeds say how each deed of the Matrix is done by the runner's actor.
var deeds = map[string]func(r *Runner, g chat.GroupID){
	"reads the profile": func(r *Runner, g chat.GroupID) { r.Profile(g) },
	"reads the members": func(r *Runner, g chat.GroupID) { r.Members(g) },
	"renames":           func(r *Runner, g chat.GroupID) { r.Rename(g, "renamed") },
	"changes the join option": func(r *Runner, g chat.GroupID) {
		closed := chat.JoinDisabled
		r.Modify(g, chat.GroupPatch{ApplyJoin: &closed})
	},
	"mutes all": func(r *Runner, g chat.GroupID) { r.MuteAll(g, true) },
	"changes the size": func(r *Runner, g chat.GroupID) {
		size := 50
		r.Modify(g, chat.GroupPatch{MaxMembers: &size})
	},
	"sets a custom field": func(r *Runner, g chat.GroupID) {
		r.Modify(g, chat.GroupPatch{Custom: map[string]string{"level": "3"}})
	},
	"invites":                func(r *Runner, g chat.GroupID) { r.Invite(g, nina) },
	"appoints a member":      func(r *Runner, g chat.GroupID) { r.Appoint(g, mia, chat.RoleAdmin) },
	"demotes an admin":       func(r *Runner, g chat.GroupID) { r.Appoint(g, ada, chat.RoleMember) },
	"demotes the owner":      func(r *Runner, g chat.GroupID) { r.Appoint(g, olga, chat.RoleMember) },
	"kicks a member":         func(r *Runner, g chat.GroupID) { r.Kick(g, mia) },
	"kicks an admin":         func(r *Runner, g chat.GroupID) { r.Kick(g, ada) },
	"kicks the owner":        func(r *Runner, g chat.GroupID) { r.Kick(g, olga) },
	"mutes a member":         func(r *Runner, g chat.GroupID) { r.Mute(g, mia, 60) },
	"mutes an admin":         func(r *Runner, g chat.GroupID) { r.Mute(g, ada, 60) },
	"mutes the owner":        func(r *Runner, g chat.GroupID) { r.Mute(g, olga, 60) },
	"writes own card":        func(r *Runner, g chat.GroupID) { r.Card(g, r.as, "me") },
	"writes a member's card": func(r *Runner, g chat.GroupID) { r.Card(g, mia, "you") },
	"writes an admin's card": func(r *Runner, g chat.GroupID) { r.Card(g, ada, "you") },
	"sends":                  func(r *Runner, g chat.GroupID) { r.Send(g, "hello") },
	"recalls own message": func(r *Runner, g chat.GroupID) {
		me := r.as
		var s chat.Seq = 1
		if me != otto {
			s = r.Send(g, "oops")
		}
		r.As(me).Recall(g, s)
	},
	"recalls a member's message": func(r *Runner, g chat.GroupID) { recallOf(r, g, mia) },
	"recalls an admin's message": func(r *Runner, g chat.GroupID) { recallOf(r, g, ada) },
	"disbands":                   func(r *Runner, g chat.GroupID) { r.Destroy(g) },
	"quits":                      func(r *Runner, g chat.GroupID) { r.Quit(g) },
	"joins":                      func(r *Runner, g chat.GroupID) { r.Join(g) },
	"approves a join request": func(r *Runner, g chat.GroupID) {
		me, asked := r.as, chat.JoinPermission
		r.As(Admin).Modify(g, chat.GroupPatch{ApplyJoin: &asked})
		r.As(nina).Join(g)
		r.As(me).Approve(g, nina)
	},
	"bans a member":        func(r *Runner, g chat.GroupID) { r.Ban(g, mia) },
	"bans an admin":        func(r *Runner, g chat.GroupID) { r.Ban(g, ada) },
	"bans the owner":       func(r *Runner, g chat.GroupID) { r.Ban(g, olga) },
	"bans an outsider":     func(r *Runner, g chat.GroupID) { r.Ban(g, nina) },
	"writes attributes":    func(r *Runner, g chat.GroupID) { r.SetAttr(g, "pot", "green") },
	"moves counters":       func(r *Runner, g chat.GroupID) { r.Count(g, "likes") },
	"sends a notification": func(r *Runner, g chat.GroupID) { r.Notify(g, "closing") },
	"lets in an invited user": func(r *Runner, g chat.GroupID) {
		me, asked := r.as, chat.InvitePermission
		r.As(Admin).Modify(g, chat.GroupPatch{InviteJoin: &asked})
		r.As(mia).Invite(g, nina)
		q := r.As(olga).Request(g, nina)
		r.As(me).Answer(q, true)
	},
	"transfers": func(r *Runner, g chat.GroupID) { r.Transfer(g, mia) },
}

func recallOf(r *Runner, g chat.GroupID, author chat.UserID) {
	me := r.as
	s := r.As(author).Send(g, "mine")
	r.As(me).Recall(g, s)
}

// exception returns the code for callers that a row's cell does not apply to: a backend
// is no member, an owner may not quit, and members may not join again.
func exception(t chat.GroupType, deed, rank string) (chat.Code, bool) {
	in := rank == "member" || rank == "admin" || rank == "owner"
	switch {
	case rank == "AA" && (deed == "quits" || deed == "writes own card"):
		return 10007, true
	case rank == "owner" && deed == "quits" && t != chat.Work:
		return 10009, true
	case in && deed == "joins" && t != chat.Work && t != chat.AVChatRoom:
		return 10013, true
	}
	return 0, false
}

// Generated is one story for every group type × deed × rank. Each has its own group,
// because some deeds end the group or the membership.
func Generated() []Story {
	var list []Story
	for _, t := range chat.GroupTypes() {
		for _, row := range Matrix {
			if row.Cell(t) == "-" {
				continue
			}
			for _, rank := range ranks {
				if rank == "admin" && !hasAdmins(t) {
					continue
				}
				if rank == "AA" && (row.Deed == "approves a join request" || row.Deed == "lets in an invited user") {
					continue // backends have no such request (spec/00 §5)
				}
				list = append(list, generate(t, row, rank))
			}
		}
	}
	return list
}

func generate(t chat.GroupType, row Row, rank string) Story {
	name := fmt.Sprintf("%s %s in %s", sentenceRank[rank], row.Deed, t)
	want := row.Wants(t, rank)
	if code, ok := exception(t, row.Deed, rank); ok {
		want = code
	}
	return Story{Name: name, Tell: func(r *Runner) {
		r.t.Helper()
		g := stage(r, t)
		r.As(players[rank])
		deeds[row.Deed](r, g)
		r.Wants(want)
	}}
}

var sentenceRank = map[string]string{
	"any": "outsider", "member": "member", "admin": "admin", "owner": "owner", "AA": "AA",
}
