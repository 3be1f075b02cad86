package chattest

import "github.com/teahouse-im/teahouse/chat"

// joinRequests are the stories about joins that need approval.
func joinRequests() []Story {
	asked, free := chat.InvitePermission, chat.JoinFree
	return []Story{
		{"a public group asks before it lets anybody in", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public})
			r.As(bob)
			r.Same(r.Join(g), false)
			r.Same(r.Join(g), false)
			r.Send(g, "let me in")
			r.Wants(10007)
			r.Requests(g)
			r.Wants(10007)
			r.Approve(g, bob)
			r.Wants(10007)
			r.As(ann).Same(r.Requests(g), []string{"bob asks"})
			r.Approve(g, bob)
			r.Same(r.Requests(g), []string{"bob asks, accepted by me"})
			r.Approve(g, bob)
			r.Wants(10024)
			r.Refuse(g, bob)
			r.Wants(10024)
			r.As(bob).Send(g, "thanks")
			r.Reads(g, "tip 1", "bob: thanks")
			r.Join(g)
			r.Wants(10013)
		}},
		{"who is refused may ask again", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public})
			r.As(bob).Join(g)
			r.As(ann)
			first := r.Request(g, bob)
			r.Refuse(g, bob)
			r.Same(r.Requests(g), []string{"bob asks, refused by me"})
			r.As(bob).Send(g, "why?")
			r.Wants(10007)
			r.Join(g)
			r.As(ann).Answer(first, true) // another is waiting now
			r.Wants(10024)
			r.As(bob).Profile(g)
			r.Send(g, "still outside")
			r.Wants(10007)
			r.As(ann).Answer(r.Request(g, bob), true)
			r.As(bob).Send(g, "in")
		}},
		{"owner and admins decide, and see what the other did", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Meeting, ApplyJoin: chat.JoinPermission, Owner: ann, Members: []chat.NewMember{
				{User: bob, Role: chat.RoleAdmin}, {User: mike},
			}})
			r.As(cat).Join(g)
			r.As(otto).Join(g)
			r.As(mike).Approve(g, cat)
			r.Wants(10007)
			r.As(bob).Approve(g, cat)
			r.As(ann).Refuse(g, otto)
			r.Same(r.Requests(g), []string{"cat asks, accepted by another", "otto asks, refused by me"})
			r.Appoint(g, bob, chat.RoleMember)
			r.As(bob).Requests(g)
			r.Wants(10007)
		}},
		{"nobody is let in twice, nor into a full group", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public, MaxMembers: 2})
			r.As(bob).Join(g)
			r.As(cat).Join(g)
			r.As(Admin).Invite(g, bob)
			r.As(ann).Same(r.Requests(g), []string{"cat asks"})
			r.Approve(g, bob)
			r.Wants(10013)
			r.Approve(g, cat)
			r.Wants(10014)
			r.Kick(g, bob)
			r.Approve(g, cat)
			r.Same(r.Profile(g).Members, 2)
			r.As(otto).Join(g)
			r.Wants(10014)
		}},
		{"applicants who wait may come in once the group is free", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public})
			r.As(bob).Join(g)
			r.As(ann).Modify(g, chat.GroupPatch{ApplyJoin: &free})
			r.As(bob).Same(r.Join(g), true)
			r.As(ann).Same(r.Requests(g), []string{})
		}},
		{"what never was cannot be answered", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Public})
			r.Approve(g, bob)
			r.Wants(10004)
			r.Answer(Request{ID: "no-such"}, true)
			r.Wants(10004)
			r.Approve("not-there", bob)
			r.Wants(10010)
			r.Requests("not-there")
			r.Wants(10010)
		}},
		{"join requests are removed with their group", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{ID: "asked-and-gone", Type: chat.Public})
			r.As(bob).Join(g)
			r.As(ann)
			q := r.Request(g, bob)
			r.Destroy(g)
			r.Answer(q, true)
			r.Wants(10010)
			r.Create(chat.GroupDraft{ID: g, Type: chat.Public})
			r.Same(r.Requests(g), []string{})
			r.Answer(q, true)
			r.Wants(10004)
			r.Destroy(g)
		}},
		{"one list shows all groups that one decides about", func(r *Runner) {
			r.As(nina)
			mine := r.Create(chat.GroupDraft{ID: "story-mine", Type: chat.Public})
			also := r.Create(chat.GroupDraft{ID: "story-also", Type: chat.Public})
			r.As(ada)
			other := r.Create(chat.GroupDraft{ID: "story-other", Type: chat.Public, ApplyJoin: chat.JoinPermission})
			r.As(Admin).Invite(other, nina)
			for _, g := range []chat.GroupID{mine, also, other} {
				r.As(otto).Join(g)
			}
			r.As(mia).Join(mine)
			r.As(nina).Same(r.Requests(""), []string{"otto asks", "mia asks", "otto asks"})
			r.As(ada).Same(r.Requests(""), []string{"otto asks"})
			r.Destroy(other)
			r.As(nina).Destroy(mine)
			r.Destroy(also)
		}},
		{"live rooms take no join requests", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.AVChatRoom, ApplyJoin: chat.JoinPermission})
			r.As(bob).Join(g)
			r.Wants(10007)
			r.As(ann).Requests(g)
			r.Wants(10007)
		}},
		{"members' invitations wait where the group says so", func(r *Runner) {
			r.As(Admin)
			g := r.Create(chat.GroupDraft{Type: chat.Public, Owner: ann, Members: []chat.NewMember{{User: bob}}})
			r.As(ann).Modify(g, chat.GroupPatch{InviteJoin: &asked})
			r.As(cat).Invite(g, otto) // no member
			r.Wants(10007)
			r.As(bob).Same(r.Invite(g, cat, ann, otto, cat, "nobody-knows"), []int{3, 2, 3, 3, 0})
			r.As(cat).Send(g, "not yet")
			r.Wants(10007)
			r.As(ann).Same(r.Requests(g), []string{"bob brings cat", "bob brings otto"})
			r.Approve(g, cat) // cat has not applied
			r.Wants(10004)
			r.As(bob).Requests(g)
			r.Wants(10007)
			r.As(ann)
			q := r.Request(g, cat)
			r.As(bob).Answer(q, true)
			r.Wants(10007)
			r.As(ann).Answer(q, true)
			r.Answer(q, false)
			r.Wants(10024)
			r.Answer(r.Request(g, otto), false)
			r.Same(r.Requests(g), []string{"bob brings cat, accepted by me", "bob brings otto, refused by me"})
			r.As(cat).Send(g, "hello")
			r.Reads(g, "tip 2", "cat: hello")
			r.As(ann).Same(r.Invite(g, otto), []int{1}) // who decides is not asked
		}},
		{"the owner of a Work group approves invitations when the group says so", func(r *Runner) {
			r.As(ann)
			g := r.Create(chat.GroupDraft{Type: chat.Work, InviteJoin: chat.InvitePermission})
			r.Send(g, "awake")
			r.Same(r.Invite(g, bob), []int{1})
			r.As(bob).Same(r.Invite(g, cat), []int{3})
			r.As(cat).Profile(g)
			r.Wants(10007)
			r.As(ann).Answer(r.Request(g, cat), true)
			r.As(cat).Profile(g)
		}},
	}
}
