package inbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of one Sync answer (spec/00 §5).
const (
	syncEvents = 100
	syncConvs  = 100
	syncBytes  = 40 << 10 // unless the caller says otherwise
	convBytes  = 400      // a conversation's members without its last message, about
	eventBytes = 200
)

// SyncPoint is how far a client has one conversation.
type SyncPoint struct {
	Seq chat.Seq
	Rev *uint64 // nil: as of now
}

// covers reports whether a client that is there has all of a conversation.
func (p SyncPoint) covers(c *counted) bool {
	return (c.empty || p.Seq >= c.head.Seq) && (p.Rev == nil || *p.Rev >= c.head.Rev)
}

// SyncQuery is how far a client is (spec/00 §5).
type SyncQuery struct {
	EventSeq *uint64 // nil: from now on
	Convs    map[chat.Target]SyncPoint
	// MaxBytes is about how much the answer is to have, 0: 40 KiB. It has something of
	// what the client lacks however small that is.
	MaxBytes int
}

// SyncConv is a conversation that is ahead of the client.
type SyncConv struct {
	ConvView
	Events []*chat.ConvEvent
}

// SyncPage is what the client lacks. Unless Finished, it asks again, naming
// what it has got.
type SyncPage struct {
	EventSeq uint64
	Events   []*chat.UserEvent
	Convs    []SyncConv
	Finished bool
}

// Sync compares a client's state with the caller's: their events after the one
// named, and every conversation that is ahead of what was named, or not named at all.
func (s *Service) Sync(ctx context.Context, by chat.Actor, q SyncQuery) (SyncPage, error) {
	list, err := s.all(ctx, by)
	if err != nil {
		return SyncPage{}, err
	}
	if q.MaxBytes <= 0 {
		q.MaxBytes = syncBytes
	}
	page := SyncPage{Finished: true}
	if err := s.addEvents(ctx, by, q.EventSeq, eventsIn(q.MaxBytes), &page); err != nil {
		return SyncPage{}, err
	}
	list = slices.DeleteFunc(list, func(c counted) bool {
		have, named := q.Convs[c.Conv.For(by.User)]
		return !named && c.empty || named && have.covers(&c)
	})
	if len(list) > syncConvs {
		list, page.Finished = list[:syncConvs], false
	}
	if err := s.addConvs(ctx, by, q, list, &page); err != nil {
		return SyncPage{}, err
	}
	return page, nil
}

// eventsIn is how many events about so many bytes hold, at least one.
func eventsIn(bytes int) int { return max(1, min(bytes/eventBytes, syncEvents)) }

// addEvents adds at most so many of the caller's events after a number, or only the
// present number when there is none.
func (s *Service) addEvents(ctx context.Context, by chat.Actor, after *uint64, most int, page *SyncPage) (err error) {
	if after == nil {
		head, err := s.ledger.Head(ctx, chat.UserShard(by.App, by.User))
		if err != nil {
			return fmt.Errorf("read head: %w", err)
		}
		page.EventSeq = head.EventSeq
		return nil
	}
	page.EventSeq = *after
	page.Events, err = s.ledger.UserEvents(ctx, by.App, by.User, *after, most+1)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	if len(page.Events) > most {
		page.Events, page.Finished = page.Events[:most], false
	}
	if n := len(page.Events); n > 0 {
		page.EventSeq = page.Events[n-1].Seq
	}
	return nil
}

// addConvs adds conversations to the page as long as there is room.
func (s *Service) addConvs(ctx context.Context, by chat.Actor, q SyncQuery, list []counted, page *SyncPage) error {
	views, err := s.views(ctx, by, list)
	if err != nil {
		return err
	}
	room := q.MaxBytes - eventBytes*len(page.Events)
	for i, c := range list {
		if room <= 0 && (i > 0 || len(page.Events) > 0) {
			page.Finished = false
			return nil
		}
		have := q.Convs[c.Conv.For(by.User)]
		item, err := s.syncConv(ctx, by, c, views[i], have.Rev, eventsIn(room))
		if err != nil {
			return err
		}
		room -= convBytes + eventBytes*len(item.Events)
		if item.Last != nil {
			room -= len(item.Last.Body)
		}
		page.Finished = page.Finished && item.Head.Rev >= c.head.Rev
		page.Convs = append(page.Convs, item)
	}
	return nil
}

// syncConv is one conversation with its last message and at most so many events
// after the client's Rev; a client that named none needs none.
func (s *Service) syncConv(ctx context.Context, by chat.Actor, c counted, v ConvView, rev *uint64, most int) (SyncConv, error) {
	err := s.addMessages(ctx, by.User, c, &v)
	if err != nil {
		return SyncConv{}, err
	}
	item := SyncConv{ConvView: v}
	if rev == nil || *rev >= c.head.Rev {
		return item, nil
	}
	item.Events, err = s.ledger.ConvEvents(ctx, c.Conv, max(*rev, c.Read.FromRev), most)
	if err != nil {
		return SyncConv{}, fmt.Errorf("read events: %w", err)
	}
	if len(item.Events) == most { // perhaps more: the client stands at the last one
		item.Head.Rev = item.Events[most-1].Rev
	}
	return item, nil
}
