package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// The follower looks at what was said, a while after it was: from the point of the commit
// clock up to which it has looked before, to a point that is old enough. So it
// reads the newest messages of each conversation that has moved, and writes nothing but what
// is to be sent, in the commit that moves the point.

// follower is the goroutine that follows the log for all apps.
type follower struct {
	feed  *ledger.Feed
	apps  map[chat.AppID]*following
	again []chat.AppID // whose cursor is to be read again
	floor uint64       // a point below everything that is not looked at in apps that are not followed yet
}

// following is how far the follower is with one app.
type following struct {
	app    chat.AppID
	cursor cursor
	stored *cursor // as it was made durable last; nil: never
	saved  int64   // when, Unix milliseconds
	cuts   []cut   // points to look up to, oldest first
	next   sets    // what has moved since the last of them
	trouble
	audiences map[chat.Shard]*audience
	entries   int // in audiences
}

// cut is a point up to which everything is said, and when it is looked at.
type cut struct {
	clock uint64
	at    int64 // Unix milliseconds
	moved sets
}

// sets are shards that have moved.
type sets struct {
	all   bool // more than are named
	named map[chat.Shard]struct{}
}

// Bounds of what the follower holds.
const (
	maxCuts      = 64
	maxNamed     = 100_000
	takenAtOnce  = 10_000
	convsAtOnce  = 256
	saidAtOnce   = 100 // of one conversation, the newest
	saidBytes    = 256 << 10
	saveInterval = 60_000 // milliseconds between cursors that only move
)

func (m *sets) add(s chat.Shard) {
	if m.all {
		return
	}
	if m.named == nil {
		m.named = map[chat.Shard]struct{}{}
	}
	m.named[s] = struct{}{}
	if len(m.named) > maxNamed {
		*m = sets{all: true}
	}
}

func (m *sets) join(other sets) {
	if other.all {
		*m = sets{all: true}
	}
	for s := range other.named {
		m.add(s)
	}
}

func (m *sets) some() bool { return m.all || len(m.named) > 0 }

// beat is how long the follower rests between two looks.
func (s *Service) beat() time.Duration {
	return min(max(s.Hold/5, 20*time.Millisecond), time.Second)
}

// follow is the goroutine of the follower.
func (s *Service) follow(apps []chat.AppID) {
	for _, app := range apps {
		if err := s.begin(s.stop, app); err != nil {
			s.log.Warn("queue of pushes not read", "app", app, "err", err)
		}
	}
	for {
		waits := s.look(s.stop)
		select {
		case <-s.stop.Done():
			s.saveAll()
			return
		case <-s.After(s.beat()):
		}
		if waits {
			continue
		}
		select {
		case <-s.stop.Done():
			s.saveAll()
			return
		case <-s.follower.feed.Ready():
		}
	}
}

// begin reads how far an app was looked at, and has what waits sent.
func (s *Service) begin(ctx context.Context, app chat.AppID) error {
	if _, err := s.load(ctx, app); err != nil {
		return err
	}
	if s.holders.of(app).some() {
		if _, err := s.following(ctx, app); err != nil {
			return err
		}
	}
	for _, c := range ChannelNames {
		rows, err := s.read.Rows(ctx, chat.AppShard(app), chat.RowKind(record.PushWaiting), prefixOf(c), "", 1)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			s.courier(app, c).nudge()
		}
	}
	return nil
}

// following is how far the follower is with an app; of one that it has not followed it
// looks at everything since the stored cursor, or else since the floor.
func (s *Service) following(ctx context.Context, app chat.AppID) (*following, error) {
	if f := s.follower.apps[app]; f != nil {
		return f, nil
	}
	if _, err := s.load(ctx, app); err != nil {
		return nil, err
	}
	c, err := cursors.Get(ctx, s.read, chat.AppShard(app), "")
	if err != nil {
		return nil, err
	}
	f := &following{app: app, audiences: map[chat.Shard]*audience{}, next: sets{all: true}}
	if f.cursor.Clock = s.follower.floor; c != nil {
		f.cursor, f.stored = *c, c
	}
	if f.cursor.Until != 0 { // it was at it
		f.cuts = []cut{{clock: f.cursor.Until, moved: sets{all: true}}}
	}
	s.follower.apps[app] = f
	return f, nil
}

