package inbox

import (
	"cmp"
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
	// Since is from an earlier answer, or the last page of a list: conversations that are not
	// named are known up to then. "": they are unknown.
	Since string
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
	Since    string
	Finished bool
}

// Sync compares a client's state with the caller's: their events after the one
// named, and every conversation that is ahead of what was named, or, if it was not named, of
// what Since says. It costs a look at the head of each conversation that may have moved since,
// as far as the store knows which these are, and more for those that are ahead alone.
func (s *Service) Sync(ctx context.Context, by chat.Actor, q SyncQuery) (SyncPage, error) {
	now := s.moment() // before anything is read
	var since moment
	if q.Since != "" {
		var err error
		if since, err = parseMoment(q.Since); err != nil {
			return SyncPage{}, err
		}
		known, err := s.knows(ctx, since, now)
		if err != nil {
			return SyncPage{}, err
		}
		if !known {
			since = moment{}
		}
	}
	if q.MaxBytes <= 0 {
		q.MaxBytes = syncBytes
	}
	app, err := s.ledger.App(by.App)
	if err != nil {
		return SyncPage{}, err
	}
	rows, err := s.mayHaveMoved(ctx, app, by.User, &q, since)
	if err != nil {
		return SyncPage{}, err
	}
	for i := range rows {
		now.note(&rows[i])
	}
	list, err := s.ahead(ctx, app, by, &q, since, rows)
	if err != nil {
		return SyncPage{}, err
	}
	page := SyncPage{Finished: true}
	if err := s.addEvents(ctx, by, q.EventSeq, eventsIn(q.MaxBytes), &page); err != nil {
		return SyncPage{}, err
	}
	rest, err := s.addConvs(ctx, by, q, list, &page)
	page.Since = since.after(now, list, rest).String()
	return page, err
}

// knows reports whether a moment is of this store. One of another store is not, nor is one that
// was lost when the store was restored from a backup.
func (s *Service) knows(ctx context.Context, since, now moment) (bool, error) {
	if since.floor > now.floor || since.top > now.floor || since.base > now.base {
		return false, nil
	}
	for _, clock := range []uint64{since.floor, since.top} {
		if lost, err := s.ledger.Lost(ctx, clock); err != nil || lost {
			return false, err
		}
	}
	return true, nil
}

// gained is a conversation that is ahead of the client.
type gained struct {
	counted
	moved uint64 // see chat.Head.Moved
	late  order
	rev   *uint64 // the client's; nil: as of now
}

// order says in which order answers have the conversations that are ahead.
type order uint8

// First those that an earlier answer has not come to, then those that moved since it began,
// each newest first; last what is told by its name, or by when the user joined it: until it
// is answered, the client has to name it.
const (
	unanswered order = iota
	movedSince
	byName
)

// ahead lists those of a user's conversations that are ahead of the client, in the order of
// the answer.
func (s *Service) ahead(ctx context.Context, app *chat.App, by chat.Actor, q *SyncQuery, since moment, rows []held) ([]gained, error) {
	rows, err := s.mayBeAhead(ctx, by, q, since, rows)
	if err != nil {
		return nil, err
	}
	if err := s.addMarks(ctx, by.User, rows); err != nil {
		return nil, err
	}
	list, err := s.unread(ctx, app, by.User, rows)
	if err != nil {
		return nil, err
	}
	ahead := make([]gained, 0, len(list))
	for i := range list {
		g := gained{counted: list[i], moved: list[i].head.Moved()}
		have, named := q.Convs[g.target(by.User)]
		switch {
		case named && have.covers(&g.counted), !named && g.empty:
			continue
		case named:
			g.late, g.rev = byName, have.Rev
		default:
			if err := s.unnamed(ctx, since, &g); err != nil {
				return nil, err
			}
		}
		ahead = append(ahead, g)
	}
	slices.SortFunc(ahead, func(a, b gained) int {
		return cmp.Or(cmp.Compare(a.late, b.late), cmp.Compare(b.moved, a.moved), compareTargets(a.target(by.User), b.target(by.User)))
	})
	return ahead, nil
}

// mayHaveMoved are the conversations that may be ahead, without marks: all, unless the store
// knows which of the one-to-one conversations, which are the most, have moved since.
func (s *Service) mayHaveMoved(ctx context.Context, app *chat.App, u chat.UserID, q *SyncQuery, since moment) ([]held, error) {
	peers, ok, err := s.ledger.Moved(ctx, app.ID, u, since.floor)
	if err != nil {
		return nil, fmt.Errorf("read what moved: %w", err)
	}
	if !ok || since.none() || !since.joinedBefore(&held{}) { // then even what never moved is unknown
		return s.unmarked(ctx, app, u)
	}
	for t := range q.Convs {
		if t.Kind == chat.C2C {
			peers = append(peers, t.User())
		}
	}
	slices.Sort(peers)
	peers = slices.Compact(peers)
	list, set, err := s.joined(ctx, app, u)
	if err != nil {
		return nil, err
	}
	return s.privateWith(ctx, app.ID, u, peers, list, set)
}

