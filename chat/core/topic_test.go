package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/message"
)

const (
	community chat.GroupID = "@TGS#_c"
	green     chat.GroupID = "@TGS#_c@TOPIC#_green"
	black     chat.GroupID = "@TGS#_c@TOPIC#_black"
)

// found makes the community of ann, with topics.
func found(t *testing.T, c *core.Core, members ...chat.UserID) {
	t.Helper()
	d := chat.GroupDraft{ID: community, Type: chat.Community, Name: "All", Owner: "ann", SupportTopic: true}
	for _, u := range members {
		d.Members = append(d.Members, chat.NewMember{User: u})
	}
	if _, err := c.Group.Create(t.Context(), admin(), d); err != nil {
		t.Fatal(err)
	}
}

// topic makes a topic of it.
func topic(t *testing.T, c *core.Core, id chat.GroupID) {
	t.Helper()
	if _, err := c.Group.CreateTopic(t.Context(), as("ann"), chat.TopicDraft{Community: community, ID: id, Name: "T"}); err != nil {
		t.Fatal(err)
	}
}

// says is the code that a message to a topic gets.
func (h *house) says(from chat.UserID, id chat.GroupID) chat.Code {
	_, err := h.Message.SendWait(h.ctx, as(from), chat.Draft{To: chat.ToGroup(id), Body: text("x")})
	return chat.CodeOf(err)
}

func historyOf(id chat.GroupID) message.HistoryQuery {
	return message.HistoryQuery{Target: chat.ToGroup(id)}
}

func (h *house) code(what string, got, want chat.Code) {
	h.Helper()
	if got != want {
		h.Errorf("%s: code %d, want %d", what, got, want)
	}
}

func TestTopicsAreMadeByThoseWhoMay(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core, "bob")
	h.group("ann", chat.Public)
	plain, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: chat.Community, Name: "g", Owner: "ann"})
	h.wants(err, 0)
	off := *h.apps.App(app)
	for _, c := range []struct {
		what string
		by   chat.Actor
		d    chat.TopicDraft
		want chat.Code
	}{
		{"the owner", as("ann"), chat.TopicDraft{Community: community, ID: green, Name: "Green"}, 0},
		{"the same again", as("ann"), chat.TopicDraft{Community: community, ID: green, Name: "Green"}, chat.CodeGroupIDYours},
		{"an administrator, who names none", admin(), chat.TopicDraft{Community: community, Name: "Any"}, 0},
		{"a member", as("bob"), chat.TopicDraft{Community: community, Name: "Mine"}, chat.CodeGroupNotAllowed},
		{"a stranger", as("cat"), chat.TopicDraft{Community: community, Name: "Mine"}, chat.CodeGroupNotAllowed},
		{"no name", as("ann"), chat.TopicDraft{Community: community}, chat.CodeGroupParameter},
		{"too long a string", as("ann"), chat.TopicDraft{Community: community, Name: "n", CustomString: strings.Repeat("s", 3001)}, chat.CodeGroupParameter},
		{"an id of another", as("ann"), chat.TopicDraft{Community: community, Name: "n", ID: "@TGS#_d@TOPIC#_x"}, chat.CodeBadGroupID},
		{"an id without a name", as("ann"), chat.TopicDraft{Community: community, Name: "n", ID: community + "@TOPIC#_"}, chat.CodeBadGroupID},
		{"an id like the server's", as("ann"), chat.TopicDraft{Community: community, Name: "n", ID: community + "@TOPIC#_@TOPIC#_x"}, chat.CodeBadGroupID},
		{"too long an id", as("ann"), chat.TopicDraft{Community: community, Name: "n", ID: green + chat.GroupID(strings.Repeat("x", 97-len(green)))}, chat.CodeBadGroupID},
		{"a topic of a topic", as("ann"), chat.TopicDraft{Community: green, Name: "n"}, chat.CodeBadGroupID},
		{"no community", as("ann"), chat.TopicDraft{Community: "@TGS#_none", Name: "n"}, chat.CodeNoGroup},
		{"a community without", as("ann"), chat.TopicDraft{Community: plain.ID, Name: "n"}, chat.CodeCommunityOff},
	} {
		id, err := h.Group.CreateTopic(h.ctx, c.by, c.d)
		h.code(c.what, chat.CodeOf(err), c.want)
		if err == nil && id.Home() != community {
			t.Errorf("%s: id %q", c.what, id)
		}
	}
	_, err = h.Group.Create(h.ctx, admin(), chat.GroupDraft{ID: "@TGS#_x@TOPIC#_y", Type: chat.Community, Name: "g"})
	h.wants(err, chat.CodeBadGroupID)
	off.Switches.NoCommunity = true
	h.apps.Set(off)
	_, err = h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: community, Name: "n"})
	h.wants(err, chat.CodeCommunityOff)
}

