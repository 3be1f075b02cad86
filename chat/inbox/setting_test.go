package inbox_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// list is everything that ann's list has.
func (r *room) list(f inbox.ConvFilter) inbox.ConvPage {
	r.Helper()
	page, err := r.Conversations(r.ctx, as("ann"), f, "", 0)
	r.must(err)
	return page
}

// item is one of ann's conversations.
func (r *room) item(t chat.Target) inbox.ConvView {
	r.Helper()
	v, err := r.Conversation(r.ctx, as("ann"), t)
	r.must(err)
	return v
}

// told prints ann's events after a number: what has changed.
func (r *room) told(after uint64) (list []string) {
	r.Helper()
	events, err := r.ledger.UserEvents(r.ctx, app, "ann", after, 1000)
	r.must(err)
	for _, e := range events {
		if e.Detail == nil {
			list = append(list, string(e.Kind))
			continue
		}
		c := e.Detail.Changed
		text := string(e.Kind)
		if e.Kind == chat.UserChanged {
			text += " " + e.Conv.For("ann").String()
		}
		if c.Top != nil {
			text += fmt.Sprint(" top ", *c.Top)
		}
		if c.Option != nil {
			text += " " + string(*c.Option)
		}
		if c.Marks != nil {
			text += fmt.Sprint(" marks ", c.Marks.Numbers())
		}
		if c.Custom != nil {
			text += fmt.Sprintf(" custom %q", *c.Custom)
		}
		if c.Groups != nil {
			text += fmt.Sprintf(" in %q", *c.Groups)
		}
		if c.Draft != nil {
			text += fmt.Sprintf(" draft %q", *c.Draft)
		}
		if c.Deleted {
			text += " deleted"
		}
		if g := c.Group; g != nil {
			text += fmt.Sprintf(" %q %q %v %t %t", g.OldName, g.Name, g.Convs, g.Untold, g.Deleted)
		}
		list = append(list, text)
	}
	return list
}

func (r *room) same(what string, got, want any) {
	r.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func (r *room) code(what string, err error, want chat.Code) {
	r.Helper()
	if got := chat.CodeOf(err); err == nil && want != 0 || err != nil && got != want {
		r.Errorf("%s: %v, want %d", what, err, want)
	}
}

// Pinned ones come first, newest first, on pages of any size; who is pinned without a word
// has an empty entry.
func TestPinnedConversationsComeFirst(t *testing.T) {
	r := open(t)
	list := peers(6)
	r.register(list...)
	for _, u := range list {
		r.ms++
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	r.ms++
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[1]), chat.ToUser(list[3])}, true))
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[3])}, true)) // again: nothing
	r.must(r.Pin(r.ctx, admin(), "ann", []chat.Target{chat.ToUser("cat")}, true))
	want := []string{"c2c/cat", "c2c/u0003", "c2c/u0001", "c2c/u0005", "c2c/u0004", "c2c/u0002", "c2c/u0000"}
	for count := 1; count <= 8; count++ {
		var got []string
		for cursor, first := "", true; first || cursor != ""; first = false {
			page, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, cursor, count)
			r.must(err)
			for _, c := range page.Convs {
				if got = append(got, c.Target.String()); c.Top != (len(got) <= 3) {
					t.Errorf("%s is pinned: %t", c.Target, c.Top)
				}
			}
			cursor = page.Cursor
		}
		r.same(fmt.Sprint("pages of ", count), got, want)
	}
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[3]), chat.ToUser("cat")}, false))
	r.same("unpinned", targets(r.list(inbox.ConvFilter{})), []string{"c2c/u0001", "c2c/u0005", "c2c/u0004", "c2c/u0003", "c2c/u0002", "c2c/u0000"})
	r.same("told", r.told(0), []string{
		"conversation c2c/u0001 top true", "conversation c2c/u0003 top true", "conversation c2c/cat top true",
		"conversation c2c/u0003 top false", "conversation c2c/cat top false",
	})
	r.code("another's", r.Pin(r.ctx, as("bob"), "ann", []chat.Target{chat.ToUser("cat")}, true), 50003)
	r.code("of nobody", r.Pin(r.ctx, admin(), "nobody", []chat.Target{chat.ToUser("cat")}, true), 50001)
	r.code("a peer who never was", r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser("nobody")}, true), 50001)
	r.code("no group", r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToGroup("none")}, true), 51007)
	r.code("a group of others", r.Pin(r.ctx, as("ann"), "", []chat.Target{r.group("bob", "cat")}, true), 51007)
}