// look takes what has moved and does what is due. It reports whether anything waits for
// its time.
func (s *Service) look(ctx context.Context) (waits bool) {
	clock := s.ledger.Delivered() // before the feed, which then has all up to it
	for {
		shards, lost := s.follower.feed.Take(takenAtOnce)
		if lost {
			for _, f := range s.follower.apps {
				f.next = sets{all: true}
			}
			continue
		}
		for _, shard := range shards {
			if s.ledger.IsShut(shard.App) {
				continue
			}
			f, err := s.following(ctx, shard.App)
			if err != nil {
				s.log.Warn("pushes of an app wait", "app", shard.App, "err", err)
				continue
			}
			f.next.add(shard)
		}
		if len(shards) < takenAtOnce {
			break
		}
	}
	now := s.read.NowMs()
	maps.DeleteFunc(s.follower.apps, func(app chat.AppID, _ *following) bool { return s.ledger.IsShut(app) })
	for _, f := range s.follower.apps {
		if f.next.some() && len(f.cuts) < maxCuts && clock > f.newest() {
			f.cuts = append(f.cuts, cut{clock: clock, at: now + max(0, s.Hold.Milliseconds()), moved: f.next})
			f.next = sets{}
		}
		s.due(ctx, f, now)
		waits = waits || len(f.cuts) > 0 || f.next.some()
	}
	s.follower.floor = clock
	for _, app := range s.follower.again {
		if _, err := s.following(ctx, app); err != nil {
			s.log.Warn("pushes of an app wait", "app", app, "err", err)
			continue
		}
		waits = true
	}
	s.follower.again = nil
	return waits
}

// newest is the newest point that was looked up to, or is to be.
func (f *following) newest() uint64 {
	if n := len(f.cuts); n > 0 {
		return f.cuts[n-1].clock
	}
	return f.cursor.Clock
}

// due looks at what an app has said up to the newest point that is old enough. A point that was
// begun is finished first.
func (s *Service) due(ctx context.Context, f *following, now int64) {
	for len(f.cuts) > 0 && f.cuts[0].at <= now && now >= f.until && ctx.Err() == nil {
		n := 1
		for f.cursor.Until == 0 && n < len(f.cuts) && f.cuts[n].at <= now {
			n++
		}
		one := f.cuts[n-1]
		var moved sets
		for _, c := range f.cuts[:n] {
			moved.join(c.moved)
		}
		later := &f.next
		if n < len(f.cuts) {
			later = &f.cuts[n].moved
		}
		if err := s.round(ctx, f, one.clock, moved, later); err != nil {
			if ctx.Err() == nil {
				f.failed(now)
				s.log.Warn("pushes of an app wait", "app", f.app, "err", err)
			}
			f.cuts[n-1].moved = moved
			f.cuts = f.cuts[n-1:]
			return
		}
		f.trouble = trouble{}
		f.cuts = slices.Delete(f.cuts, 0, n)
	}
}

// trouble is how often something has failed in a row, and until when it rests, Unix
// milliseconds.
type trouble struct {
	times int
	until int64
}

func (t *trouble) failed(now int64) {
	t.times++
	t.until = now + min(int64(1000)<<min(t.times, 6), 60_000)
}

// round looks at what lies between the cursor and a point. later gets what goes on behind
// the point: nobody tells of it again.
func (s *Service) round(ctx context.Context, f *following, until uint64, moved sets, later *sets) error {
	if until <= f.cursor.Clock {
		later.join(moved)
		return nil
	}
	r := &round{s: s, f: f, until: until, later: later, now: s.read.NowSec()}
	r.holding = s.holders.of(f.app)
	if r.holding.some() {
		if err := s.eachMoved(ctx, f, moved, r.conversations); err != nil {
			return err
		}
	}
	return r.finish()
}