func TestCommunityHasAtMostTwoHundredTopics(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core)
	for n := range 200 {
		topic(t, h.Core, community+chat.GroupID(fmt.Sprintf("@TOPIC#_%d", n)))
	}
	_, err := h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: community, Name: "n"})
	h.wants(err, chat.CodeTooManyGroups)
	_, err = h.Group.DestroyTopics(h.ctx, as("ann"), community, []chat.GroupID{community + "@TOPIC#_7"})
	h.wants(err, 0)
	_, err = h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: community, Name: "n"})
	h.wants(err, 0)
}

// A topic is a conversation of its own of those who are in the community.
func TestTopicsAreConversationsOfTheCommunity(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	topic(t, h.Core, black)
	h.code("a stranger", h.says("cat", green), chat.CodeGroupNotAllowed)
	h.send("ann", chat.ToGroup(green), "one")
	h.send("ann", chat.ToGroup(green), "two")
	r := h.send("bob", chat.ToGroup(black), "other")
	if r.Seq != 1 {
		t.Errorf("the first message of a topic has number %d", r.Seq)
	}
	page, err := h.Message.History(h.ctx, as("bob"), historyOf(green))
	h.wants(err, 0)
	var said []string
	for _, m := range page.Messages {
		said = append(said, string(m.Body))
	}
	h.same("history", said, []string{string(text("one")), string(text("two"))})
	_, err = h.Message.History(h.ctx, as("cat"), historyOf(green))
	h.wants(err, chat.CodeGroupNotAllowed)
	h.same("unread", h.unreadOf("bob"), map[string]uint64{"group/" + string(community): 0, "group/" + string(green): 2, "group/" + string(black): 0})
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", chat.ToGroup(green), 1), 0)
	h.same("unread", h.unreadOf("bob"), map[string]uint64{"group/" + string(community): 0, "group/" + string(green): 1, "group/" + string(black): 0})
	_, err = h.Message.Recall(h.ctx, as("ann"), "", chat.ToGroup(green), chat.MessageRef{Seq: 2}, "")
	h.wants(err, 0)
	_, err = h.Message.Recall(h.ctx, as("bob"), "", chat.ToGroup(green), chat.MessageRef{Seq: 1}, "")
	h.wants(err, chat.CodeGroupNotAllowed)
	synced, err := h.Inbox.Sync(h.ctx, as("bob"), inbox.SyncQuery{})
	h.wants(err, 0)
	if len(synced.Convs) != 2 { // nothing was said in the community itself
		t.Errorf("a sync has %d conversations", len(synced.Convs))
	}
	v, err := h.Inbox.Conversation(h.ctx, as("bob"), chat.ToGroup(green))
	h.wants(err, 0)
	if v.Group.Name != "T" || v.Group.Members != 2 || v.Group.Owner != "ann" || v.Self.Role != chat.RoleMember {
		t.Errorf("the topic in a list: %+v, %+v", v.Group, v.Self)
	}
}

