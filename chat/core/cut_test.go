package core_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/record"
)

// cutoff is a store that a kill has separated from the program: after some commits the
// next ones fail, either before they are made or after, when only the answer is lost.
type cutoff struct {
	chat.Store
	left  int
	after bool // the last one is made, and not answered
	dead  bool
}

var errKilled = errors.New("killed")

func (c *cutoff) Apply(ctx context.Context, list []*chat.Commit) error {
	switch {
	case c.dead:
		return errKilled
	case c.left >= len(list):
		c.left -= len(list)
		return c.Store.Apply(ctx, list)
	}
	c.dead = true
	if !c.after {
		return errKilled
	}
	return errors.Join(errKilled, c.Store.Apply(ctx, list))
}

// cut is an operation that is cut at each of its commits. Before it, the house is
// furnished; repeated tells the codes that a repetition gets where all has been done.
type cut struct {
	what     string
	furnish  func(h *house)
	do       func(ctx context.Context, c *core.Core) error
	repeated []chat.Code
}

// A server that is killed at any commit of an operation leaves one of two states when it is
// started again: that before, or that after. Repeated, the operation leaves the second.
func TestKilledAtEachCommit(t *testing.T) {
	for _, op := range cuts {
		t.Run(op.what, func(t *testing.T) {
			before, after := op.run(t, -1, false), op.run(t, 1000, false)
			if before.state == after.state {
				t.Fatal("the operation changes nothing")
			}
			steps := 0
			for _, late := range []bool{false, true} {
				for n := 0; ; n++ {
					got := op.run(t, n, late)
					where := fmt.Sprintf("after %d commits, the last answered %t", n, !late)
					if got.state != before.state && got.state != after.state {
						t.Errorf("%s, neither before nor after:\n%s", where, lines(after.state, got.state))
					}
					if !got.killed {
						break
					}
					steps++
					got.repeat(t, where, after.state)
				}
			}
			t.Logf("cut in %d places", steps)
		})
	}
}

// outcome is what an operation that was cut has left.
type outcome struct {
	*cut
	h      *house
	state  string // when the server is started again
	killed bool
}

// run furnishes a house and does the operation with so many commits; -1: not at all.
func (op *cut) run(t *testing.T, commits int, late bool) outcome {
	t.Helper()
	seen := &witness{}
	h := open(t, func(o *core.Options) { seen.Store, o.Store = o.Store, seen })
	h.store = seen
	op.furnish(h)
	out := outcome{cut: op, h: h}
	if commits >= 0 {
		disk := &cutoff{Store: seen, left: commits, after: late}
		c := core.New(core.Options{Store: disk, Apps: h.apps, Now: h.clock, Random: func() uint32 { return 7 }, Lanes: 1, Fatal: func(error) {}})
		err := op.do(h.ctx, c)
		if out.killed = disk.dead; !out.killed && err != nil {
			t.Fatalf("%s: %v", op.what, err)
		}
		_ = c.Close(context.Background())
	}
	h.wants(h.Resume(h.ctx, []chat.AppID{app}), 0)
	out.state = seen.state(h)
	return out
}

// repeat does the operation again, and then everything is as after an operation that was
// not cut.
func (o *outcome) repeat(t *testing.T, where, want string) {
	t.Helper()
	done := o.state == want
	err := o.do(o.h.ctx, o.h.Core)
	if code := chat.CodeOf(err); code != 0 && (!done || !slices.Contains(o.repeated, code)) {
		t.Errorf("%s, repeated: %v", where, err)
	}
	if got := o.h.store.(*witness).state(o.h); got != want {
		t.Errorf("%s, repeated:\n%s", where, lines(want, got))
	}
	err = core.VerifyRows(o.h.ctx, o.h.store, o.h.store.(*witness).EachRow, o.h.clock(), func(at, what string) {
		t.Errorf("%s, repeated: %s: %s", where, at, what)
	})
	o.h.wants(err, 0)
}

