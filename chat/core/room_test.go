package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/record"
)

func TestViewersAreNotStored(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.AVChatRoom)
	h.hears(a, g, `notice 6 to ann "" 0`) // the owner does not watch by owning
	join := func(u chat.UserID) {
		_, err := h.Group.Join(h.ctx, as(u), g, "")
		h.must(err)
	}
	join("bob")
	join("ann")
	join("bob")
	h.hears(a, g, "joined [bob]", "passing tip 1 by bob on bob, 1 in",
		"joined [ann]", "passing tip 1 by ann on ann, 2 in", "joined [bob]")
	h.must(h.Group.Quit(h.ctx, as("bob"), g))
	h.hears(a, g, "left [bob]", "passing tip 3 by bob on bob, 1 in")
	if m, err := h.Group.Member(h.ctx, app, g, "bob"); m != nil || err != nil {
		t.Errorf("bob is stored: %v, %v", m, err)
	}
	head, err := h.store.Head(h.ctx, chat.GroupShard(app, g))
	h.must(err)
	if head.Seq != 0 {
		t.Errorf("%d messages are stored", head.Seq)
	}
	h.must(h.Group.Destroy(h.ctx, as("ann"), g))
	h.hears(a, g, `notice 5 to ann "" 0`, "gone")
	h.watchesNothing("ann")
}

func TestJoinTipsOfLiveRoomAreLimited(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.AVChatRoom)
	h.hears(a, g, `notice 6 to ann "" 0`)
	for _, u := range h.people(30) {
		_, err := h.Group.Join(h.ctx, as(u), g, "")
		h.must(err)
	}
	_ = h.Group.Modify(h.ctx, admin(), g, chat.GroupPatch{})
	a.mu.Lock()
	if n := len(a.told); n != 30+10 {
		t.Errorf("%d things told, want 30 arrivals and 10 tips", n)
	}
	a.told = nil
	a.mu.Unlock()
	h.wait(time.Second)
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.must(err)
	h.hears(a, g, "joined [bob]", "passing tip 1 by bob on bob, 31 in")
}

// Everything a live room hears has a number, tips included, and the numbers
// count up while the room lives, watched or not (spec/00 §6).
func TestLiveRoomNumbersContinueWithoutViewers(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.AVChatRoom)
	for round := chat.Seq(0); round < 3; round++ {
		_, err := h.Group.Join(h.ctx, as("bob"), g, "")
		h.must(err)
		if r := h.send("bob", chat.ToGroup(g), "hi"); r.Seq != 3*round+2 { // after the tip of the join
			t.Errorf("round %d: the message got number %d, want %d", round, r.Seq, 3*round+2)
		}
		h.must(h.Group.Quit(h.ctx, as("bob"), g))
	}
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Name: ptr("renamed")}))
	heard := h.heard()
	if len(heard) != 10 {
		t.Fatalf("%d messages, want 3 × (tip, message, tip) and the tip of the name", len(heard))
	}
	for i, m := range heard {
		if m.Seq != chat.Seq(i+1) || m.Clock != 0 || m.Control.Has(chat.OnlineOnly) {
			t.Errorf("message %d: number %d, clock %d, control %b", i, m.Seq, m.Clock, m.Control)
		}
	}
}

// The flag "online only" says nothing in a room whose messages all are
// (spec/22b §1); elsewhere such a message has no number (spec/20 §8).
func TestOnlineOnlyIsIgnoredInLiveRoom(t *testing.T) {
	h := open(t, nil)
	for kind, want := range map[chat.GroupType]struct {
		seq  chat.Seq
		flag bool
	}{chat.AVChatRoom: {1, false}, chat.Public: {0, true}} {
		g := h.group("ann", kind)
		r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("hi"), Control: chat.OnlineOnly})
		h.must(err)
		heard := h.heard()
		m := heard[len(heard)-1]
		if r.Seq != want.seq || m.Seq != want.seq || m.Control.Has(chat.OnlineOnly) != want.flag {
			t.Errorf("%s: receipt %d, message %d, control %b", kind, r.Seq, m.Seq, m.Control)
		}
	}
}

func TestOfflineUserLeavesLiveRooms(t *testing.T) {
	h := open(t, nil)
	one, two := h.group("ann", chat.AVChatRoom), h.group("ann", chat.AVChatRoom)
	for _, g := range []chat.GroupID{one, two} {
		_, err := h.Group.Join(h.ctx, as("bob"), g, "")
		h.must(err)
	}
	h.Offline(h.ctx, as("bob"), "Disconnect", "LinkClose", false)
	for _, g := range []chat.GroupID{one, two} {
		if v, err := h.Group.Get(h.ctx, admin(), g); err != nil || v.Members != 1 {
			t.Errorf("with a session left: %d viewers, %v", v.Members, err)
		}
	}
	h.Offline(h.ctx, as("bob"), "Disconnect", "LinkClose", true)
	for _, g := range []chat.GroupID{one, two} {
		_ = h.Group.Modify(h.ctx, admin(), g, chat.GroupPatch{}) // behind that on the lane
		if v, err := h.Group.Get(h.ctx, admin(), g); err != nil || v.Members != 0 {
			t.Errorf("without a session: %d viewers, %v", v.Members, err)
		}
	}
	h.watchesNothing("bob")
}

