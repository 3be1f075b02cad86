package attribute

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of the counters of a group (spec/22b §11).
const (
	maxCounters   = 20
	maxCounterKey = 128 // bytes
)

// counters have one row, under "": all of a group's, by key.
var counters = ledger.Table(record.Counters, func(f *record.Fields, c *counterSet) {
	record.List(f, 1, &c.List, func(f *record.Fields, c *chat.Counter) {
		record.Text(f, 1, &c.Key)
		record.Int(f, 2, &c.Value)
	})
	record.Int(f, 2, &c.Second)
	record.Int(f, 3, &c.Writes)
})

// counterSet is all counters of a group, in byte order of their keys, and how often
// they were written in one second, in Unix seconds.
type counterSet struct {
	List   []chat.Counter
	Second int64
	Writes int
}

// CounterWay is the Mode of an update.
type CounterWay string

// The ways. A counter that is not there begins at 0.
const (
	SetCounters      CounterWay = "Set"
	IncreaseCounters CounterWay = "Increase"
	DecreaseCounters CounterWay = "Decrease"
)

// Counters returns those counters of a group that keys name and that there are; nil
// names all. They are in byte order of their keys.
func (s *Service) Counters(ctx context.Context, by chat.Actor, id chat.GroupID, keys []string) ([]chat.Counter, error) {
	seat, err := s.groups.Enter(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if err := seat.May(grouptype.UseCounters); err != nil {
		return nil, err
	}
	set, err := counters.Get(ctx, &s.ledger.Reader, seat.Group.Conv().Shard(), "")
	if err != nil || set == nil {
		return nil, err
	}
	var list []chat.Counter
	for _, c := range set.List {
		if keys == nil || slices.Contains(keys, c.Key) {
			list = append(list, c)
		}
	}
	return list, nil
}

// UpdateCounters moves counters, all or none, and returns those it names as they are
// then, in the order named. A group has as many updates a second as messages
// (Limits.GroupRate), then 10006: a choice, since each is told to everybody.
func (s *Service) UpdateCounters(ctx context.Context, by chat.Actor, id chat.GroupID, way CounterWay, list []chat.Counter) ([]chat.Counter, error) {
	if err := checkCounters(way, list); err != nil {
		return nil, err
	}
	if first := chat.Repeated(ctx, chat.GroupOf(by.App, id)); first != nil {
		return s.movedBefore(ctx, by, id, first, list)
	}
	claim := chat.ClaimOf(ctx)
	var moved []chat.Counter
	err := s.share(ctx, by, id, func(ctx context.Context, t *group.Turn) error {
		set, err := countersOf(ctx, t)
		if err != nil {
			return err
		}
		change := &chat.CountersChange{}
		moved = moved[:0]
		for _, c := range list {
			now, changed, err := set.move(c, way)
			if err != nil {
				return err
			}
			if moved = append(moved, now); changed {
				change.Set = append(change.Set, now)
			}
		}
		claim.Answers(counters.Row("", &counterSet{List: moved}).Value)
		return putCounters(t, set, change)
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

// movedBefore answers a repeated update: as the first was answered or, where that is
// not known, with what the counters are now.
func (s *Service) movedBefore(ctx context.Context, by chat.Actor, id chat.GroupID, first *chat.Made, list []chat.Counter) ([]chat.Counter, error) {
	if first.Answer != nil {
		set, err := counters.Read(first.Conv.Shard(), chat.Row{Value: first.Answer})
		if err != nil {
			return nil, err
		}
		return set.List, nil
	}
	keys := make([]string, len(list))
	for i, c := range list {
		keys[i] = c.Key
	}
	return s.Counters(ctx, by, id, keys)
}

// DeleteCounters removes counters; nil names all. Those that are not there are
// passed over.
func (s *Service) DeleteCounters(ctx context.Context, by chat.Actor, id chat.GroupID, keys []string) error {
	return s.share(ctx, by, id, func(ctx context.Context, t *group.Turn) error {
		set, err := countersOf(ctx, t)
		if err != nil {
			return err
		}
		change := &chat.CountersChange{}
		set.List = slices.DeleteFunc(set.List, func(c chat.Counter) bool {
			goes := keys == nil || slices.Contains(keys, c.Key)
			if goes {
				change.Deleted = append(change.Deleted, c.Key)
			}
			return goes
		})
		return putCounters(t, set, change)
	})
}

// share runs do as a turn of somebody who may move counters; such turns share
// commits.
func (s *Service) share(ctx context.Context, by chat.Actor, id chat.GroupID, do func(context.Context, *group.Turn) error) error {
	return s.groups.Share(ctx, by, id, countersBytes, func(ctx context.Context, t *group.Turn) error {
		if err := t.May(grouptype.UseCounters); err != nil {
			return err
		}
		return do(ctx, t)
	})
}

// countersBytes is about what an update writes.
const countersBytes = 512

func checkCounters(way CounterWay, list []chat.Counter) error {
	if way != SetCounters && way != IncreaseCounters && way != DecreaseCounters {
		return chat.Refuse(chat.CodeGroupParameter, "Mode has to be Set, Increase or Decrease")
	}
	if len(list) == 0 {
		return chat.Refuse(chat.CodeGroupParameter, "GroupCounter is empty")
	}
	if len(list) > maxCounters {
		return chat.Refuse(chat.CodeTooManyCounters, "")
	}
	for _, c := range list {
		if c.Key == "" || len(c.Key) > maxCounterKey || !utf8.ValidString(c.Key) {
			return chat.Refuse(chat.CodeGroupParameter, "a key of GroupCounter is no text of 1 to %d bytes", maxCounterKey)
		}
	}
	return nil
}

// countersOf is a copy of what the group has, to be changed.
func countersOf(ctx context.Context, t *group.Turn) (*counterSet, error) {
	set, err := counters.Get(ctx, t.Read, t.Shard, "")
	if err != nil {
		return nil, err
	}
	if set == nil {
		return &counterSet{}, nil
	}
	return &counterSet{slices.Clone(set.List), set.Second, set.Writes}, nil
}

// move applies one entry of an update.
func (s *counterSet) move(c chat.Counter, way CounterWay) (now chat.Counter, changed bool, err error) {
	i, there := slices.BinarySearchFunc(s.List, c.Key, func(c chat.Counter, key string) int {
		return strings.Compare(c.Key, key)
	})
	if !there {
		if len(s.List) == maxCounters {
			return c, false, chat.Refuse(chat.CodeTooManyCounters, "")
		}
		s.List = slices.Insert(s.List, i, chat.Counter{Key: c.Key})
	}
	have := &s.List[i]
	was := have.Value
	switch way {
	case SetCounters:
		have.Value = c.Value
	case IncreaseCounters:
		have.Value += c.Value
	case DecreaseCounters:
		have.Value -= c.Value
	}
	if overflown(was, c.Value, way) {
		return c, false, chat.Refuse(chat.CodeGroupParameter, "counter %q would leave its range", c.Key)
	}
	return *have, !there || was != have.Value, nil
}

// overflown reports whether the sum or difference has no place in 64 bits.
func overflown(was, by int64, way CounterWay) bool {
	switch {
	case way == SetCounters:
		return false
	case way == DecreaseCounters && by == math.MinInt64:
		return was >= 0
	case way == DecreaseCounters:
		by = -by
	}
	return by > 0 && was > math.MaxInt64-by || by < 0 && was < math.MinInt64-by
}

// putCounters puts what an update has changed, and tells the group.
func putCounters(t *group.Turn, set *counterSet, change *chat.CountersChange) error {
	if len(change.Set)+len(change.Deleted) == 0 {
		return nil
	}
	if now := t.Sec(); set.Second != now {
		set.Second, set.Writes = now, 0
	}
	if limit := t.Limits().GroupRate; limit >= 0 && set.Writes >= limit {
		return chat.Refuse(chat.CodeGroupFrequency, "")
	}
	set.Writes++
	counters.Put(t.Turn, "", set)
	t.AddEvent(chat.EventCounters, &chat.EventDetail{Counters: change})
	return nil
}