// unreadOf is a user's list of conversations with what is unread in each.
func (h *house) unreadOf(u chat.UserID) map[string]uint64 {
	h.Helper()
	page, err := h.Inbox.Conversations(h.ctx, as(u), inbox.ConvFilter{}, "", 0)
	h.wants(err, 0)
	list := map[string]uint64{}
	for _, c := range page.Convs {
		list[c.Target.String()] = c.Unread
	}
	return list
}

// Who joins a community later counts and reads from there, whatever was said, read and
// counted before; also who comes back.
func TestTopicsCountFromTheJoining(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Switches.NoEarlierHistory = map[chat.GroupType]bool{chat.Community: true}
	h.apps.Set(a)
	found(t, h.Core)
	topic(t, h.Core, green)
	unread := func(what string, want uint64) {
		t.Helper()
		if got := h.unreadOf("bob")["group/"+string(green)]; got != want {
			t.Errorf("%s: %d unread, want %d", what, got, want)
		}
	}
	say := func(from chat.UserID, n int) {
		for range n {
			h.send(from, chat.ToGroup(green), "x")
		}
		h.wait(2 * time.Second)
	}
	join := func() {
		t.Helper()
		_, err := h.Group.Join(h.ctx, as("bob"), community, "")
		h.wants(err, 0)
		h.wait(2 * time.Second)
	}
	quit := func() {
		t.Helper()
		h.wants(h.Group.Quit(h.ctx, as("bob"), community), 0)
		h.wait(2 * time.Second)
	}
	say("ann", 3)
	join()
	unread("at first", 0)
	say("ann", 2)
	unread("after two", 2)
	page, err := h.Message.History(h.ctx, as("bob"), historyOf(green))
	h.wants(err, 0)
	if len(page.Messages) != 2 {
		t.Errorf("a newcomer sees %d messages", len(page.Messages))
	}
	say("bob", 4)
	unread("after their own", 2)
	quit()
	say("ann", 5)
	join()
	unread("after coming back", 0)
	say("bob", 1)
	say("ann", 1)
	unread("and one more", 1)
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", chat.ToGroup(green), chat.Newest), 0)
	unread("read", 0)
	quit()
	join()
	unread("back again", 0)
	say("ann", 1)
	unread("one", 1)
}

// Mutes of the topic bind in it alone, those of the community everywhere.
func TestMutesInTopics(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core, "bob", "cat")
	topic(t, h.Core, green)
	topic(t, h.Core, black)
	on, off := true, false
	bob := []chat.UserID{"bob"}
	for _, step := range []struct {
		what                string
		do                  func() error
		green, black, whole chat.Code
	}{
		{"nothing", func() error { return nil }, 0, 0, 0},
		{"muted in a topic", func() error { return h.Group.MuteMembers(h.ctx, as("ann"), green, bob, 60) }, chat.CodeMuted, 0, 0},
		{"muted in the community", func() error { return h.Group.MuteMembers(h.ctx, as("ann"), community, bob, 60) }, chat.CodeMuted, chat.CodeMuted, chat.CodeMuted},
		{"free in the topic alone", func() error { return h.Group.MuteMembers(h.ctx, as("ann"), green, bob, 0) }, chat.CodeMuted, chat.CodeMuted, chat.CodeMuted},
		{"free", func() error { return h.Group.MuteMembers(h.ctx, as("ann"), community, bob, 0) }, 0, 0, 0},
		{"all muted in a topic", func() error {
			return h.Group.ModifyTopic(h.ctx, as("ann"), community, black, chat.TopicPatch{MuteAll: &on})
		}, 0, chat.CodeMuted, 0},
		{"all muted in the community", func() error {
			return h.Group.Modify(h.ctx, as("ann"), community, chat.GroupPatch{MuteAll: &on})
		}, chat.CodeMuted, chat.CodeMuted, chat.CodeMuted},
		{"free in that topic", func() error {
			return h.Group.ModifyTopic(h.ctx, as("ann"), community, black, chat.TopicPatch{MuteAll: &off})
		}, chat.CodeMuted, chat.CodeMuted, chat.CodeMuted},
		{"all free", func() error { return h.Group.Modify(h.ctx, as("ann"), community, chat.GroupPatch{MuteAll: &off}) }, 0, 0, 0},
		{"muted by a member", func() error { return h.Group.MuteMembers(h.ctx, as("cat"), green, bob, 60) }, 0, 0, 0},
	} {
		err := step.do()
		if step.what != "muted by a member" {
			h.wants(err, 0)
		} else {
			h.wants(err, chat.CodeGroupNotAllowed)
		}
		h.code(step.what+", green", h.says("bob", green), step.green)
		h.code(step.what+", black", h.says("bob", black), step.black)
		h.code(step.what+", all", h.says("bob", community), step.whole)
	}
	h.wants(h.Group.MuteMembers(h.ctx, as("ann"), green, bob, 60), 0)
	list, err := h.Group.MutedMembers(h.ctx, as("ann"), green)
	h.wants(err, 0)
	if len(list) != 1 || list[0].User != "bob" {
		t.Errorf("muted in the topic: %v", list)
	}
	if list, err = h.Group.MutedMembers(h.ctx, as("ann"), community); len(list) != 0 || err != nil {
		t.Errorf("muted in the community: %v, %v", list, err)
	}
}