func TestPinsAreBounded(t *testing.T) {
	r := open(t)
	list := peers(51)
	r.register(list...)
	g := r.group("bob", "ann")
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{g}, true))
	for _, u := range list[:49] {
		r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(u)}, true))
	}
	r.code("the 51st", r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[49])}, true), 51012)
	r.code("all or nothing", r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[0]), chat.ToUser(list[49])}, true), 51012)
	r.must(r.groups.Quit(r.ctx, as("ann"), g.Group()))
	r.code("in the place of a group that was left", r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[49])}, true), 0)
	r.code("one more", r.Pin(r.ctx, as("ann"), "", []chat.Target{chat.ToUser(list[50])}, true), 51012)
}

// What was set of a group ends when its member leaves, and nothing of it is there when they
// come back.
func TestSettingsEndWithMembership(t *testing.T) {
	r := open(t)
	g := r.group("bob", "ann")
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{g}, true))
	r.must(r.SetDraft(r.ctx, as("ann"), g, "soon"))
	if v := r.item(g); !v.Top || v.Draft != "soon" {
		t.Fatalf("set: %+v", v)
	}
	r.must(r.groups.Quit(r.ctx, as("ann"), g.Group()))
	r.same("when left", targets(r.list(inbox.ConvFilter{})), []string{})
	r.ms += 1000
	_, err := r.groups.AddMembers(r.ctx, admin(), g.Group(), []chat.UserID{"ann"}, true)
	r.must(err)
	if v := r.item(g); v.Top || v.Draft != "" {
		t.Errorf("joined again: top %t, draft %q", v.Top, v.Draft)
	}
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{g}, true))
	if v := r.item(g); !v.Top || v.Draft != "" {
		t.Errorf("pinned again: top %t, draft %q", v.Top, v.Draft)
	}
}

func TestDrafts(t *testing.T) {
	r := open(t)
	to := chat.ToUser("bob")
	for _, c := range []struct {
		text string
		code chat.Code
	}{
		{"a", 0}, {"a", 0}, {strings.Repeat("x", 3000), 0}, {strings.Repeat("x", 3001), 50002}, {"\xff", 50002}, {"line\nline", 0}, {"", 0}, {"", 0},
	} {
		r.code(fmt.Sprintf("%.10q", c.text), r.SetDraft(r.ctx, as("ann"), to, c.text), c.code)
		if v := r.item(to); c.code == 0 && v.Draft != c.text {
			t.Errorf("draft %.10q, want %.10q", v.Draft, c.text)
		}
	}
	r.same("told", len(r.told(0)), 4)
	r.must(r.SetDraft(r.ctx, as("ann"), to, "begun"))
	r.same("listed while there is a draft", targets(r.list(inbox.ConvFilter{})), []string{"c2c/bob"})
	r.must(r.SetDraft(r.ctx, as("ann"), to, ""))
	r.same("and no longer", targets(r.list(inbox.ConvFilter{})), []string{})
}

