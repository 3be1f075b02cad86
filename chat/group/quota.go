package group

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	if err := mayMake(ctx, t.Read, t.Shard, p.sec, of, most); err != nil || most < 0 {
		return err
	}
	madeBy.AddUntil(t, madeKey(p.sec, of), 1, dayEnds(p.sec))
	p.made = append(p.made, of)
	return nil
}

// mayMake refuses one more group on a day when there are so many already.
func mayMake(ctx context.Context, in *ledger.Reader, s chat.Shard, sec int64, of chat.GroupType, most int) error {
	if most < 0 {
		return nil
	}
	n, err := madeBy.Get(ctx, in, s, madeKey(sec, of))
	if err == nil && n >= int64(most) {
		err = chat.Refuse(chat.CodeGroupFrequency, "%d groups made today, no more until midnight UTC", n)
	}
	return err
}

func dayEnds(sec int64) int64 { return (sec/day + 1) * day }

// own sets a room aside, or refuses. A negative limit is none.
func (p *place) own(ctx context.Context, t *ledger.Turn, most int) error {
	theirs, stale, err := mayOwn(ctx, t.Read, t.Shard, p.sec, p.id, most)
	for _, k := range stale {
		ownedRooms.Remove(t, k)
	}
	if err != nil || most < 0 || theirs {
		return err
	}
	ownedRooms.Put(t, string(p.id), &ownedRoom{Since: p.sec})
	p.room = true
	return nil
}

// mayOwn refuses one more room to who has so many already. theirs says that they own
// this one: the group's turn refuses it. stale are keys of rows that count no more.
func mayOwn(ctx context.Context, in *ledger.Reader, s chat.Shard, sec int64, id chat.GroupID, most int) (theirs bool, stale []string, err error) {
	if most < 0 {
		return false, nil, nil
	}
	list, keys, err := ownedRooms.Page(ctx, in, s, "", "", most+ownedSpare)
	if err != nil || id != "" && slices.Contains(keys, string(id)) {
		return err == nil, nil, err
	}
	n := len(list)
	if n >= most {
		if n, stale, err = recount(ctx, in, s, sec, list, keys); err != nil {
			return false, nil, err
		}
	}
	if n >= most {
		err = chat.Refuse(chat.CodeTooManyLiveRooms, "%q owns %d", s.User(), n)
	}
	return false, stale, err
}

// recount counts rooms without those that are gone or somebody else's, whose keys are
// stale.
func recount(ctx context.Context, in *ledger.Reader, s chat.Shard, sec int64, list []*ownedRoom, keys []string) (n int, stale []string, err error) {
	asks := make([]chat.RowAsk, len(keys))
	for i, k := range keys {
		asks[i] = groups.Ask(chat.GroupShard(s.App, chat.GroupID(k)), "")
	}
	found, err := groups.Of(ctx, in, asks)
	if err != nil {
		return 0, nil, err
	}
	for i, g := range found {
		switch {
		case g != nil && g.Owner == s.User(), !list[i].Made && sec < list[i].Since+ownedGrace:
			n++
		default:
			stale = append(stale, keys[i])
		}
	}
	return n, stale, nil
}

// withinQuotas refuses what reserve and the group's turn would refuse, before the app is
// asked and anything is set aside.
func (r reader) withinQuotas(ctx context.Context, app *chat.App, by chat.Actor, d *chat.GroupDraft) error {
	if err := r.mayGrow(ctx, app); err != nil || by.Admin() {
		return err
	}
	s, sec := chat.UserShard(app.ID, by.User), r.NowSec()
	if d.Type == chat.AVChatRoom {
		if _, _, err := mayOwn(ctx, r.Reader, s, sec, d.ID, app.Limits.LiveRoomsOwned); err != nil {
			return err
		}
		if err := mayMake(ctx, r.Reader, s, sec, d.Type, app.Limits.LiveRoomsMadePerDay); err != nil {
			return err
		}
	}
	return mayMake(ctx, r.Reader, s, sec, "", app.Limits.GroupsMadePerDay)
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
