package broker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// keep looks at every session once per tick until the broker closes, for expired
// tickets and sessions, due Wills and due snapshots. One goroutine for all sessions
// costs less than a timer each.
func (b *Broker) keep() {
	defer b.workers.Done()
	t := time.NewTicker(b.opt.Tick)
	defer t.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-t.C:
			b.tick(b.opt.Now())
		}
	}
}

// saveBatch is how many sessions one call to the store saves.
const saveBatch = 256

func (b *Broker) tick(now time.Time) {
	b.door.Share()
	due := dues{handed: b.handed(), holds: b.keysHold()}
	b.index.everyone(func(u *user) {
		u.mu.Lock()
		defer u.mu.Unlock()
		for _, s := range u.all {
			s.tick(now, &due)
		}
		if u.alone(now) {
			due.alone = append(due.alone, u.key)
		}
	})
	for _, s := range due.over {
		b.expire(s, now)
	}
	for _, s := range due.idle {
		b.evict(s, now)
	}
	for _, k := range due.alone {
		b.svc.Offline(b.ctx, chat.Actor{App: k.app, User: k.user}, "", "", true)
	}
	b.write(context.WithoutCancel(b.ctx), &due)
	b.removals.retry()
	b.watchers.over(now.Unix())
}

// dues is what a look at all sessions finds to do.
type dues struct {
	handed  uint64                          // commit clock
	holds   func(chat.AppID, [16]byte) bool // see keysHold
	over    []*session                      // expired, or with a Will that is due
	idle    []*session                      // to leave memory
	alone   []userKey                       // without sessions, see user.alone
	states  []*session                      // whose state is to be saved
	filters []renewal
}

// renewal is a commit that makes the filters of a session good for longer.
type renewal struct {
	session *session
	commit  *chat.Commit
}

// write saves what is due, some at a time. What a full disk refuses is due again.
func (b *Broker) write(ctx context.Context, due *dues) {
	for list := range slices.Chunk(due.states, saveBatch) {
		if err := b.saveAll(ctx, list); err != nil {
			if !full(err) {
				b.log.Error("save sessions failed", "sessions", len(list), "err", err)
			}
			return
		}
	}
	for list := range slices.Chunk(due.filters, saveBatch) {
		if err := b.renewAll(ctx, list); err != nil {
			if !full(err) {
				b.log.Error("keep filters failed", "sessions", len(list), "err", err)
			}
			return
		}
	}
}

// full reports whether the store has refused a write because its disk is full, which it
// says in the log itself, once.
func full(err error) bool { return errors.Is(err, chat.ErrBusy) }

// renewAll writes the filters of sessions again.
func (b *Broker) renewAll(ctx context.Context, list []renewal) error {
	commits := make([]*chat.Commit, len(list))
	for i, r := range list {
		commits[i] = r.commit
	}
	err := b.store.Apply(ctx, commits)
	if err != nil {
		for _, r := range list {
			r.session.notRenewed()
		}
	}
	return err
}

// saveAll writes the states of those sessions that are still there. It holds their
// stripes meanwhile: a session that is erased in between must not come back, and
// the state of one that has followed it must not be replaced.
func (b *Broker) saveAll(ctx context.Context, list []*session) error {
	var held []int // in ascending order, so that nobody waits in a circle
	for _, s := range list {
		held = append(held, b.stripeOf(s.user.key, s.client))
	}
	slices.Sort(held)
	held = slices.Compact(held)
	for _, i := range held {
		b.locks[i].Lock()
		defer b.locks[i].Unlock()
	}
	now := b.opt.Now()
	states := make([]*chat.SessionState, 0, len(list))
	saved := make([]unsaved, 0, len(list))
	for _, s := range list {
		if st, was := s.stateNow(now); st != nil {
			states, saved = append(states, st), append(saved, was)
		}
	}
	err := b.store.SaveSessions(ctx, states)
	if err != nil {
		for _, was := range saved {
			was.back()
		}
	}
	return err
}

// stateNow is the state to save of a session, nil when it is not there any more.
func (s *session) stateNow(now time.Time) (*chat.SessionState, unsaved) {
	u := s.user
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.session(s.client) != s {
		return nil, unsaved{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil && s.link.LoggedOut() { // its row is gone already
		return nil, unsaved{}
	}
	was := unsaved{s, s.stored, s.goodFor}
	return s.state(now), was
}

// keysHold asks whether keys of tickets are still in force, each once: many
// sessions have been opened with one.
func (b *Broker) keysHold() func(chat.AppID, [16]byte) bool {
	keys, ok := b.opt.Tickets.(hooks.Keys)
	if !ok {
		return func(chat.AppID, [16]byte) bool { return true }
	}
	type appKey struct {
		app chat.AppID
		key [16]byte
	}
	known := map[appKey]bool{}
	return func(app chat.AppID, key [16]byte) bool {
		k := appKey{app, key}
		holds, ok := known[k]
		if !ok {
			holds = keys.KeyHolds(uint32(app), key)
			known[k] = holds
		}
		return holds
	}
}

// tick notes what is due for one session.
func (s *session) tick(now time.Time, due *dues) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil {
		s.tickDetached(now, due)
		return
	}
	s.lag.purge(due.handed)
	if s.sysAt != 0 && s.sysAt.passed(now) {
		s.system(now)
	}
	s.wake() // after a read that failed
	if exp := s.link.TicketExpires(); exp != 0 && now.Unix() > exp {
		s.close(s.link, chat.KickTicketExpired, chat.KickedBy{})
	} else if !due.holds(s.user.key.app, s.link.TicketKey()) {
		s.close(s.link, chat.KickTicketRevoked, chat.KickedBy{})
	}
	if s.expiry > 0 && s.live {
		s.keepUp(now, due)
	}
}

// keepUp notes what a connected session that is kept has to write. mu is held.
func (s *session) keepUp(now time.Time, due *dues) {
	if s.filters.Load().Len() > 0 && s.renewAt.passed(now) {
		due.filters = append(due.filters, renewal{s, &chat.Commit{Shard: s.rows().Shard(), Rows: s.renewal(now)}})
	}
	if s.dirty && s.savedBefore(now, snapshotEvery) || s.goodFor.passed(now) {
		due.states = append(due.states, s)
	}
}

// tickDetached notes what is due for a session without a connection. mu is held.
func (s *session) tickDetached(now time.Time, due *dues) {
	switch {
	case s.will != nil && s.willAt.passed(now), s.until.passed(now):
		due.over = append(due.over, s)
	case s.dirty && s.savedBefore(now, restEvery):
		due.states = append(due.states, s)
	case s.forgettable(now):
		due.idle = append(due.idle, s)
	}
}

// savedBefore reports whether the state was saved so long ago, or never. mu is held.
func (s *session) savedBefore(now time.Time, d time.Duration) bool {
	return (s.savedAt + moment(d)).passed(now)
}

// expire sends a detached session's Will when it is due, and ends the session
// when its time is over.
func (b *Broker) expire(s *session, now time.Time) {
	stripe := b.stripe(s.user.key, s.client)
	stripe.Lock()
	defer stripe.Unlock()
	s.mu.Lock()
	over := s.link == nil && s.until.passed(now)
	var will *hooks.Will
	if s.link == nil && s.will != nil && (over || s.willAt.passed(now)) {
		will, s.will = s.will, nil
	}
	s.mu.Unlock()
	if will != nil {
		will.Fire()
	}
	if !over {
		return
	}
	if last := b.discard(s); last {
		by := chat.Actor{App: s.user.key.app, User: s.user.key.user, Device: s.client}
		b.svc.Offline(b.ctx, by, "", "", true)
	}
}