// A deleted conversation is back with the next message; until then it counts nothing.
func TestDeleteConversation(t *testing.T) {
	r := open(t)
	g := r.group("bob", "ann")
	bob := chat.ToUser("bob")
	r.say("bob", chat.ToUser("ann"), 3, 0)
	r.say("bob", g, 2, 0)
	r.must(r.Pin(r.ctx, as("ann"), "", []chat.Target{bob}, true))
	r.must(r.SetDraft(r.ctx, as("ann"), bob, "d"))
	_, err := r.Mark(r.ctx, as("ann"), "", []inbox.MarkChange{{Target: bob, Set: []int{3}}})
	r.must(err)
	r.must(r.Mute(r.ctx, as("ann"), bob, chat.AcceptNotNotify))
	r.same("unread before", r.list(inbox.ConvFilter{}).UnreadTotal, 5)
	after := uint64(len(r.told(0)))
	for range 2 {
		r.must(r.Delete(r.ctx, as("ann"), "", bob, false))
		r.must(r.Delete(r.ctx, admin(), "ann", g, false))
	}
	page := r.list(inbox.ConvFilter{})
	r.same("deleted", targets(page), []string{})
	r.same("unread", page.UnreadTotal, 0)
	r.same("told", r.told(after), []string{"conversation c2c/bob deleted", "conversation " + g.String() + " deleted"})
	if v := r.item(bob); v.Top || v.Draft != "" || v.Marks != 4 || v.Option != chat.AcceptNotNotify || v.Last == nil {
		t.Errorf("what is left: %+v", v)
	}
	r.say("bob", chat.ToUser("ann"), 1, chat.NoLastMsg)
	page = r.list(inbox.ConvFilter{})
	r.same("a message that places nothing", targets(page), []string{})
	r.same("it counts", page.UnreadTotal, 1)
	r.ms++
	r.say("bob", chat.ToUser("ann"), 1, 0)
	r.say("ann", chat.ToUser("bob"), 1, 0)
	r.say("bob", g, 1, 0)
	page = r.list(inbox.ConvFilter{})
	r.same("back", targets(page), []string{"c2c/bob", g.String()})
	r.same("unread", []uint64{page.UnreadTotal, page.Convs[0].Unread, page.Convs[1].Unread}, []uint64{3, 2, 1})
	r.must(r.MarkRead(r.ctx, as("ann"), "", bob, chat.Newest))
	r.same("read", r.item(bob).Unread, 0)
	r.must(r.Delete(r.ctx, as("ann"), "", chat.ToUser("cat"), false))
	r.must(r.Delete(r.ctx, as("ann"), "", chat.ToUser("nobody"), false))
	r.must(r.Delete(r.ctx, as("ann"), "", chat.ToGroup("none"), false))
}

// Who wants no messages of a peer has none unread there, and of a group that mentions alone
// are wanted of, the mentions; the total is the sum of the items.
func TestUnreadByOption(t *testing.T) {
	r := open(t)
	g := r.group("bob", "ann")
	mention := func(list ...chat.UserID) {
		conv := g.Of(app, "bob")
		r.change(conv, func(t *ledger.Turn) {
			t.Commit.Messages = []*chat.Message{{Conv: conv, From: "bob", Time: r.ms, Body: []byte("[]"), At: list}}
		})
	}
	r.say("bob", chat.ToUser("ann"), 3, 0)
	r.say("cat", chat.ToUser("ann"), 1, 0)
	r.say("bob", g, 2, 0)
	mention("ann")
	mention("cat")
	mention(chat.AtAll)
	for _, c := range []struct {
		bob, group chat.ReceiveOption
		want       []uint64 // bob, group, all, all of C2C
	}{
		{chat.AcceptAndNotify, chat.AcceptAndNotify, []uint64{3, 5, 9, 4}},
		{chat.Discard, chat.Discard, []uint64{0, 0, 1, 1}},
		{chat.NotReceiveMsgExceptAt, chat.NotReceiveMsgExceptAt, []uint64{0, 2, 3, 1}},
		{chat.AcceptNotNotifyExceptAt, chat.AcceptNotNotifyExceptAt, []uint64{3, 5, 9, 4}},
		{chat.AcceptNotNotify, chat.AcceptNotNotify, []uint64{3, 5, 9, 4}},
	} {
		r.must(r.Mute(r.ctx, as("ann"), chat.ToUser("bob"), c.bob))
		r.must(r.Mute(r.ctx, as("ann"), g, c.group))
		one, two := r.item(chat.ToUser("bob")), r.item(g)
		total, err := r.UnreadTotal(r.ctx, app, "ann")
		r.must(err)
		page := r.list(inbox.ConvFilter{})
		r.same(string(c.bob), []uint64{one.Unread, two.Unread, page.UnreadTotal, total}, c.want)
		sum := uint64(0)
		for _, v := range page.Convs {
			sum += v.Unread
		}
		r.same("sum", sum, page.UnreadTotal)
		r.same("options", []chat.ReceiveOption{one.Option, two.Option, two.Self.Flag}, []chat.ReceiveOption{c.bob, c.group, c.group})
		_, each, err := r.UnreadC2C(r.ctx, admin(), "ann", []chat.UserID{"bob"})
		r.must(err)
		r.same("from bob", each[0].Unread, one.Unread)
	}
	r.code("no option", r.Mute(r.ctx, as("ann"), g, "Loud"), 50002)
	r.code("no group", r.Mute(r.ctx, as("ann"), chat.ToGroup("none"), chat.Discard), 51007)
	if told := r.told(0); !slices.Contains(told, "conversation c2c/bob Discard") || !slices.Contains(told, "conversation "+g.String()+" NotReceiveMsgExceptAt") {
		t.Errorf("told %q", told)
	}
}