// What has no topics' own side is refused for them, and changes nothing.
func TestTopicsHaveNoMembersOfTheirOwn(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	card, role := "c", chat.RoleAdmin
	for what, do := range map[string]func() error{
		"join": func() error { _, err := h.Group.Join(h.ctx, as("cat"), green, ""); return err },
		"add": func() error {
			_, err := h.Group.AddMembers(h.ctx, as("ann"), green, []chat.UserID{"cat"}, false)
			return err
		},
		"kick": func() error {
			return h.Group.RemoveMembers(h.ctx, as("ann"), green, []chat.UserID{"bob"}, false, "")
		},
		"quit": func() error { return h.Group.Quit(h.ctx, as("bob"), green) },
		"card": func() error {
			return h.Group.ModifyMember(h.ctx, as("bob"), green, "bob", chat.MemberPatch{NameCard: &card})
		},
		"role": func() error {
			return h.Group.ModifyMember(h.ctx, as("ann"), green, "bob", chat.MemberPatch{Role: &role})
		},
		"transfer": func() error { return h.Group.Transfer(h.ctx, as("ann"), green, "bob") },
		"destroy":  func() error { return h.Group.Destroy(h.ctx, as("ann"), green) },
		"profile":  func() error { return h.Group.Modify(h.ctx, as("ann"), green, chat.GroupPatch{Name: &card}) },
	} {
		h.code(what, chat.CodeOf(do()), chat.CodeGroupNotAllowed)
	}
	if list, err := h.Group.Memberships(h.ctx, app, "bob"); len(list) != 1 || err != nil {
		t.Errorf("bob's groups: %v, %v", list, err)
	}
}

func TestTopicsAreDeleted(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	topic(t, h.Core, black)
	h.send("bob", chat.ToGroup(green), "x")
	h.wants(h.Group.MuteMembers(h.ctx, as("ann"), green, []chat.UserID{"bob"}, 60), 0)
	_, err := h.Group.DestroyTopics(h.ctx, as("bob"), community, []chat.GroupID{green})
	h.wants(err, chat.CodeGroupNotAllowed)
	results, err := h.Group.DestroyTopics(h.ctx, as("ann"), community, []chat.GroupID{green, green, "@TGS#_d@TOPIC#_x", community + "@TOPIC#_never"})
	h.wants(err, 0)
	for i, want := range []chat.Code{0, chat.CodeTopicDeleted, chat.CodeBadGroupID, chat.CodeTopicDeleted} {
		h.code(fmt.Sprint("item ", i), chat.CodeOf(results[i]), want)
	}
	h.code("in the deleted topic", h.says("bob", green), chat.CodeNoGroup)
	h.code("in the other", h.says("bob", black), 0)
	_, err = h.Message.History(h.ctx, as("bob"), historyOf(green))
	h.wants(err, chat.CodeNoGroup)
	topic(t, h.Core, green)
	if r := h.send("bob", chat.ToGroup(green), "anew"); r.Seq != 1 {
		t.Errorf("the new topic begins at %d", r.Seq)
	}
}

