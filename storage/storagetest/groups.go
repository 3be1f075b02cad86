package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// establish makes a group with members, the first its owner.
func (h *house) establish(id chat.GroupID, t chat.GroupType, members ...chat.UserID) *chat.Group {
	h.t.Helper()
	g := &chat.Group{App: app, ID: id, Type: t, Name: string(id), Owner: members[0], Created: h.now().Unix(), Members: len(members)}
	c := &chat.Commit{Conv: g.Conv(), Group: g}
	for i, u := range members {
		m := &chat.Member{Group: id, User: u, Role: chat.RoleMember, Joined: h.now().Unix()}
		if i == 0 {
			m.Role = chat.RoleOwner
		}
		c.Joins = append(c.Joins, m)
	}
	h.apply(c)
	return g
}

func names(list []*chat.Member) []chat.UserID {
	ids := []chat.UserID{}
	for _, m := range list {
		ids = append(ids, m.User)
	}
	return ids
}

var groups = []testCase{
	{"a group comes back as it was put", func(h *house) {
		g := &chat.Group{
			App: app, ID: book, Type: chat.Meeting, Name: "Ω", Introduction: "i", Notification: "n", FaceURL: "f", Owner: ann,
			Created: 5, InfoSeq: 6, InfoTime: 7, MaxMembers: 200, Members: 3, ApplyJoin: chat.JoinPermission,
			InviteJoin: chat.InviteFree, MuteAll: true, Custom: map[string]string{"a": "1", "b": ""}, SupportTopic: true,
		}
		h.apply(&chat.Commit{Conv: g.Conv(), Group: g})
		want := *g
		want.Custom = map[string]string{"a": "1", "b": ""}
		g.Custom["c"] = "changed after the commit"
		g.Name = "changed"
		h.twice(func() { h.same("group", found[*chat.Group](h)(h.Group(h.t.Context(), app, book)), &want) })
	}},

	{"groups are paged in byte order, by type and in all", func(h *house) {
		for i, id := range []chat.GroupID{"b", "a\x00", "a", "@TGS#1", "ab", "z"} {
			t := chat.Public
			if i%2 == 1 {
				t = chat.Work
			}
			h.establish(id, t, ann)
		}
		h.establish("a", chat.Public, ann, bob) // put again
		h.twice(func() {
			ask := func(t chat.GroupType, after chat.GroupID, limit, total int, want ...chat.GroupID) {
				h.t.Helper()
				ids, n, err := h.Groups(h.t.Context(), app, t, after, limit)
				h.ok(err)
				h.same(fmt.Sprintf("%s after %q", t, after), append([]chat.GroupID{}, ids...), want)
				h.same("total", n, total)
			}
			ask("", "", 10, 6, "@TGS#1", "a", "a\x00", "ab", "b", "z")
			ask("", "a", 2, 6, "a\x00", "ab")
			ask("", "aa", 1, 6, "ab")
			ask(chat.Public, "", 10, 3, "a", "ab", "b")
			ask(chat.Public, "a", 1, 3, "ab")
			ask(chat.Work, "", 10, 3, "@TGS#1", "a\x00", "z")
			ids, n, err := h.Groups(h.t.Context(), app, chat.Community, "", 5)
			h.ok(err)
			h.same("none", []int{len(ids), n}, []int{0, 0})
		})
	}},

	{"members are paged in byte order and mirrored", func(h *house) {
		h.establish(book, chat.Public, ann, "ann\x00x", bob, "Bob", "annx")
		h.establish("film", chat.Work, bob, ann)
		h.twice(func() {
			page := found[[]*chat.Member](h)(h.Members(h.t.Context(), app, book, "", 3))
			h.same("first", names(page), []chat.UserID{"Bob", "ann", "ann\x00x"})
			page = found[[]*chat.Member](h)(h.Members(h.t.Context(), app, book, "ann\x00x", 3))
			h.same("second", names(page), []chat.UserID{"annx", bob})
			h.same("role", found[*chat.Member](h)(h.Member(h.t.Context(), app, book, ann)).Role, chat.RoleOwner)
			h.same("stranger", found[*chat.Member](h)(h.Member(h.t.Context(), app, book, cid)), (*chat.Member)(nil))
			mine := found[[]chat.Membership](h)(h.Memberships(h.t.Context(), app, ann))
			got := []string{}
			for _, m := range mine {
				got = append(got, fmt.Sprint(m.Group, " ", m.Type))
			}
			h.same("mirror", got, []string{"book Public", "film Work"})
		})
	}},

	{"a member comes back as he was put", func(h *house) {
		m := &chat.Member{
			Group: book, User: bob, Role: chat.RoleAdmin, Joined: 3, JoinSeq: 9, NameCard: "card", Flag: chat.Discard,
			Custom: map[string]string{"k": "v"},
		}
		h.apply(&chat.Commit{Conv: bookish, Group: &chat.Group{App: app, ID: book, Type: chat.Work}})
		h.apply(&chat.Commit{Conv: bookish, Joins: []*chat.Member{m}}) // the type is that of the stored group
		h.twice(func() {
			h.same("member", found[*chat.Member](h)(h.Member(h.t.Context(), app, book, bob)), m)
			h.same("mirror", found[[]chat.Membership](h)(h.Memberships(h.t.Context(), app, bob)), []chat.Membership{{Group: book, Type: chat.Work, Joined: 3, JoinSeq: 9}})
		})
	}},

	{"a newcomer's JoinSeq is the head before his commit", func(h *house) {
		h.establish(book, chat.Public, ann)
		h.fill(bookish, 4)
		m := &chat.Member{Group: book, User: bob, Role: chat.RoleMember}
		h.apply(&chat.Commit{Conv: bookish, Joins: []*chat.Member{m}, Messages: []*chat.Message{h.message(bookish, bob, "joined")}})
		h.same("filled", m.JoinSeq, chat.Seq(4))
		changed := *m
		changed.NameCard = "new"
		h.fill(bookish, 1)
		h.apply(&chat.Commit{Conv: bookish, Joins: []*chat.Member{&changed}})
		h.twice(func() {
			got := found[*chat.Member](h)(h.Member(h.t.Context(), app, book, bob))
			h.same("kept", []any{got.JoinSeq, got.NameCard}, []any{chat.Seq(4), "new"})
			row, ok, err := h.Conversation(h.t.Context(), bookish, bob)
			h.ok(err)
			h.same("row", []any{row.Joined, row.JoinSeq, ok}, []any{true, chat.Seq(4), true})
			h.same("from the beginning", found[*chat.Member](h)(h.Member(h.t.Context(), app, book, ann)).JoinSeq, chat.Seq(0))
		})
		early := &chat.Member{Group: book, User: ann, Role: chat.RoleAdmin}
		h.apply(&chat.Commit{Conv: bookish, Joins: []*chat.Member{early}})
		h.same("a row that exists takes what it is given", early.JoinSeq, chat.Seq(0))
	}},

	{"who leaves is gone on both sides", func(h *house) {
		h.establish(book, chat.Public, ann, bob, cid)
		h.say(bookish, ann, "hello")
		h.mark(bookish, chat.ReadMark{User: bob, AtHead: true})
		h.apply(&chat.Commit{
			Conv: bookish, Leaves: []chat.UserID{bob}, Reads: []chat.ReadMark{{User: bob, AtHead: true}},
			Mutes: []chat.Mute{{User: bob, Until: h.in(time.Hour)}},
		})
		h.twice(func() {
			h.same("member", found[*chat.Member](h)(h.Member(h.t.Context(), app, book, bob)), (*chat.Member)(nil))
			h.same("members", names(found[[]*chat.Member](h)(h.Members(h.t.Context(), app, book, "", 9))), []chat.UserID{ann, cid})
			h.same("mirror", found[[]chat.Membership](h)(h.Memberships(h.t.Context(), app, bob)), []chat.Membership{})
			h.same("list", found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, bob)), []chat.UserConv{})
			_, ok, err := h.Conversation(h.t.Context(), bookish, bob)
			h.ok(err)
			h.same("row", ok, false)
			if found[int64](h)(h.MuteUntil(h.t.Context(), app, book, bob)) == 0 {
				h.t.Error("the mute does not outlive the membership")
			}
		})
	}},

	{"mutes are put, paged and lifted", func(h *house) {
		until := h.in(time.Hour)
		h.establish(book, chat.Public, ann)
		h.apply(&chat.Commit{Conv: bookish, Mutes: []chat.Mute{{User: cid, Until: until}, {User: ann, Until: until + 1}, {User: bob, Until: 1 << 40}}})
		h.twice(func() {
			h.same("one", found[int64](h)(h.MuteUntil(h.t.Context(), app, book, cid)), until)
			h.same("none", found[int64](h)(h.MuteUntil(h.t.Context(), app, book, "dan")), int64(0))
			h.same("page", found[[]chat.Mute](h)(h.Mutes(h.t.Context(), app, book, "", 2)), []chat.Mute{{User: ann, Until: until + 1}, {User: bob, Until: 1 << 40}})
			h.same("rest", found[[]chat.Mute](h)(h.Mutes(h.t.Context(), app, book, bob, 2)), []chat.Mute{{User: cid, Until: until}})
		})
		h.apply(&chat.Commit{Conv: bookish, Mutes: []chat.Mute{{User: cid}}})
		h.twice(func() {
			h.same("lifted", found[int64](h)(h.MuteUntil(h.t.Context(), app, book, cid)), int64(0))
			h.same("others", len(found[[]chat.Mute](h)(h.Mutes(h.t.Context(), app, book, "", 9))), 2)
		})
	}},
}