func TestMarks(t *testing.T) {
	r := open(t)
	bob, cat := chat.ToUser("bob"), chat.ToUser("cat")
	long, longer := strings.Repeat("c", 256), strings.Repeat("c", 257)
	each, err := r.Mark(r.ctx, as("ann"), "", []inbox.MarkChange{
		{Target: bob, Set: []int{1, 64}, Custom: &long},
		{Target: cat, Set: []int{0}},
		{Target: cat, Clear: []int{65}},
		{Target: cat, Custom: &longer},
		{Target: chat.ToUser("nobody"), Set: []int{1}},
		{Target: bob, Set: []int{3}, Clear: []int{1, 3}},
		{Target: cat, Clear: []int{5}},
	})
	r.must(err)
	codes := []chat.Code{}
	for _, err := range each {
		codes = append(codes, chat.CodeOf(err))
	}
	r.same("codes", codes, []chat.Code{0, 50002, 50002, 50002, 50001, 0, 0})
	v := r.item(bob)
	r.same("marks", []any{v.Marks.Numbers(), v.Custom == long, v.Marks.String()}, []any{[]int{3, 64}, true, "1" + strings.Repeat("0", 60) + "100"})
	r.same("told", len(r.told(0)), 2)
	for _, n := range []int{0, 101} {
		_, err = r.Mark(r.ctx, as("ann"), "", make([]inbox.MarkChange, n))
		r.code(fmt.Sprint(n, " conversations"), err, 51006)
	}
	empty := ""
	_, err = r.Mark(r.ctx, as("ann"), "", []inbox.MarkChange{{Target: bob, Clear: []int{3, 64}, Custom: &empty}})
	r.must(err)
	tagged, _, err := r.TaggedConvs(r.ctx, as("ann"), "")
	if err != nil || len(tagged) != 0 {
		t.Errorf("without marks: %+v, %v", tagged, err)
	}
}