// With a community its topics end, for good: one of the same id begins anew.
func TestTopicsEndWithTheirCommunity(t *testing.T) {
	h := open(t, nil)
	for range 2 {
		found(t, h.Core, "bob")
		if views, err := h.Group.TopicViews(h.ctx, as("bob"), "", community, nil); len(views) != 0 || err != nil {
			t.Fatalf("a new community has topics: %v, %v", views, err)
		}
		h.code("before there is one", h.says("bob", green), chat.CodeNoGroup)
		topic(t, h.Core, green)
		if r := h.send("bob", chat.ToGroup(green), "x"); r.Seq != 1 {
			t.Errorf("the topic begins at %d", r.Seq)
		}
		h.wants(h.Group.Destroy(h.ctx, as("ann"), community), 0)
		h.code("after its end", h.says("bob", green), chat.CodeNoGroup)
	}
}

// A community that ends when the server is killed right after is gone with its topics;
// what they leave is nobody's who founds it anew. A topic that was changed at that moment is
// no exception.
func TestCrashBetweenCommunityAndTopics(t *testing.T) {
	for what, change := range map[string]func(h *house) error{
		"nothing": func(*house) error { return nil },
		"a name": func(h *house) error {
			name := "N"
			return h.Group.ModifyTopic(h.ctx, as("ann"), community, green, chat.TopicPatch{Name: &name})
		},
	} {
		t.Run(what, func(t *testing.T) {
			meets := &meeting{}
			h := open(t, func(o *core.Options) { meets.Store, o.Store = o.Store, meets })
			found(t, h.Core, "bob")
			topic(t, h.Core, green)
			h.send("bob", chat.ToGroup(green), "x")
			h.wants(h.Group.MuteMembers(h.ctx, as("ann"), green, []chat.UserID{"bob"}, 60), 0)
			two := core.New(core.Options{Store: &dying{Store: h.store, left: 1}, Apps: h.apps, Now: h.clock, Fatal: func(error) {}})
			destroyed := false
			meets.next = func() {
				destroyed = true
				if err := two.Group.Destroy(h.ctx, as("ann"), community); err == nil {
					t.Error("the server was not killed")
				}
			}
			h.wants(change(h), 0)
			if !destroyed {
				meets.next()
			}
			_ = two.Close(context.Background())
			_, err := h.Group.Find(h.ctx, app, community)
			h.wants(err, chat.CodeNoGroup)
			h.code("in a topic", h.says("bob", green), chat.CodeNoGroup)
			h.wants(h.Group.Destroy(h.ctx, as("ann"), community), chat.CodeNoGroup)
			meets.next = nil
			found(t, h.Core, "bob")
			h.code("in the topic that was", h.says("bob", green), chat.CodeNoGroup)
			topic(t, h.Core, green)
			if r := h.send("bob", chat.ToGroup(green), "anew"); r.Seq != 1 {
				t.Errorf("the new topic begins at %d", r.Seq)
			}
		})
	}
}

// meeting is a store where something happens once before a commit.
type meeting struct {
	chat.Store
	next func()
}

func (m *meeting) Apply(ctx context.Context, list []*chat.Commit) error {
	if do := m.next; do != nil {
		m.next = nil
		do()
	}
	return m.Store.Apply(ctx, list)
}

