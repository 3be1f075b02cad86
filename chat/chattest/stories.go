package chattest

import (
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// Story is something that holds behind every door.
type Story struct {
	Name string
	Tell func(*Runner)
}

// Run registers the cast and plays every story, each with groups of its own.
func Run(t *testing.T, d Door) {
	t.Helper()
	for _, u := range Cast() {
		if code := d.Register(u); code != 0 {
			t.Fatalf("register %s: %d", u, code)
		}
	}
	for _, s := range slices.Concat(Stories(), joinRequests(), Generated(), optionStories()) {
		t.Run(s.Name, func(t *testing.T) { s.Tell(newRunner(t, d)) })
	}
}

const (
	ann chat.UserID = "ann"
	bob chat.UserID = "bob"
	cat chat.UserID = "cat"
)

// Stories are the hand-written stories; Generated has the others.
func Stories() []Story {
	return []Story{
		{"a user who makes a group owns it", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public})
			r.Same(r.Profile(g).Owner, ann)
			r.Same(r.Members(g), map[chat.UserID]chat.Role{ann: chat.RoleOwner})
		}},
		{"nobody makes a group for somebody else", func(r *Runner) {
			r.As(ann).Create(chat.GroupDraft{Type: chat.Public, Owner: bob})
			r.Wants(10007)
		}},
		{"a group needs a name that fits", func(r *Runner) {
			r.As(ann).Create(chat.GroupDraft{Type: chat.Public, Name: "a name of more than thirty bytes"})
			r.Wants(10004)
		}},
		{"a user owns twenty live rooms at a time", func(r *Runner) {
			r.As(cat)
			var rooms []chat.GroupID
			for range 20 {
				rooms = append(rooms, r.Create(chat.GroupDraft{Type: chat.AVChatRoom}))
				r.Wants(0)
			}
			r.Create(chat.GroupDraft{Type: chat.AVChatRoom})
			r.Wants(10036)
			rooms = append(rooms, r.As(Admin).Create(chat.GroupDraft{Type: chat.AVChatRoom, Owner: cat}))
			r.Wants(0)
			for _, g := range rooms {
				r.Destroy(g)
			}
		}},
		{"a live room has no first members", func(r *Runner) {
			r.As(Admin).Create(chat.GroupDraft{Type: chat.AVChatRoom, Members: []chat.NewMember{{User: bob}}})
			r.Wants(10007)
		}},
		{"an unknown account cannot be a first member", func(r *Runner) {
			r.As(Admin).Create(chat.GroupDraft{Type: chat.Public, Members: []chat.NewMember{{User: "nobody-knows"}}})
			r.Wants(10019)
		}},
		{"an id that looks like the server's is refused", func(r *Runner) {
			r.As(Admin).Create(chat.GroupDraft{ID: "@TGS#mine", Type: chat.Public})
			r.Wants(10015)
			r.Create(chat.GroupDraft{ID: "community", Type: chat.Community})
			r.Wants(10015)
		}},
		{"an id is taken, by oneself or by another", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{ID: "taken-by-ann", Type: chat.Public})
			r.Create(chat.GroupDraft{ID: g, Type: chat.Public})
			r.Wants(10025)
			r.As(bob).Create(chat.GroupDraft{ID: g, Type: chat.Public})
			r.Wants(10021)
			r.As(ann).Destroy(g)
			r.As(bob).Create(chat.GroupDraft{ID: g, Type: chat.Public})
			r.Destroy(g)
		}},
		{"a group that is gone is not there", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting})
			r.Destroy(g)
			r.Profile(g)
			r.Wants(10010)
			r.Send(g, "hello?")
			r.Wants(10010)
		}},
		{"meetings let people in and show what was said", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting})
			r.Send(g, "before")
			r.As(bob).Send(g, "too early")
			r.Wants(10007)
			r.Join(g)
			r.Join(g)
			r.Wants(10013)
			r.Send(g, "after")
			r.Reads(g, "ann: before", "bob: after")
			r.Quit(g)
			r.History(g)
			r.Wants(10007)
		}},
		{"public groups hide what was said before", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public, ApplyJoin: chat.JoinFree})
			r.Send(g, "before")
			r.As(bob).Join(g)
			r.As(ann).Send(g, "after")
			r.As(bob).Reads(g, "tip 1", "ann: after")
			r.As(ann).Reads(g, "ann: before", "tip 1", "ann: after")
		}},
		{"nobody applies to a Work group", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Work})
			r.As(bob).Join(g)
			r.Wants(10007)
		}},
		{"a full group lets nobody in", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting, MaxMembers: 2})
			r.As(bob).Join(g)
			r.As(cat).Join(g)
			r.Wants(10014)
			r.As(Admin).Invite(g, cat)
			r.Wants(10014)
			r.As(bob).Quit(g)
			r.As(cat).Join(g)
			r.Same(r.Profile(g).Members, 2)
		}},
		{"adding tells each result", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Public, Owner: ann})
			r.Same(r.Invite(g, bob, ann, "nobody-knows"), []int{1, 2, 0})
			r.Invite(g, "nobody-knows")
			r.Wants(10019)
			r.Same(r.Profile(g).Members, 2)
		}},
		{"the kicked are out at once and may come back", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting})
			r.As(bob).Join(g)
			r.Send(g, "hi")
			r.As(ann).Kick(g, bob)
			r.As(bob).Send(g, "hi again")
			r.Wants(10007)
			r.As(ann).Kick(g, bob)
			r.As(bob).Join(g)
			r.Send(g, "back")
		}},
		{"coming and going leaves tips in a public group", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public, ApplyJoin: chat.JoinFree})
			r.As(bob).Join(g)
			r.As(Admin).Invite(g, cat)
			r.As(ann).Appoint(g, cat, chat.RoleAdmin)
			r.Appoint(g, cat, chat.RoleMember)
			r.Mute(g, cat, 60)
			r.Rename(g, "renamed")
			r.Rename(g, "renamed")
			r.Kick(g, cat)
			r.As(bob).Quit(g)
			r.As(ann).Reads(g, "tip 1", "tip 2", "tip 5", "tip 6", "tip 8", "tip 7", "tip 4", "tip 3")
		}},
		{"a Work group sleeps until its first message", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Work})
			r.Invite(g, bob)
			r.As(bob)
			r.Same(has(r.Joined(), g), false)
			r.As(ann)
			r.Same(has(r.Joined(), g), true)
			r.Reads(g)
			r.As(bob).Send(g, "awake")
			r.Same(has(r.Joined(), g), true)
			r.Invite(g, cat)
			r.Reads(g, "bob: awake", "tip 2")
		}},
		{"the owner leaves a Work group without one, the last one ends it", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Work})
			r.Invite(g, bob)
			r.Quit(g)
			r.As(bob)
			r.Same(r.Profile(g).Owner, "")
			r.Quit(g)
			r.As(Admin).Profile(g)
			r.Wants(10010)
		}},
		{"owners elsewhere hand over before they leave", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting})
			r.As(bob).Join(g)
			r.As(ann).Quit(g)
			r.Wants(10009)
			r.Transfer(g, cat)
			r.Wants(10007)
			r.Transfer(g, bob)
			r.Same(r.Members(g), map[chat.UserID]chat.Role{ann: chat.RoleMember, bob: chat.RoleOwner})
			r.Quit(g)
			r.As(bob).Reads(g, "tip 7")
		}},
		{"the user who inherits a group is not muted in it", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting})
			r.As(bob).Join(g)
			r.As(ann).Mute(g, bob, chat.MuteForever)
			r.Transfer(g, bob)
			r.As(bob).Send(g, "mine now")
			r.Same(r.Muted(g), []chat.UserID{})
		}},
		{"a mute silences, outlives leaving, and is lifted", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting})
			r.As(bob).Join(g)
			r.As(ann).Mute(g, bob, 600)
			r.As(bob).Send(g, "?")
			r.Wants(10017)
			r.Quit(g)
			r.Join(g)
			r.Send(g, "?")
			r.Wants(10017)
			r.As(ann)
			r.Same(r.Muted(g), []chat.UserID{bob})
			r.Mute(g, bob, 0)
			r.Same(r.Muted(g), []chat.UserID{})
			r.As(bob).Send(g, "!")
		}},
		{"mute-all leaves owner and admins their voice", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Public, Owner: ann, Members: []chat.NewMember{
				{User: bob, Role: chat.RoleAdmin}, {User: cat},
			}})
			r.As(bob).MuteAll(g, true)
			r.As(ann).Send(g, "owner")
			r.As(bob).Send(g, "admin")
			r.As(cat).Send(g, "member")
			r.Wants(10017)
			r.As(Admin).Send(g, "backend")
			r.As(bob).MuteAll(g, false)
			r.As(cat).Send(g, "member")
			r.Reads(g, "ann: owner", "bob: admin", "administrator: backend", "cat: member")
		}},
		{"a backend speaks for anybody who is not muted", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Public, Owner: ann, Members: []chat.NewMember{{User: bob}}})
			r.SendAs(bob, g, "as a member")
			r.SendAs(cat, g, "as an outsider")
			r.Mute(g, bob, 60)
			r.SendAs(bob, g, "as the muted")
			r.Wants(10017)
		}},
		{"mute-all binds a backend in a plain member's name", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Public, Owner: ann, Members: []chat.NewMember{{User: bob}, {User: mia, Role: chat.RoleAdmin}}})
			r.MuteAll(g, true)
			r.SendAs(bob, g, "as a member")
			r.Wants(10017)
			r.SendAs(ann, g, "as the owner")
			r.SendAs(mia, g, "as an admin")
			r.SendAs(cat, g, "as an outsider")
			r.Send(g, "as the backend")
			r.MuteAll(g, false)
			r.SendAs(bob, g, "as a member")
		}},
		{"a live room is watched, not joined", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.AVChatRoom})
			r.As(bob).Send(g, "?")
			r.Wants(10007)
			r.Join(g)
			r.Join(g)
			r.Same(r.Profile(g).Members, 1)
			r.Send(g, "hi")
			r.History(g)
			r.Wants(10044)
			r.As(ann).Mute(g, bob, 60)
			r.As(bob).Send(g, "?")
			r.Wants(10017)
			r.As(ann).Mute(g, bob, 0)
			r.As(bob).Send(g, "!")
			r.Quit(g)
			r.Quit(g)
			r.Wants(10007)
			r.Send(g, "?")
			r.Wants(10007)
			r.As(ann).Quit(g)
			r.Wants(10009)
		}},
		{"members invite once the group says so", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Public, Owner: ann, Members: []chat.NewMember{{User: bob}}})
			r.As(bob).Invite(g, cat)
			r.Wants(10007)
			free, closed := chat.InviteFree, chat.InviteDisabled
			r.As(ann).Modify(g, chat.GroupPatch{InviteJoin: &free})
			r.As(bob).Invite(g, cat)
			r.As(ann).Kick(g, cat)
			r.Modify(g, chat.GroupPatch{InviteJoin: &closed})
			r.As(bob).Invite(g, cat)
			r.Wants(10007)
		}},
		{"an id of no good form is told from one that is not there", func(r *Runner) {
			r.As(ann).Profile("tab\there")
			r.Wants(10015)
			r.Profile("not-there")
			r.Wants(10010)
		}},
	}
}

func has(list []chat.GroupID, g chat.GroupID) bool {
	for _, id := range list {
		if id == g {
			return true
		}
	}
	return false
}