// mayBeAhead are those of the conversations that are ahead by what their heads say. It
// puts them in the place of rows.
func (s *Service) mayBeAhead(ctx context.Context, by chat.Actor, q *SyncQuery, since moment, rows []held) ([]held, error) {
	n := 0
	shards := make([]chat.Shard, min(len(rows), atOnce))
	for at := 0; at < len(rows); at += atOnce {
		some := rows[at:min(at+atOnce, len(rows))]
		for i := range some {
			shards[i] = some[i].Conv.Shard()
		}
		heads, err := s.ledger.Heads(ctx, shards[:len(some)])
		if err != nil {
			return nil, fmt.Errorf("read heads: %w", err)
		}
		for i := range some {
			have, named := q.Convs[some[i].target(by.User)]
			if named && have.below(&heads[i]) || !named && !since.has(&some[i], &heads[i]) {
				rows[n] = some[i]
				n++
			}
		}
	}
	return rows[:n], nil
}

// below reports whether a client that is there may lack something.
func (p SyncPoint) below(h *chat.Head) bool { return p.Seq < h.Seq || p.Rev != nil && *p.Rev < h.Rev }

// has reports whether a client that knows everything up to the moment has all of a
// conversation that it does not name.
func (m moment) has(h *held, head *chat.Head) bool {
	all, _ := m.knows(head.Moved())
	return all && !m.none() && m.had(h)
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

// unnamed says where one that is not named stands in the answer, and from which event on the
// client lacks them: none where it knows nothing of the conversation.
func (s *Service) unnamed(ctx context.Context, since moment, g *gained) error {
	all, from := since.knows(g.moved)
	switch {
	case all:
		g.late = byName
	case since.top > 0 && g.moved > since.top:
		g.late = movedSince
	}
	known := func(e *chat.ConvEvent) bool { return e.Clock < from }
	if all { // it was joined just now, and may have been answered since
		known = func(e *chat.ConvEvent) bool { return e.Time < g.joined }
	} else if from == 0 {
		return nil
	}
	rev, err := s.revAt(ctx, g.Conv, g.head.Rev, known)
	g.rev = &rev
	return err
}

// revAt is the number of the newest event of a conversation that is known; newest is that of
// the newest of all. Clocks and times grow with the numbers, so it halves what it looks at.
func (s *Service) revAt(ctx context.Context, c chat.Conversation, newest uint64, known func(*chat.ConvEvent) bool) (uint64, error) {
	low, high := uint64(0), newest // after low and up to high lies what is not known yet
	for low < high {
		mid := low + (high-low)/2
		list, err := s.ledger.ConvEvents(ctx, c, mid, 1)
		if err != nil {
			return 0, fmt.Errorf("read events: %w", err)
		}
		if len(list) == 0 || !known(list[0]) { // those that have expired are passed over
			high = mid
		} else {
			low = list[0].Rev
		}
	}
	return low, nil
}

// addConvs adds conversations to the page as long as there is room, and returns how many are
// left over, one that is answered in part among them.
func (s *Service) addConvs(ctx context.Context, by chat.Actor, q SyncQuery, list []gained, page *SyncPage) (left int, err error) {
	some := list[:min(len(list), syncConvs)]
	rows := make([]counted, len(some))
	for i := range some {
		rows[i] = some[i].counted
	}
	views, err := s.views(ctx, by, rows)
	if err != nil {
		return len(list), err
	}
	room := q.MaxBytes - eventBytes*len(page.Events)
	for i := range some {
		if room <= 0 && (i > 0 || len(page.Events) > 0) {
			page.Finished = false
			return len(list) - i, nil
		}
		item, err := s.syncConv(ctx, by, rows[i], views[i], some[i].rev, eventsIn(room))
		if err != nil {
			return len(list), err
		}
		room -= convBytes + eventBytes*len(item.Events)
		if item.Last != nil {
			room -= len(item.Last.Body)
		}
		page.Convs = append(page.Convs, item)
		if item.Head.Rev < rows[i].head.Rev {
			page.Finished = false
			return len(list) - i, nil
		}
	}
	page.Finished = page.Finished && len(some) == len(list)
	return len(list) - len(some), nil
}

// after is what a client knows that had the moment and is answered all of the list but the
// last few. Those that have to be named keep it where it is.
func (m moment) after(now moment, list []gained, left int) moment {
	if left == 0 {
		return now
	}
	if m.none() {
		m.ms, m.just = now.ms, now.just // they are all unknown, whenever they were joined
	}
	next := list[len(list)-left]
	// What has moved later than the next one is answered.
	gap := moment{floor: m.floor, from: next.moved + 1, top: now.floor, base: m.base, ms: m.ms, just: m.just}
	switch {
	case next.late == byName:
		return moment{floor: now.floor, base: cmp.Or(m.base, behind(m.top), behind(now.floor)), ms: m.ms, just: m.just}
	case next.late == movedSince:
		gap.floor, gap.base = m.top, cmp.Or(m.base, behind(m.top))
	case m.top > 0:
		gap.top = m.top
	}
	return gap
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