// dying is a store that fails after some commits.
type dying struct {
	chat.Store
	left int
}

func (d *dying) Apply(ctx context.Context, list []*chat.Commit) error {
	if d.left < len(list) {
		return context.Canceled
	}
	d.left -= len(list)
	return d.Store.Apply(ctx, list)
}

// Nothing is said in a topic after the kick, mute or leave has been answered.
func TestTwoCoresShareKickAndMuteInTopics(t *testing.T) {
	eachTwins(t, func(w *twins) {
		ctx := w.Context()
		found(w.T, w.one, "bob")
		topic(w.T, w.one, green)
		bob, on, off := []chat.UserID{"bob"}, true, false
		for round := range 10 {
			for _, step := range []struct {
				what   string
				change func() error
				want   chat.Code
			}{
				{"kicked", func() error { return w.two.Group.RemoveMembers(ctx, as("ann"), community, bob, true, "") }, chat.CodeGroupNotAllowed},
				{"back", func() error { _, err := w.two.Group.AddMembers(ctx, admin(), community, bob, true); return err }, 0},
				{"muted in all", func() error { return w.two.Group.MuteMembers(ctx, as("ann"), community, bob, 60) }, chat.CodeMuted},
				{"free in all", func() error { return w.two.Group.MuteMembers(ctx, as("ann"), community, bob, 0) }, 0},
				{"muted here", func() error { return w.two.Group.MuteMembers(ctx, as("ann"), green, bob, 60) }, chat.CodeMuted},
				{"free here", func() error { return w.two.Group.MuteMembers(ctx, as("ann"), green, bob, 0) }, 0},
				{"all muted", func() error { return w.two.Group.Modify(ctx, as("ann"), community, chat.GroupPatch{MuteAll: &on}) }, chat.CodeMuted},
				{"all free", func() error { return w.two.Group.Modify(ctx, as("ann"), community, chat.GroupPatch{MuteAll: &off}) }, 0},
				{"gone", func() error { return w.two.Group.Quit(ctx, as("bob"), community) }, chat.CodeGroupNotAllowed},
				{"in again", func() error { _, err := w.two.Group.Join(ctx, as("bob"), community, ""); return err }, 0},
			} {
				w.must(step.change())
				if got := w.says(w.one, "bob", chat.ToGroup(green)); got != step.want {
					w.Fatalf("round %d, %s: the next message got %d, want %d", round, step.what, got, step.want)
				}
			}
		}
	})
}

// A message that was decided before the kick does not come after its answer.
func TestKickBindsAtOnceInTopics(t *testing.T) {
	eachTwins(t, func(w *twins) {
		ctx := w.Context()
		found(w.T, w.one, "bob")
		topic(w.T, w.one, green)
		for range 20 {
			spoken, over := make(chan struct{}, 1), make(chan struct{})
			go func() {
				defer close(over)
				for w.says(w.one, "bob", chat.ToGroup(green)) == 0 {
					select {
					case spoken <- struct{}{}:
					default:
					}
				}
			}()
			<-spoken
			w.must(w.two.Group.RemoveMembers(ctx, as("ann"), community, []chat.UserID{"bob"}, true, ""))
			before := w.headOf(green)
			<-over
			if after := w.headOf(green); after != before {
				w.Fatalf("bob spoke %d times after the kick was answered", after-before)
			}
			_, err := w.two.Group.AddMembers(ctx, admin(), community, []chat.UserID{"bob"}, true)
			w.must(err)
		}
	})
}

