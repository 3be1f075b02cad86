package search

import (
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

func holeOf(err error) *chat.Hole {
	hole, _ := errors.AsType[*chat.Hole](err)
	return hole
}

// kinds are the kinds of conversations in the order in which an index is built.
var kinds = []chat.Kind{chat.C2C, chat.InGroup}

// Parts of the work, in percent: messages, then names.
const messagesDone = 90

// build goes through all messages. It begins where it was cut short.
func (f *filling) build() error {
	total, err := f.count()
	if err != nil {
		return err
	}
	done := 0
	for _, k := range kinds {
		if k < f.place.Kind {
			continue
		}
		after := f.place.after(f.app)
		if k != f.place.Kind {
			after = chat.Conversation{}
		}
		err := f.conversations(k, after, func(c chat.LastSaid) error {
			if err := f.messages(c.Conv, 1); err != nil {
				return err
			}
			f.place.pass(c.Conv)
			done++
			f.percent.Store(int32(min(messagesDone, done*messagesDone/max(total, 1))))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// conversations goes through those of a kind, after one.
func (f *filling) conversations(k chat.Kind, after chat.Conversation, each func(chat.LastSaid) error) error {
	for {
		page, err := f.read.Conversations(f.ctx, f.app, k, after, convPage)
		if err != nil {
			return fmt.Errorf("read conversations: %w", err)
		}
		for _, c := range page {
			if err := each(c); err != nil {
				return err
			}
		}
		if len(page) < convPage {
			return nil
		}
		after = page[len(page)-1].Conv
		if err := f.ctx.Err(); err != nil {
			return err
		}
	}
}

// count is how many conversations there are.
func (f *filling) count() (n int, err error) {
	for _, k := range kinds {
		err := f.conversations(k, chat.Conversation{}, func(chat.LastSaid) error {
			n++
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// catchUp goes through what has moved since the floor. After an end that was none it looks
// also for what is not told by the clock: names, and conversations that are gone. The names of
// an index that is being built come here too.
func (f *filling) catchUp() error {
	now, floor := f.read.NowMs(), f.read.Delivered()
	since := f.place.Floor
	for _, k := range kinds {
		err := f.conversations(k, chat.Conversation{}, func(c chat.LastSaid) error {
			if c.Moved <= since {
				return nil
			}
			return f.since(c.Conv, since)
		})
		if err != nil {
			return err
		}
	}
	if !f.orderly {
		if err := f.sweep(); err != nil {
			return err
		}
		f.apart = f.place.Time - apartMargin
	}
	if !f.orderly || !f.place.Built {
		if err := f.names(); err != nil {
			return err
		}
	}
	f.place.Built, f.place.A, f.place.B = true, "", ""
	f.place.reach(floor, now)
	return f.flush()
}

// since adds what of a conversation came after a point of the clock.
func (f *filling) since(c chat.Conversation, clock uint64) error {
	first, err := f.read.SeqsAtClock(f.ctx, []chat.Conversation{c}, clock)
	if err != nil {
		return fmt.Errorf("find clock: %w", err)
	}
	if first[0] == 1 { // perhaps another of that name was here before
		if err := f.flush(); err != nil {
			return err
		}
		if err := f.index.Forget(f.ctx, c); err != nil {
			return err
		}
	}
	if err := f.changes(c, clock); err != nil {
		return err
	}
	return f.messages(c, first[0])
}

// eventPage is how many events are read at a time.
const eventPage = 200

// changes adds the messages that were changed or taken back after a point of the clock. The
// numbers of events grow with it, so the first is looked for by halves.
func (f *filling) changes(c chat.Conversation, clock uint64) error {
	head, err := f.read.Head(f.ctx, c.Shard())
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	low, high := uint64(0), head.Rev // events up to low are older; those after high are not looked at
	for head.EventClock > clock && low < high {
		middle := low + (high-low)/2
		one, err := f.read.ConvEvents(f.ctx, c, middle, 1)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		if len(one) > 0 && one[0].Clock <= clock {
			low = max(one[0].Rev, middle+1)
		} else {
			high = middle
		}
	}
	for low < head.Rev {
		page, err := f.read.ConvEvents(f.ctx, c, low, eventPage)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, e := range page {
			if e.Clock > clock && (e.Kind == chat.EventRecall || e.Kind == chat.EventModify) {
				if err := f.edited(c, e.Seq); err != nil {
					return err
				}
			}
		}
		low = page[len(page)-1].Rev
	}
	return nil
}

// sweep removes the messages of conversations that are no more.
func (f *filling) sweep() error {
	var after chat.Conversation
	for {
		page, err := f.index.Conversations(f.ctx, after, convPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		shards := make([]chat.Shard, len(page))
		for i, c := range page {
			shards[i] = c.Shard()
		}
		heads, err := f.read.Heads(f.ctx, shards)
		if err != nil {
			return fmt.Errorf("read heads: %w", err)
		}
		for i, h := range heads {
			if h.Seq > 0 {
				continue
			}
			if err := f.index.Forget(f.ctx, page[i]); err != nil {
				return err
			}
		}
		after = page[len(page)-1]
	}
}

// apartMargin is how much earlier than the floor an event may say it was that came after.
const apartMargin = 60_000

// changesApart adds the messages that not everybody sees and that were changed after a time,
// Unix milliseconds: no event of their conversation tells of it, but events of the users who
// see them. It is for an index that was not closed orderly.
func (f *filling) changesApart(list []*chat.Account, since int64) error {
	shards := make([]chat.Shard, len(list))
	for i, a := range list {
		shards[i] = chat.UserShard(f.app, a.User)
	}
	heads, err := f.read.Heads(f.ctx, shards)
	if err != nil {
		return fmt.Errorf("read heads: %w", err)
	}
	for i, h := range heads {
		for last := h.EventSeq; last > 0; {
			from := last - min(last, eventPage)
			page, err := f.read.UserEvents(f.ctx, f.app, list[i].User, from, int(last-from))
			if err != nil {
				return fmt.Errorf("read events: %w", err)
			}
			for _, e := range page {
				if e.Time < since || e.Told == nil {
					continue
				}
				if err := f.edited(e.Conv, e.Told.Seq); err != nil {
					return err
				}
			}
			if last = from; len(page) == 0 || page[0].Time < since {
				break
			}
		}
	}
	return nil
}
