package group

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// How many groups one user makes a day, and how many AVChatRooms they own at a time
// (spec/41 §7). Both are kept in the shard of the user: a turn there sets the place
// aside before the group's turn, and gives it back when the group is refused. What
// administrators of the app do is not counted, and they own as many as they like. No
// AVChatRoom changes hands.

// madeBy counts the groups a user has made on a day, in the user's shard under
// madeKey. A day is one of UTC; its counters expire with it.
var madeBy = ledger.Counter(record.GroupsMade)

// ownedRoom is an AVChatRoom that a user owns or is about to, in the user's shard under
// its id. The group's own row decides: one that has another owner, or is not there, is
// passed over. That may take ownedGrace for one that was set aside.
type ownedRoom struct {
	Since int64 // Unix seconds
	Made  bool  // put by the group's own turn; else set aside
}

var ownedRooms = ledger.Table(record.OwnedRoom, func(f *record.Fields, o *ownedRoom) {
	record.Int(f, 1, &o.Since)
	record.Bool(f, 2, &o.Made)
})

const (
	day = int64(24 * time.Hour / time.Second)
	// ownedGrace is how long a room may be set aside before it is there, in seconds:
	// longer than any call takes.
	ownedGrace = 60
	// ownedSpare is how many rows beyond the limit are looked at for stale ones.
	ownedSpare = 100
)

// madeKey is what a counter stands under: the day, counted from 1970, and the type, ""
// for groups of all types.
func madeKey(sec int64, t chat.GroupType) string { return fmt.Sprintf("%d\x00%s", sec/day, t) }

// place is what is set aside for a group that is about to be made.
type place struct {
	user chat.UserID
	id   chat.GroupID
	room bool             // a row of ownedRooms was put
	sec  int64            // when, Unix seconds
	made []chat.GroupType // counters that were moved
}

// reserve sets a place aside for a group that by is about to make, nil when nothing is
// counted: 10036 when they own too many AVChatRooms, 10006 when they made too many
// groups today.
func (s *Service) reserve(ctx context.Context, app *chat.App, by chat.Actor, d *chat.GroupDraft) (*place, error) {
	if by.Admin() {
		return nil, nil
	}
	p := &place{user: by.User, id: d.ID}
	err := s.set(ctx, app, p, func(ctx context.Context, t *ledger.Turn) error {
		if d.Type == chat.AVChatRoom {
			if err := p.own(ctx, t, app.Limits.LiveRoomsOwned); err != nil {
				return err
			}
			if err := p.count(ctx, t, d.Type, app.Limits.LiveRoomsMadePerDay); err != nil {
				return err
			}
		}
		return p.count(ctx, t, "", app.Limits.GroupsMadePerDay)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// set runs a turn of the user's shard. It carries no claim: that belongs to the group.
func (s *Service) set(ctx context.Context, app *chat.App, p *place, do func(context.Context, *ledger.Turn) error) error {
	return s.ledger.Change(chat.WithClaim(ctx, nil), chat.UserShard(app.ID, p.user), 0, func(ctx context.Context, t *ledger.Turn) error {
		p.room, p.made, p.sec = false, nil, t.Sec() // a turn may be run again
		return do(ctx, t)
	})
}

// count moves a counter of the day, or refuses. A negative limit is none.
func (p *place) count(ctx context.Context, t *ledger.Turn, of chat.GroupType, most int) error {
	if most < 0 {
		return nil
	}
	key := madeKey(p.sec, of)
	n, err := madeBy.Get(ctx, t.Read, t.Shard, key)
	if err != nil {
		return err
	}
	if n >= int64(most) {
		return chat.Refuse(chat.CodeGroupFrequency, "%d groups made today", n)
	}
	madeBy.AddUntil(t, key, 1, dayEnds(p.sec))
	p.made = append(p.made, of)
	return nil
}

func dayEnds(sec int64) int64 { return (sec/day + 1) * day }

// own sets a room aside, or refuses. A negative limit is none.
func (p *place) own(ctx context.Context, t *ledger.Turn, most int) error {
	if most < 0 {
		return nil
	}
	list, keys, err := ownedRooms.Page(ctx, t.Read, t.Shard, "", "", most+ownedSpare)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k == string(p.id) {
			return nil // theirs already: the group's turn says so
		}
	}
	n := len(list)
	if n >= most {
		if n, err = p.recount(ctx, t, list, keys); err != nil {
			return err
		}
	}
	if n >= most {
		return chat.Refuse(chat.CodeTooManyLiveRooms, "%q owns %d", p.user, n)
	}
	ownedRooms.Put(t, string(p.id), &ownedRoom{Since: p.sec})
	p.room = true
	return nil
}

// recount removes the rows of rooms that are gone or somebody else's, and counts the
// others.
func (p *place) recount(ctx context.Context, t *ledger.Turn, list []*ownedRoom, keys []string) (n int, err error) {
	asks := make([]chat.RowAsk, len(keys))
	for i, k := range keys {
		asks[i] = groups.Ask(chat.GroupShard(t.Shard.App, chat.GroupID(k)), "")
	}
	found, err := groups.Of(ctx, t.Read, asks)
	if err != nil {
		return 0, err
	}
	for i, g := range found {
		switch {
		case g != nil && g.Owner == p.user, !list[i].Made && p.sec < list[i].Since+ownedGrace:
			n++
		default:
			ownedRooms.Remove(t, keys[i])
		}
	}
	return n, nil
}

// giveBack undoes what was set aside for a group that was refused. When it is not known
// whether the group was made, the place stays: a counter ends with the day, and a room
// that is not there is passed over.
func (s *Service) giveBack(ctx context.Context, app *chat.App, p *place, why error) {
	if p == nil || errors.Is(why, context.DeadlineExceeded) || errors.Is(why, context.Canceled) {
		return
	}
	ctx = chat.WithClaim(context.WithoutCancel(ctx), nil)
	err := s.ledger.Change(ctx, chat.UserShard(app.ID, p.user), 0, func(_ context.Context, t *ledger.Turn) error {
		if p.room {
			ownedRooms.Remove(t, string(p.id))
		}
		for _, of := range p.made {
			if ends := dayEnds(p.sec); t.Sec() < ends {
				madeBy.AddUntil(t, madeKey(p.sec, of), -1, ends)
			}
		}
		return nil
	})
	if err != nil {
		s.ledger.Log().Warn("a group that was not made stays counted", "app", app.ID, "user", p.user, "group", p.id, "err", err)
	}
}

// owned enters the turn's group, if it is an AVChatRoom, with its owner; disowned takes
// it off.
func (t *Turn) owned() {
	if t.group.Type == chat.AVChatRoom && t.group.Owner != "" {
		row := ownedRooms.Row(string(t.group.ID), &ownedRoom{Since: t.Sec(), Made: true})
		t.Mirror(chat.UserShard(t.app.ID, t.group.Owner), row)
	}
}

func (t *Turn) disowned() {
	if t.group.Type == chat.AVChatRoom && t.group.Owner != "" {
		t.Mirror(chat.UserShard(t.app.ID, t.group.Owner), ownedRooms.Gone(string(t.group.ID)))
	}
}