// When a change of the community is answered, delivery knows who hears its topics.
func TestDeliveryKnowsWhoHearsTopics(t *testing.T) {
	h := open(t, func(o *core.Options) { o.Lanes = 4 })
	aud := &hearing{ears: h.ears}
	h.Attach(aud)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	bob, discard, accept := []chat.UserID{"bob"}, chat.Discard, chat.AcceptAndNotify
	for round := range 200 {
		for _, step := range []struct {
			do   func() error
			want string
		}{
			{func() error { return h.Group.RemoveMembers(h.ctx, as("ann"), community, bob, true, "") }, "left"},
			{func() error { _, err := h.Group.AddMembers(h.ctx, admin(), community, bob, true); return err }, "joined"},
			{func() error {
				return h.Group.ModifyMember(h.ctx, as("bob"), community, "bob", chat.MemberPatch{Flag: &discard})
			}, "quiet"},
			{func() error {
				return h.Group.ModifyMember(h.ctx, as("bob"), community, "bob", chat.MemberPatch{Flag: &accept})
			}, "heard"},
		} {
			h.wants(step.do(), 0)
			if got := aud.last.Load(); got != step.want {
				t.Fatalf("round %d: delivery knows %v, want %s", round, got, step.want)
			}
		}
	}
}

// hearing notes what was said last about who hears what.
type hearing struct {
	*ears
	last atomic.Value
}

func (a *hearing) Joined(chat.AppID, chat.GroupID, chat.GroupType, []chat.UserID) {
	a.last.Store("joined")
}

func (a *hearing) Left(chat.AppID, chat.GroupID, []chat.UserID) { a.last.Store("left") }

func (a *hearing) Wishes(_ chat.AppID, _ chat.GroupID, list []chat.Wish) {
	a.last.Store(map[chat.Want]string{chat.WantAll: "heard", chat.WantNone: "quiet"}[list[0].Want])
}

func (w *twins) headOf(g chat.GroupID) chat.Seq {
	w.Helper()
	head, err := w.one.Ledger().Head(w.Context(), chat.GroupShard(app, g))
	w.must(err)
	return head.Seq
}

// Topics tell their members, and the app.
func TestTopicsTellOfChanges(t *testing.T) {
	h := hooked(t, nil)
	found(t, h.Core, "bob")
	_, from := h.bodies("")
	name, face, custom, on := "Green", "f", "s", true
	for _, step := range []struct {
		what string
		do   func() error
		told []string
	}{
		{"a topic", func() error {
			_, err := h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: community, ID: green, Name: "T"})
			return err
		}, []string{
			`{"CallbackCommand":"Group.CallbackAfterCreateTopic","GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","Operator_Account":"ann","Owner_Account":"ann","Type":"Community","Name":"T","UserDefinedDataList":[],"EventTime":1700000000000}`,
		}},
		{"an import", func() error {
			_, err := h.Group.ImportTopic(h.ctx, admin(), chat.TopicDraft{Community: community, ID: black, Name: "T"})
			return err
		}, nil},
		{"a name", func() error {
			return h.Group.ModifyTopic(h.ctx, as("ann"), community, green, chat.TopicPatch{Name: &name, FaceURL: &face, MuteAll: &on})
		}, []string{
			`{"CallbackCommand":"Group.CallbackAfterTopicInfoChanged","GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","Type":"Community","Operator_Account":"ann","Name":"Green","FaceUrl":"f","EventTime":1700000000000}`,
		}},
		{"the same, and a string", func() error {
			return h.Group.ModifyTopic(h.ctx, as("ann"), community, green, chat.TopicPatch{Name: &name, CustomString: &custom})
		}, nil},
		{"a recall", func() error {
			r := h.send("ann", chat.ToGroup(green), "x")
			_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToGroup(green), chat.MessageRef{Seq: r.Seq}, "")
			return err
		}, []string{
			`{"CallbackCommand":"Group.CallbackAfterRecallMsg","GroupId":"@TGS#_c","Type":"Community","Operator_Account":"ann","MsgSeqList":[{"MsgSeq":3}],"TopicId":"@TGS#_c@TOPIC#_green","EventTime":1700000000000}`,
		}},
		{"its end", func() error {
			_, err := h.Group.DestroyTopics(h.ctx, as("ann"), community, []chat.GroupID{green})
			return err
		}, []string{
			`{"CallbackCommand":"Group.CallbackAfterTopicDestroyed","GroupId":"@TGS#_c","Type":"Community","TopicIdList":["@TGS#_c@TOPIC#_green"],"EventTime":1700000000000}`,
		}},
	} {
		h.wants(step.do(), 0)
		var got []string
		got, from = h.bodies(from, chat.AfterTopic, chat.AfterTopicInfo, chat.AfterTopicGone, chat.AfterGroupRecall)
		h.same(step.what, got, step.told)
	}
	events, err := h.store.UserEvents(h.ctx, app, "bob", 0, 100)
	h.wants(err, 0)
	var kinds []chat.NoticeKind
	for _, e := range events {
		if e.Notice != nil && e.Notice.Topic == green && e.Notice.Group == community {
			kinds = append(kinds, e.Notice.Kind)
		}
	}
	h.same("notices", kinds, []chat.NoticeKind{chat.NoticeTopicCreated, chat.NoticeTopicDeleted})
	var tips []string
	for _, m := range h.heard() {
		if m.Tip != nil && m.Conv.Group() == green {
			tips = append(tips, fmt.Sprint(m.Tip.Kind, m.Tip.Change.Name != nil, m.Tip.Change.CustomString != nil))
		}
	}
	h.same("tips", tips, []string{"9 true false", "9 false true"})
}