func TestLiveRoomAdminsBySwitch(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{LiveAdmins: true}})
	g := h.group("ann", chat.AVChatRoom)
	boss, member := chat.RoleAdmin, chat.RoleMember
	appoint := func(r chat.Role) error {
		return h.Group.ModifyMember(h.ctx, as("ann"), g, "bob", chat.MemberPatch{Role: &r})
	}
	h.wants(appoint(boss), 10007) // bob is no member yet
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.must(err)
	h.must(appoint(boss))
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{MuteAll: ptr(true)}))
	_, err = h.Message.SendWait(h.ctx, as("bob"), chat.Draft{To: chat.ToGroup(g), Body: text("hush")})
	h.wants(err, 0)
	h.must(appoint(member))
	_, err = h.Message.SendWait(h.ctx, as("bob"), chat.Draft{To: chat.ToGroup(g), Body: text("hush")})
	h.wants(err, 10017)
}

// counting is a store that counts the point reads of a permission.
type counting struct {
	chat.Store
	reads int
}

func (c *counting) Row(ctx context.Context, s chat.Shard, k chat.RowKind, key string) (*chat.Cell, error) {
	if k == chat.RowKind(record.Member) || k == chat.RowKind(record.Mute) {
		c.reads++
	}
	return c.Store.Row(ctx, s, k, key)
}

func TestMaySpeakReadsAtMostTwice(t *testing.T) {
	var store *counting
	h := open(t, func(o *core.Options) {
		store = &counting{Store: o.Store}
		o.Store = store
	})
	groups := map[chat.GroupType]*chat.Group{}
	for _, kind := range chat.GroupTypes() {
		id := h.group("ann", kind)
		if kind == chat.AVChatRoom {
			_, err := h.Group.Join(h.ctx, as("bob"), id, "")
			h.must(err)
		} else {
			_, err := h.Group.AddMembers(h.ctx, admin(), id, []chat.UserID{"bob"}, true)
			h.must(err)
		}
		v, err := h.Group.Get(h.ctx, admin(), id)
		h.must(err)
		groups[kind] = v.Group
	}
	for _, c := range []struct {
		what string
		by   chat.Actor
		from chat.UserID
		want chat.Code
		most int
	}{
		{"the owner", as("ann"), "ann", 0, 1},
		{"a member", as("bob"), "bob", 0, 2},
		{"an outsider", as("cat"), "cat", 10007, 1},
		{"a backend", admin(), "admin", 0, 1},
		{"a backend as somebody", admin(), "cat", 0, 2},
	} {
		for kind, g := range groups {
			store.reads = 0
			_, err := h.Group.MaySpeak(h.ctx, c.by, c.from, g)
			if chat.CodeOf(err) != c.want || store.reads > c.most {
				t.Errorf("%s in %s: %v at %d reads, want %d at %d", c.what, kind, err, store.reads, c.want, c.most)
			}
		}
	}
}

// watchesNothing: a user who left all rooms is listed in none.
func (h *house) watchesNothing(u chat.UserID) {
	h.Helper()
	list, _, err := h.Core.Group.Joined(h.ctx, as(u), u, group.JoinedQuery{WithLive: true})
	h.must(err)
	for _, j := range list {
		if j.Self.Role < chat.RoleOwner {
			h.Errorf("%s still watches %s", u, j.ID)
		}
	}
}

// A client drops what does not count up, so the numbers of a live room go on
// after a restart, whether it was an orderly one or not.
func TestLiveNumbersGrowOverRestarts(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.AVChatRoom)
	send := func(c *core.Core) chat.Seq {
		t.Helper()
		_, err := c.Group.Join(h.ctx, as("ann"), g, "") // viewers are gone after a restart
		h.must(err)
		r, err := c.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text("x")})
		h.must(err)
		return r.Seq
	}
	last := send(h.Core)
	for range 3 {
		again := core.New(core.Options{Store: h.store, Apps: h.apps, Now: h.clock}) // the one before is not closed: it was killed
		t.Cleanup(func() { _ = again.Close(context.Background()) })
		n := send(again)
		if n <= last {
			t.Fatalf("number %d after a restart, %d was given before", n, last)
		}
		if next := send(again); next != n+1 {
			t.Errorf("number %d after %d", next, n)
		}
		last = n + 1
	}
	kept, err := h.store.Rows(h.ctx, chat.GroupShard(app, g), chat.RowKind(record.LiveNumbers), "", "", 10)
	h.must(err)
	h.must(h.Group.Destroy(h.ctx, as("ann"), g))
	left, err := h.store.Rows(h.ctx, chat.GroupShard(app, g), chat.RowKind(record.LiveNumbers), "", "", 10)
	h.must(err)
	if len(kept) != 1 || len(left) != 0 {
		t.Errorf("%d rows while the room was there and %d after, want 1 and 0", len(kept), len(left))
	}
}
