package push

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Who gets one: users of the conversation, not the sender, who have a device and no
// connection, want messages of it pushed, may see the message, and have not read it. Of what was said since
// the last look each gets the newest message that they get at all (spec/09 A).

// atOnce is how many pushes are put into the queue in a commit, and how many members are
// looked at at a time.
const atOnce = 500

// round is one look at an app.
type round struct {
	s       *Service
	f       *following
	holding *holding
	until   uint64
	later   *sets // what goes on behind until
	now     int64 // Unix seconds
	list    []queued
	wrote   bool
}

// said is a message that may be pushed.
type said struct {
	*chat.Message
	info chat.PushInfo
}

// conversations looks at some conversations.
func (r *round) conversations(ctx context.Context, list []chat.Conversation) error {
	if len(list) == 0 {
		return nil
	}
	first, err := r.s.read.SeqsAtClock(ctx, list, r.f.cursor.Clock)
	if err != nil {
		return fmt.Errorf("find what is new: %w", err)
	}
	last, err := r.s.read.SeqsAtClock(ctx, list, r.until)
	if err != nil {
		return fmt.Errorf("find what is new: %w", err)
	}
	shards := make([]chat.Shard, len(list))
	for i, c := range list {
		shards[i] = c.Shard()
	}
	heads, err := r.s.read.Heads(ctx, shards)
	if err != nil {
		return fmt.Errorf("read heads: %w", err)
	}
	for i, c := range list {
		if heads[i].Clock > r.until {
			r.later.add(shards[i])
		}
		if last[i] <= first[i] {
			continue
		}
		if err := r.conversation(ctx, c, first[i], last[i]-1); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	}
	return nil
}