// eachMoved hands on the conversations that may have moved, in order, without those that
// the round has been through.
func (s *Service) eachMoved(ctx context.Context, f *following, moved sets, use func(context.Context, []chat.Conversation) error) error {
	at := chat.Conversation{App: f.app, Kind: f.cursor.Kind, A: f.cursor.A, B: f.cursor.B}
	if f.cursor.Until == 0 {
		at = chat.Conversation{}
	}
	if moved.all {
		return s.eachOfApp(ctx, f, at, use)
	}
	list := make([]chat.Conversation, 0, len(moved.named))
	for shard := range moved.named {
		if c := shard.Conv(); c.Kind != 0 && inOrder(at, c) <= 0 {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, inOrder)
	for chunk := range slices.Chunk(list, convsAtOnce) {
		if err := use(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// eachOfApp goes through all conversations of an app that have moved since the cursor.
func (s *Service) eachOfApp(ctx context.Context, f *following, at chat.Conversation, use func(context.Context, []chat.Conversation) error) error {
	for _, kind := range []chat.Kind{chat.C2C, chat.InGroup} {
		if kind < at.Kind {
			continue
		}
		for after := (chat.Conversation{}); ; {
			page, err := s.read.Conversations(ctx, f.app, kind, after, convsAtOnce)
			if err != nil || len(page) == 0 {
				if err != nil {
					return fmt.Errorf("list conversations: %w", err)
				}
				break
			}
			after = page[len(page)-1].Conv
			var list []chat.Conversation
			for _, c := range page {
				if c.Moved > f.cursor.Clock && inOrder(at, c.Conv) <= 0 {
					list = append(list, c.Conv)
				}
			}
			if err := use(ctx, list); err != nil {
				return err
			}
		}
	}
	return nil
}

func inOrder(a, b chat.Conversation) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
}

// saveAll makes durable how far the follower is, where nothing is under way.
func (s *Service) saveAll() {
	for _, f := range s.follower.apps {
		if f.cursor.Until == 0 && (f.stored == nil || f.stored.Clock != f.cursor.Clock) {
			if err := s.save(f, f.cursor, nil); err != nil {
				s.log.Warn("how far pushes are was not saved", "app", f.app, "err", err)
			}
		}
	}
}

// errOther says that another has moved the cursor.
var errOther = errors.New("another follower is at it")

// save makes a cursor durable, with what is to be sent. When another has moved it, nothing
// is, and the follower goes on from there.
func (s *Service) save(f *following, c cursor, list []queued) error {
	was := f.stored
	err := s.ledger.Share(s.cut, chat.AppShard(f.app), 0, 64+len(list)*200, func(ctx context.Context, t *ledger.Turn) error {
		have, err := cursors.Get(ctx, t.Read, t.Shard, "")
		if err != nil {
			return err
		}
		if (have == nil) != (was == nil) || have != nil && *have != *was {
			return errOther
		}
		for _, q := range list {
			q.w.At, q.w.Due = t.Ms, t.Ms
			q.w.put(t, q.channel)
		}
		cursors.Put(t, "", &c)
		t.Commit.Rules = 0
		return nil
	})
	if errors.Is(err, errOther) {
		delete(s.follower.apps, f.app)
		s.follower.again = append(s.follower.again, f.app)
	}
	if err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	f.cursor, f.stored, f.saved = c, &c, s.read.NowMs()
	return nil
}

// beginCursor has an app followed from now on, over a crash too, before its first device
// is there.
func (s *Service) beginCursor(ctx context.Context, app chat.AppID) error {
	shard := chat.AppShard(app)
	if has, err := cursors.Has(ctx, s.read, shard, ""); err != nil || has {
		return err
	}
	from := cursor{Clock: s.ledger.Delivered()}
	return s.ledger.Share(ctx, shard, 0, 64, func(ctx context.Context, t *ledger.Turn) error {
		has, err := cursors.Has(ctx, t.Read, t.Shard, "")
		if err != nil || has {
			return err
		}
		cursors.Put(t, "", &from)
		t.Commit.Rules = 0
		return nil
	})
}

// queued is a push on its way into the queue.
type queued struct {
	w       *waiting
	channel ChannelName
}