func TestAppIsAskedBeforeTopics(t *testing.T) {
	h, j := judged(t)
	found(t, h.Core, "bob")
	j.asked = nil
	topic(t, h.Core, green)
	_, err := h.Group.CreateTopic(h.ctx, as("bob"), chat.TopicDraft{Community: community, Name: "T"})
	h.wants(err, chat.CodeGroupNotAllowed) // and nobody is asked
	h.same("asked", j.asked, []string{`Group.CallbackBeforeCreateTopic by ann about Community "@TGS#_c" of "ann" with [], 0`})
	j.refuse = chat.Refuse(10105, "no")
	_, err = h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: community, ID: black, Name: "T"})
	h.wants(err, 10105)
	h.code("in the refused topic", h.says("ann", black), chat.CodeNoGroup)
	if _, err = h.Group.ImportTopic(h.ctx, admin(), chat.TopicDraft{Community: community, ID: black, Name: "T"}); err != nil {
		t.Error(err) // nobody is asked
	}
}

func TestTopicViews(t *testing.T) {
	h := open(t, nil)
	found(t, h.Core, "bob")
	topic(t, h.Core, green)
	topic(t, h.Core, black)
	h.send("ann", chat.ToGroup(green), "x")
	h.wants(h.Group.MuteMembers(h.ctx, as("ann"), green, []chat.UserID{"bob"}, 60), 0)
	all, err := h.Group.TopicViews(h.ctx, as("bob"), "", community, nil)
	h.wants(err, 0)
	var ids []chat.GroupID
	for _, v := range all {
		ids = append(ids, v.ID)
	}
	if !slices.Equal(ids, []chat.GroupID{black, green}) || all[1].Head.Seq != 2 || all[1].Muted == 0 || all[0].Muted != 0 {
		t.Errorf("topics %+v", all)
	}
	some, err := h.Group.TopicViews(h.ctx, admin(), "bob", community, []chat.GroupID{green, community + "@TOPIC#_no", "g"})
	h.wants(err, 0)
	for i, want := range []chat.Code{0, chat.CodeTopicDeleted, chat.CodeBadGroupID} {
		h.code(fmt.Sprint("topic ", i), chat.CodeOf(some[i].Err), want)
	}
	_, err = h.Group.TopicViews(h.ctx, as("cat"), "", community, nil)
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.Group.TopicViews(h.ctx, as("bob"), "ann", community, nil)
	h.wants(err, chat.CodeGroupNotAllowed)
}