// state is all rows there are, heads of groups, and what users were told, as text.
func (w *witness) state(h *house) string {
	var list []string
	err := w.EachRow(h.ctx, func(s chat.Shard, r chat.Row) error {
		switch record.Kind(r.Kind) {
		case record.GroupsMade: // counts what may have been made
		case record.Figure: // written later, and lost with a kill
		default:
			list = append(list, fmt.Sprintf("%s %d %q %q %d", s, r.Kind, r.Key, r.Value, r.Add))
		}
		return nil
	})
	h.wants(err, 0)
	for s := range maps.Keys(w.all) {
		head, err := w.Head(h.ctx, s)
		h.wants(err, 0)
		if head.Seq > 0 {
			list = append(list, fmt.Sprintf("%s holds %d messages", s, head.Seq))
		}
		if u := s.User(); u != "" {
			told, err := w.UserEvents(h.ctx, app, u, 0, 100)
			h.wants(err, 0)
			for _, e := range told {
				list = append(list, fmt.Sprintf("%s is told %s %+v", s, e.Kind, e.Notice))
			}
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\n") // to be told twice of a ban that was repeated is right
}

// lines are those that only one of two texts has.
func lines(want, got string) string {
	var b strings.Builder
	for sign, pair := range map[string][2]string{"- ": {want, got}, "+ ": {got, want}} {
		other := strings.Split(pair[1], "\n")
		for _, l := range strings.Split(pair[0], "\n") {
			if !slices.Contains(other, l) && b.Len() < 2000 {
				fmt.Fprintln(&b, sign+l)
			}
		}
	}
	return b.String()
}

const room chat.GroupID = "room"

// public makes a group of ann with bob.
func public(h *house) {
	d := chat.GroupDraft{ID: room, Type: chat.Public, Name: "g", Owner: "ann", Members: []chat.NewMember{{User: "bob"}}}
	_, err := h.Group.Create(h.ctx, admin(), d)
	h.wants(err, 0)
	h.send("bob", chat.ToGroup(room), "x")
}

// many makes a community of more members than one commit ends, with a topic.
func many(h *house) { populate(h.T, h.Core, 1100) }

// topical is a small community with a topic in which somebody has spoken.
func topical(h *house) {
	found(h.T, h.Core, "bob")
	topic(h.T, h.Core, green)
}

var cuts = []*cut{
	{"destroy", public, func(ctx context.Context, c *core.Core) error {
		return c.Group.Destroy(ctx, as("ann"), room)
	}, []chat.Code{chat.CodeNoGroup}},
	{"destroy a community with a topic", topical, func(ctx context.Context, c *core.Core) error {
		return c.Group.Destroy(ctx, as("ann"), community)
	}, []chat.Code{chat.CodeNoGroup}},
	{"destroy a large community", many, func(ctx context.Context, c *core.Core) error {
		return c.Group.Destroy(ctx, as("ann"), community)
	}, []chat.Code{chat.CodeNoGroup}},
	{"transfer", func(h *house) {
		public(h)
		h.wants(h.Group.MuteMembers(h.ctx, as("ann"), room, []chat.UserID{"bob"}, 60), 0)
	}, func(ctx context.Context, c *core.Core) error {
		return c.Group.Transfer(ctx, admin(), room, "bob")
	}, nil},
	{"create", func(*house) {}, func(ctx context.Context, c *core.Core) error {
		_, err := c.Group.Create(ctx, as("ann"), chat.GroupDraft{ID: room, Type: chat.Public, Name: "g", Members: []chat.NewMember{{User: "bob"}}})
		return err
	}, []chat.Code{chat.CodeGroupIDYours}},
	{"import a group", func(*house) {}, func(ctx context.Context, c *core.Core) error {
		_, err := c.Group.Import(ctx, admin(), chat.GroupDraft{ID: room, Type: chat.Public, Name: "g", Owner: "ann"}, 1_600_000_000)
		return err
	}, []chat.Code{chat.CodeGroupIDYours}},
	{"import members", func(h *house) {
		_, err := h.Group.Import(h.ctx, admin(), chat.GroupDraft{ID: room, Type: chat.Public, Name: "g", Owner: "ann"}, 1_600_000_000)
		h.wants(err, 0)
	}, func(ctx context.Context, c *core.Core) error {
		_, err := c.Group.ImportMembers(ctx, admin(), room, []group.ImportedMember{{User: "bob", Joined: 1_600_000_001}, {User: "cat", Admin: true}})
		return err
	}, nil},
	{"import messages", func(h *house) {
		_, err := h.Group.Import(h.ctx, admin(), chat.GroupDraft{ID: room, Type: chat.Public, Name: "g", Owner: "ann"}, 1_600_000_000)
		h.wants(err, 0)
	}, func(ctx context.Context, c *core.Core) error {
		one, two := uint32(1), uint32(2)
		_, err := c.Message.Import(ctx, admin(), room, []message.Imported{
			{From: "ann", Time: 1_600_000_002, Random: &one, Body: text("x")}, {From: "ann", Time: 1_600_000_003, Random: &two, Body: text("y")},
		}, true)
		return err
	}, nil},
	{"add some", public, func(ctx context.Context, c *core.Core) error {
		_, err := c.Group.AddMembers(ctx, admin(), room, []chat.UserID{"bob", "cat", "admin"}, false)
		return err
	}, nil},
	{"delete a topic", topical, func(ctx context.Context, c *core.Core) error {
		results, err := c.Group.DestroyTopics(ctx, as("ann"), community, []chat.GroupID{green})
		return errors.Join(append(results, err)...)
	}, []chat.Code{chat.CodeTopicDeleted}},
	{"kick from a community with a topic", topical, func(ctx context.Context, c *core.Core) error {
		return c.Group.RemoveMembers(ctx, as("ann"), community, []chat.UserID{"bob"}, false, "")
	}, nil},
	{"ban", public, func(ctx context.Context, c *core.Core) error {
		return c.Group.BanMembers(ctx, as("ann"), room, []chat.UserID{"bob", "cat"}, 60, "")
	}, nil},
	{"lift a ban", func(h *house) {
		public(h)
		h.wants(h.Group.BanMembers(h.ctx, as("ann"), room, []chat.UserID{"bob", "cat"}, 60, ""), 0)
	}, func(ctx context.Context, c *core.Core) error {
		return c.Group.UnbanMembers(ctx, as("ann"), room, []chat.UserID{"bob", "cat"})
	}, nil},
	{"write attributes", public, func(ctx context.Context, c *core.Core) error {
		return c.Attribute.WriteAttrs(ctx, as("ann"), room, attribute.ModifyAttrs, []chat.Attr{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, nil)
	}, nil},
	{"the last one leaves", func(h *house) {
		_, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{ID: room, Type: chat.Work, Name: "g", Owner: "ann"})
		h.wants(err, 0)
	}, func(ctx context.Context, c *core.Core) error {
		return c.Group.Quit(ctx, as("ann"), room)
	}, []chat.Code{chat.CodeNoGroup}},
}