func TestConvGroups(t *testing.T) {
	r := open(t)
	g := r.group("bob", "ann")
	bob, cat := chat.ToUser("bob"), chat.ToUser("cat")
	done, err := r.CreateConvGroup(r.ctx, as("ann"), "", "work", []chat.Target{bob, g, chat.ToUser("nobody")})
	r.must(err)
	r.same("made", []any{done.Group.ID, chat.CodeOf(done.Each[0]), chat.CodeOf(done.Each[1]), chat.CodeOf(done.Each[2])}, []any{1, 0, 0, 50001})
	done, err = r.CreateConvGroup(r.ctx, as("ann"), "", "fun", nil)
	r.must(err)
	r.same("the next", done.Group.ID, 2)
	_, err = r.CreateConvGroup(r.ctx, as("ann"), "", "work", []chat.Target{bob, cat}) // again
	r.must(err)
	_, err = r.FillConvGroup(r.ctx, admin(), "ann", "fun", []chat.Target{bob}, nil)
	r.must(err)
	_, err = r.FillConvGroup(r.ctx, as("ann"), "", "work", nil, []chat.Target{cat, chat.ToGroup("none")})
	r.must(err)
	_, err = r.RenameConvGroup(r.ctx, as("ann"), "", "work", "office")
	r.must(err)
	r.same("in", r.item(bob).Groups, []string{"office", "fun"})
	list, err := r.ConvGroups(r.ctx, as("ann"), "")
	r.must(err)
	r.same("groups", list, []chat.ConvGroup{{ID: 1, Name: "office", Convs: []chat.Target{bob, g}}, {ID: 2, Name: "fun", Convs: []chat.Target{bob}}})
	_, err = r.DeleteConvGroup(r.ctx, as("ann"), "", "office")
	r.must(err)
	r.same("in", []any{r.item(bob).Groups, r.item(g).Groups}, []any{[]string{"fun"}, []string{}})
	r.same("told", r.told(0), []string{
		`group`, // that ann is in the group
		`conversation c2c/bob in ["work"]`, `conversation ` + g.String() + ` in ["work"]`,
		fmt.Sprintf(`convgroup "" "work" %v false false`, []chat.Target{bob, g}),
		`convgroup "" "fun" [] false false`,
		`conversation c2c/cat in ["work"]`, fmt.Sprintf(`convgroup "" "work" %v false false`, []chat.Target{bob, cat, g}),
		`conversation c2c/bob in ["work" "fun"]`, fmt.Sprintf(`convgroup "" "fun" %v false false`, []chat.Target{bob}),
		`conversation c2c/cat in []`, fmt.Sprintf(`convgroup "" "work" %v false false`, []chat.Target{bob, g}),
		`convgroup "work" "office" [] false false`,
		`convgroup "" "office" [] false true`,
	})
	for _, c := range []struct {
		what string
		err  error
		code chat.Code
	}{
		{"fill an unknown one", second(r.FillConvGroup(r.ctx, as("ann"), "", "none", []chat.Target{bob}, nil)), 51009},
		{"fill with nothing", second(r.FillConvGroup(r.ctx, as("ann"), "", "fun", nil, nil)), 51006},
		{"fill with too many", second(r.FillConvGroup(r.ctx, as("ann"), "", "fun", make([]chat.Target, 60), make([]chat.Target, 41))), 51006},
		{"rename an unknown one", second(r.RenameConvGroup(r.ctx, as("ann"), "", "none", "x")), 51009},
		{"delete an unknown one", second(r.DeleteConvGroup(r.ctx, as("ann"), "", "office")), 51009},
		{"32 bytes", second(r.CreateConvGroup(r.ctx, as("ann"), "", strings.Repeat("n", 32), nil)), 0},
		{"33 bytes", second(r.CreateConvGroup(r.ctx, as("ann"), "", strings.Repeat("n", 33), nil)), 51011},
		{"33 bytes later", second(r.RenameConvGroup(r.ctx, as("ann"), "", "fun", strings.Repeat("n", 33))), 51011},
		{"no name", second(r.CreateConvGroup(r.ctx, as("ann"), "", "", nil)), 50002},
		{"a taken name", second(r.RenameConvGroup(r.ctx, as("ann"), "", "fun", strings.Repeat("n", 32))), 50002},
		{"its own name", second(r.RenameConvGroup(r.ctx, as("ann"), "", "fun", "fun")), 0},
		{"another's", second(r.CreateConvGroup(r.ctx, as("bob"), "ann", "x", nil)), 50003},
	} {
		r.code(c.what, c.err, c.code)
	}
	for n := range 18 {
		_, err := r.CreateConvGroup(r.ctx, as("ann"), "", fmt.Sprint(n), nil)
		r.must(err)
	}
	r.code("the 21st", second(r.CreateConvGroup(r.ctx, as("ann"), "", "21", nil)), 51010)
	if _, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{Group: "none"}, "", 0); chat.CodeOf(err) != 51009 {
		t.Errorf("a filter by no group: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// A thousand conversations have marks or are in groups, and a group holds as many.
func TestTaggedConversationsAreBounded(t *testing.T) {
	r := open(t)
	list := peers(1001)
	r.register(list...)
	var all []chat.Target
	for _, u := range list {
		all = append(all, chat.ToUser(u))
	}
	_, err := r.CreateConvGroup(r.ctx, as("ann"), "", "all", nil)
	r.must(err)
	for part := range slices.Chunk(all[:1000], 100) {
		done, err := r.FillConvGroup(r.ctx, as("ann"), "", "all", part, nil)
		r.must(err)
		for _, err := range done.Each {
			r.must(err)
		}
	}
	done, err := r.FillConvGroup(r.ctx, as("ann"), "", "all", []chat.Target{all[0], all[1000]}, nil)
	r.must(err)
	r.code("one that is in it", done.Each[0], 0)
	r.code("one more", done.Each[1], 51008)
	each, err := r.Mark(r.ctx, as("ann"), "", []inbox.MarkChange{{Target: all[1000], Set: []int{1}}, {Target: all[5], Set: []int{1}}})
	r.must(err)
	r.code("a mark more", each[0], 51008)
	r.code("a mark on one that counts", each[1], 0)
	if events := r.told(0); strings.Contains(events[len(events)-2], "convgroup") && !strings.HasSuffix(events[len(events)-2], "true false") {
		t.Errorf("a large group is told whole: %.200s", events[len(events)-2])
	}
	_, err = r.DeleteConvGroup(r.ctx, as("ann"), "", "all")
	r.must(err)
	each, err = r.Mark(r.ctx, as("ann"), "", []inbox.MarkChange{{Target: all[1000], Set: []int{1}}})
	r.must(err)
	r.code("when the group is gone", each[0], 0)
}

func TestFilters(t *testing.T) {
	r := open(t)
	g, h := r.group("bob", "ann"), r.group("cat", "ann")
	r.ms++
	r.say("bob", chat.ToUser("ann"), 1, 0)
	r.ms++
	r.say("ann", chat.ToUser("cat"), 1, 0)
	r.ms++
	r.say("bob", g, 1, 0)
	conv := h.Of(app, "cat")
	r.ms++
	r.change(conv, func(t *ledger.Turn) {
		t.Commit.Messages = []*chat.Message{{Conv: conv, From: "cat", Time: r.ms, Body: []byte("[]"), At: []chat.UserID{"ann"}}}
	})
	_, err := r.Mark(r.ctx, as("ann"), "", []inbox.MarkChange{{Target: g, Set: []int{2}}, {Target: chat.ToUser("cat"), Set: []int{2}}})
	r.must(err)
	_, err = r.CreateConvGroup(r.ctx, as("ann"), "", "work", []chat.Target{g, chat.ToUser("bob")})
	r.must(err)
	for _, c := range []struct {
		filter inbox.ConvFilter
		want   []string
	}{
		{inbox.ConvFilter{}, []string{h.String(), g.String(), "c2c/cat", "c2c/bob"}},
		{inbox.ConvFilter{Kind: chat.C2C}, []string{"c2c/cat", "c2c/bob"}},
		{inbox.ConvFilter{Kind: chat.InGroup}, []string{h.String(), g.String()}},
		{inbox.ConvFilter{Mark: 2}, []string{g.String(), "c2c/cat"}},
		{inbox.ConvFilter{Mark: 1}, nil},
		{inbox.ConvFilter{Group: "work"}, []string{g.String(), "c2c/bob"}},
		{inbox.ConvFilter{Unread: true}, []string{h.String(), g.String(), "c2c/bob"}},
		{inbox.ConvFilter{At: true}, []string{h.String()}},
		{inbox.ConvFilter{Kind: chat.C2C, Unread: true, Group: "work"}, []string{"c2c/bob"}},
	} {
		page := r.list(c.filter)
		r.same(fmt.Sprintf("%+v", c.filter), targets(page), c.want)
		r.same("the total is of all", page.UnreadTotal, 3)
	}
	if _, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{Mark: 65}, "", 0); chat.CodeOf(err) != 50002 {
		t.Errorf("mark 65: %v", err)
	}
}

func TestReadAll(t *testing.T) {
	r := open(t)
	list := peers(300)
	r.register(list...)
	for _, u := range list {
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	g := r.group("bob", "ann")
	r.say("bob", g, 2, 0)
	r.say("ann", chat.ToUser("cat"), 1, 0)
	r.must(r.ReadAll(r.ctx, as("ann"), chat.InGroup))
	r.same("after groups", r.list(inbox.ConvFilter{}).UnreadTotal, 300)
	r.must(r.ReadAll(r.ctx, as("ann"), 0))
	r.same("after all", r.list(inbox.ConvFilter{}).UnreadTotal, 0)
	told := len(r.told(0))
	r.must(r.ReadAll(r.ctx, as("ann"), 0))
	r.same("again", len(r.told(0)), told)
	r.same("of a conversation in which all is ann's own", r.item(chat.ToUser("cat")).Read.Seq, 0)
}

func TestContactsPage(t *testing.T) {
	r := open(t)
	list := peers(250)
	r.register(list...)
	for i, u := range list {
		r.ms = start + int64(i/120)*1000
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	r.group("bob", "ann") // nothing is said in it
	var pins []chat.Target
	for _, u := range list[100:105] {
		pins = append(pins, chat.ToUser(u))
	}
	r.must(r.Pin(r.ctx, as("ann"), "", pins, true))
	for _, empty := range []bool{true, false} {
		var got []string
		q := inbox.ContactQuery{Empty: empty}
		for pages := 0; ; pages++ {
			page, err := r.Contacts(r.ctx, admin(), "ann", q)
			r.must(err)
			for _, c := range page.List {
				got = append(got, c.Target.String())
			}
			if q.Plain, q.Top = page.Plain, page.Top; page.Complete {
				break
			}
			if len(page.List) != 100 || pages > 3 {
				t.Fatalf("page %d has %d entries", pages, len(page.List))
			}
		}
		want := targets(r.list(inbox.ConvFilter{}))[:5]
		r.same("pinned first", got[:5], want)
		slices.Sort(got)
		if n := len(slices.Compact(got)); empty && n != 251 || !empty && n != 250 {
			t.Errorf("empty ones too %t: %d conversations", empty, n)
		}
	}
	_, err := r.Contacts(r.ctx, admin(), "nobody", inbox.ContactQuery{})
	r.code("of nobody", err, 50001)
}

// Of 10,000 conversations a user may have set something.
func TestSettingsAreBounded(t *testing.T) {
	r := open(t)
	r.must(r.ledger.Change(r.ctx, chat.UserShard(app, "ann"), 0, func(_ context.Context, t *ledger.Turn) error {
		inbox.CountSettings(t, 9_999)
		return nil
	}))
	r.code("the last", r.SetDraft(r.ctx, as("ann"), chat.ToUser("bob"), "d"), 0)
	r.code("it again", r.SetDraft(r.ctx, as("ann"), chat.ToUser("bob"), "e"), 0)
	r.code("one more", r.SetDraft(r.ctx, as("ann"), chat.ToUser("cat"), "d"), 51008)
	r.must(r.SetDraft(r.ctx, as("ann"), chat.ToUser("bob"), ""))
	r.code("when one is gone", r.SetDraft(r.ctx, as("ann"), chat.ToUser("cat"), "d"), 0)
}