// gone asks for everything a dropped group might have left.
func (h *house) gone(members ...chat.UserID) {
	h.t.Helper()
	ctx := h.t.Context()
	h.same("group", found[*chat.Group](h)(h.Group(ctx, app, book)), (*chat.Group)(nil))
	h.same("members", names(found[[]*chat.Member](h)(h.Members(ctx, app, book, "", 9))), []chat.UserID{})
	h.same("head", h.head(bookish), chat.Head{})
	h.same("messages", seqs(found[[]*chat.Message](h)(h.Messages(ctx, bookish, 1, false, 9, 0))), []chat.Seq{})
	h.same("message", found[*chat.Message](h)(h.Message(ctx, bookish, 1)), (*chat.Message)(nil))
	h.same("seen", found[*chat.Message](h)(h.Seen(ctx, bookish, chat.DedupKey{15: 1})), (*chat.Message)(nil))
	h.same("events", found[[]*chat.ConvEvent](h)(h.ConvEvents(ctx, bookish, 0, 9)), []*chat.ConvEvent{})
	h.same("mutes", found[[]chat.Mute](h)(h.Mutes(ctx, app, book, "", 9)), []chat.Mute{})
	ids, n, err := h.Groups(ctx, app, "", "", 9)
	h.ok(err)
	h.same("groups", []int{len(ids), n}, []int{0, 0})
	for _, u := range members {
		h.same("membership", found[[]chat.Membership](h)(h.Memberships(ctx, app, u)), []chat.Membership{})
		h.same("conversations", found[[]chat.UserConv](h)(h.Conversations(ctx, app, u)), []chat.UserConv{})
		h.same("sender", found[chat.SenderStat](h)(h.Sender(ctx, bookish, u)), chat.SenderStat{})
	}
}