// conversation looks at what was said in one, between two numbers; of much, at the newest.
func (r *round) conversation(ctx context.Context, c chat.Conversation, first, last chat.Seq) error {
	page, err := r.s.read.Messages(ctx, c, last, true, saidAtOnce, saidBytes)
	if chat.IsHole(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	var list []said
	for _, m := range page {
		if m.Seq < first {
			break
		}
		if info, ok := pushable(m, r.now); ok {
			list = append(list, said{m, info})
		}
	}
	after := chat.UserID("")
	if r.f.cursor.Until == r.until && r.f.cursor.Kind == c.Kind && r.f.cursor.A == c.A && r.f.cursor.B == c.B {
		after = r.f.cursor.After
	}
	switch {
	case len(list) == 0:
	case c.Kind == chat.C2C:
		return r.pair(ctx, c, list, after)
	default:
		return r.group(ctx, c, list, after)
	}
	return nil
}

// pushable reports whether a message is pushed to anybody (spec/05, spec/09 A). Tips are not, nor
// what was imported, taken back, or dropped.
func pushable(m *chat.Message, now int64) (chat.PushInfo, bool) {
	if m.Tip != nil || m.Recall != nil || m.Control&(chat.SenderOnly|chat.Imported|chat.OnlineOnly) != 0 ||
		m.Expires != 0 && m.Expires <= now || m.PushedUntil() <= now {
		return chat.PushInfo{}, false
	}
	info := chat.ReadPush(m.Push)
	if info.PushFlag == 1 || textOf(m.Body, &info, len(m.Push) > 0, english) == "" {
		return info, false
	}
	return info, true
}

// wanted reports whether somebody who wants messages in that way is pushed one (spec/06,
// spec/21 §6).
func wanted(o chat.ReceiveOption, m *chat.Message, u chat.UserID) bool {
	switch o {
	case chat.AcceptAndNotify, "":
		return true
	case chat.AcceptNotNotifyExceptAt, chat.NotReceiveMsgExceptAt:
		return slices.Contains(m.At, u) || slices.Contains(m.At, chat.AtAll)
	}
	return false
}

// pick is the newest message that somebody gets, nil when there is none: above a number, as
// they may see and want them.
func pick(list []said, u chat.UserID, o chat.ReceiveOption, above chat.Seq) *said {
	for i := range list {
		m := list[i].Message
		if m.Seq <= above {
			return nil
		}
		if m.From != u && m.VisibleTo(u) && wanted(o, m, u) {
			return &list[i]
		}
	}
	return nil
}

// away reports whether a user may have a device and has no connection.
func (r *round) away(u chat.UserID) bool { return r.holding.has(u) && !r.s.online(r.f.app, u) }

// online reports whether a user has a connection that stays.
func (s *Service) online(app chat.AppID, u chat.UserID) bool {
	return slices.ContainsFunc(s.ledger.Deliverer().Devices(app, u), func(d chat.Device) bool { return !d.Leaving })
}

// pair looks at both sides of a one-to-one conversation.
func (r *round) pair(ctx context.Context, c chat.Conversation, list []said, after chat.UserID) error {
	for _, name := range []string{c.A, c.B} {
		u := chat.UserID(name)
		if u <= after || !r.away(u) {
			continue
		}
		o, err := r.s.Option(ctx, c, u)
		if err != nil {
			return err
		}
		if m := pick(list, u, o, 0); m != nil {
			if err := r.give(ctx, c, []choice{{u, m, 0}}); err != nil {
				return err
			}
		}
		if c.A == c.B {
			break
		}
	}
	return nil
}

// choice is a message for a user.
type choice struct {
	user   chat.UserID
	m      *said
	joined chat.Seq
}

// group looks at the members of a group or topic.
func (r *round) group(ctx context.Context, c chat.Conversation, list []said, after chat.UserID) error {
	all, err := r.audience(ctx, c.Group())
	if err != nil {
		return err
	}
	from, _ := slices.BinarySearchFunc(all, after, func(m *chat.Member, u chat.UserID) int { return strings.Compare(string(m.User), string(u)) })
	members := make([]*chat.Member, 0, min(len(all), atOnce))
	give := func() error {
		flags, err := r.s.Flags(ctx, c.App, c.Group(), members)
		if err != nil {
			return err
		}
		var chosen []choice
		for i, m := range members {
			joined := m.JoinSeq
			if c.Group().IsTopic() { // it counts in the community
				joined = 0
			}
			if got := pick(list, m.User, flags[i], joined); got != nil {
				chosen = append(chosen, choice{m.User, got, joined})
			}
		}
		members = members[:0]
		return r.give(ctx, c, chosen)
	}
	for _, m := range all[from:] {
		if m.User <= after || !r.away(m.User) {
			continue
		}
		if members = append(members, m); len(members) == atOnce {
			if err := give(); err != nil {
				return err
			}
		}
	}
	if len(members) == 0 {
		return nil
	}
	return give()
}

// give puts pushes into the queue for those who have not read their message.
func (r *round) give(ctx context.Context, c chat.Conversation, list []choice) error {
	asks := make([]chat.RowAsk, len(list))
	for i, one := range list {
		asks[i] = ledger.AskMark(c, one.user)
	}
	marks, err := r.s.read.MarksAsked(ctx, asks)
	if err != nil {
		return fmt.Errorf("read marks: %w", err)
	}
	for i, one := range list {
		if mark := marks[i]; one.m.Seq <= mark.Seq || one.m.Seq < mark.First() {
			continue
		}
		own, err := devicesIn(ctx, r.s.read, chat.UserShard(c.App, one.user))
		if err != nil {
			return fmt.Errorf("read devices: %w", err)
		}
		for _, d := range own {
			if d.Lapsed(r.now) || d.Since > one.m.Seconds() {
				continue
			}
			r.list = append(r.list, queued{&waiting{
				User: d.User, Client: d.Client, Holder: d.Holder, Kind: c.Kind, A: c.A, B: c.B, Seq: one.m.Seq, Expires: one.m.PushedUntil(),
			}, d.Channel})
		}
		if len(r.list) >= atOnce {
			if err := r.flush(cursor{Clock: r.f.cursor.Clock, Until: r.until, Kind: c.Kind, A: c.A, B: c.B, After: one.user}); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush makes a page of pushes durable, and where the round is.
func (r *round) flush(at cursor) error {
	if err := r.s.save(r.f, at, r.list); err != nil {
		return err
	}
	r.s.noteQueued(r.f.app, r.list)
	r.list, r.wrote = nil, true
	return nil
}

// finish makes the rest durable, with the cursor behind the round. When there was nothing
// to send the cursor is made durable from time to time alone.
func (r *round) finish() error {
	next := cursor{Clock: r.until}
	if len(r.list) > 0 || r.f.cursor.Until != 0 || r.s.read.NowMs() >= r.f.saved+saveInterval {
		return r.flush(next)
	}
	r.f.cursor = next
	return nil
}