// furnish gives the group something of everything.
func (h *house) furnish() {
	h.t.Helper()
	h.fill(bookish, 20)
	h.say(bookish, bob, "once", key(1, 0))
	h.mark(bookish, chat.ReadMark{User: bob, AtHead: true})
	h.apply(&chat.Commit{
		Conv: bookish, Events: []*chat.ConvEvent{{Conv: bookish, Kind: chat.EventRecall}}, Mutes: []chat.Mute{{User: cid, Until: h.in(time.Hour)}},
	})
}

var drops = []testCase{
	{"a dropped group leaves nothing and its id begins anew", func(h *house) {
		h.establish(book, chat.Public, ann, bob)
		h.furnish()
		last := h.message(bookish, ann, "closing")
		told := &chat.Event{App: app, Kind: chat.AfterDestroy, Key: "k", Conv: bookish, Message: last}
		notice := &chat.UserEvent{App: app, User: bob, Kind: chat.UserGroup, Notice: &chat.Notice{Kind: chat.NoticeDestroyed, Group: book}}
		h.apply(&chat.Commit{
			Conv: bookish, Drop: true, Messages: []*chat.Message{last}, Outbox: []*chat.Event{told}, Notices: []*chat.UserEvent{notice},
		})
		h.same("the last message has a number", last.Seq, chat.Seq(22))
		h.twice(func() {
			h.gone(ann, bob, cid)
			h.same("told", len(found[[]*chat.Event](h)(h.Pending(h.t.Context(), "", 9))), 1)
			h.same("notice", found[uint64](h)(h.UserEventSeq(h.t.Context(), app, bob)), uint64(1))
		})
		h.establish(book, chat.Work, bob)
		m := h.say(bookish, bob, "anew", key(1, 0))
		h.same("numbers", []uint64{uint64(m.Seq), m.Counted, m.Own}, []uint64{1, 1, 1})
		h.mark(bookish, chat.ReadMark{User: bob, AtHead: true})
		h.twice(func() {
			h.same("mark", h.marked(bookish, bob).Seq, chat.Seq(1))
			h.same("page", seqs(found[[]*chat.Message](h)(h.Messages(h.t.Context(), bookish, 1, false, 9, 0))), []chat.Seq{1})
		})
	}},

	{"making, dropping and making again in one call", func(h *house) {
		g := &chat.Group{App: app, ID: book, Type: chat.Public}
		join := func() []*chat.Member { return []*chat.Member{{Group: book, User: ann, Role: chat.RoleOwner}} }
		a, b := h.message(bookish, ann, "a", key(1, 0)), h.message(bookish, ann, "b", key(1, 0))
		h.apply(
			&chat.Commit{Conv: bookish, Group: g, Joins: join(), Messages: []*chat.Message{a}},
			&chat.Commit{Conv: bookish, Drop: true},
			&chat.Commit{Conv: bookish, Group: g, Joins: join(), Messages: []*chat.Message{b}},
		)
		h.same("numbers", seqs([]*chat.Message{a, b}), []chat.Seq{1, 1})
		h.twice(func() {
			h.same("message", found[*chat.Message](h)(h.Message(h.t.Context(), bookish, 1)), b)
			_, n, err := h.Groups(h.t.Context(), app, chat.Public, "", 9)
			h.ok(err)
			h.same("groups", n, 1)
		})
	}},

	{"dropping what is not there is nothing", func(h *house) {
		h.apply(&chat.Commit{Conv: bookish, Drop: true})
		h.twice(func() { h.gone(ann) })
	}},

	{"a large group is dropped whole and its neighbour is not", func(h *house) {
		const n = 2500
		h.establish("bool", chat.Public, ann)
		h.say(chat.GroupOf(app, "bool"), ann, "stays")
		h.establish("boo", chat.Public, ann)
		h.establish(book, chat.Public, ann, bob)
		for i := range n / 500 {
			c := &chat.Commit{Conv: bookish}
			for j := range 500 {
				c.Joins = append(c.Joins, &chat.Member{Group: book, User: chat.UserID(fmt.Sprintf("m%d", i*500+j)), Role: chat.RoleMember})
			}
			h.apply(c)
		}
		h.furnish()
		h.apply(&chat.Commit{Conv: bookish, Drop: true})
		h.twice(func() {
			for i := range n {
				u := chat.UserID(fmt.Sprintf("m%d", i))
				if list := found[[]chat.Membership](h)(h.Memberships(h.t.Context(), app, u)); len(list) > 0 {
					h.t.Fatalf("%s is still in %v", u, list)
				}
			}
			h.same("members", len(found[[]*chat.Member](h)(h.Members(h.t.Context(), app, book, "", 9))), 0)
			h.same("ann's", len(found[[]chat.Membership](h)(h.Memberships(h.t.Context(), app, ann))), 2)
			h.same("neighbour", h.head(chat.GroupOf(app, "bool")).Seq, chat.Seq(1))
			_, left, err := h.Groups(h.t.Context(), app, "", "", 9)
			h.ok(err)
			h.same("groups", left, 2)
		})
	}},
}
