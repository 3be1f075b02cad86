package broker

import (
	"context"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/hooks"
)

// handledBeyond is how much longer than any session a row about a publish is kept.
const handledBeyond = 24 * time.Hour

// rows are the rows of the session, which is kept.
func (s *session) rows() sessions.Rows {
	return sessions.Rows{App: s.user.key.app, User: s.user.key.user, ID: s.id}
}

// kept is where the publishes of a kept session are remembered.
func (b *Broker) kept(r sessions.Rows) *hooks.Kept {
	return &hooks.Kept{Rows: r, Keeper: b.removals}
}

// removal is a row that is to go, and who waits for that.
type removal struct {
	shard chat.Shard
	row   chat.Row
	done  func(error)
}

// removals gathers rows to be removed, over all sessions: the commit under way is the
// time in which the next one gathers. There is one for each packet id that a client
// has used, at most.
type removals struct {
	now  func() time.Time
	good time.Duration // how long a row about a publish is kept

	mu     sync.Mutex // guards all below
	list   []removal
	ended  []sessions.Rows           // all of whose rows are to go
	erased map[place]*sessions.State // sessions that a full disk has kept in the store
	wake   chan struct{}             // holds one
}

// place is where a session is stored.
type place struct {
	user   userKey
	client string
}

func newRemovals(o *Options) *removals {
	return &removals{now: o.Now, good: o.MaxSessionExpiry + handledBeyond, erased: map[place]*sessions.State{}, wake: make(chan struct{}, 1)}
}

// Expires implements hooks.Keeper.
func (r *removals) Expires() int64 { return r.now().Add(r.good).Unix() }

// Remove implements hooks.Keeper.
func (r *removals) Remove(shard chat.Shard, row chat.Row, done func(error)) {
	r.mu.Lock()
	r.list = append(r.list, removal{shard, row, done})
	r.mu.Unlock()
	r.call()
}

// end has all rows of a session removed that has ended. What a crash leaves expires.
func (r *removals) end(rows sessions.Rows) {
	r.mu.Lock()
	r.ended = append(r.ended, rows)
	r.mu.Unlock()
	r.call()
}

func (r *removals) call() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// again takes back what a full disk has refused; retry comes for it.
func (r *removals) again(list []removal, ended []sessions.Rows) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(list, r.list...)
	r.ended = append(ended, r.ended...)
}

// eraseLater remembers a session that is to go from the store: was is its state, nil when
// that is not known.
func (r *removals) eraseLater(at place, was *sessions.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.erased[at] = was
}

// retry wakes what removes when something is left to be removed.
func (r *removals) retry() {
	r.mu.Lock()
	left := len(r.list)+len(r.ended)+len(r.erased) > 0
	r.mu.Unlock()
	if left {
		r.call()
	}
}

func (r *removals) takeErased() map[place]*sessions.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.erased) == 0 {
		return nil
	}
	list := r.erased
	r.erased = map[place]*sessions.State{}
	return list
}

func (r *removals) take() (list []removal, ended []sessions.Rows) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list, ended = r.list, r.ended
	r.list, r.ended = nil, nil
	return list, ended
}

// remove removes rows until the broker closes. Packet ids whose rows are left then are
// taken at the next start, and their clients ask again.
func (b *Broker) remove() {
	defer b.workers.Done()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.removals.wake:
		}
		list, ended := b.removals.take()
		if len(list) > 0 {
			b.removeRows(list)
		}
		for _, rows := range ended {
			err := b.removeAll(rows)
			switch {
			case full(err):
				b.removals.again(nil, []sessions.Rows{rows})
			case err != nil:
				b.log.Error("remove rows of an ended session failed", "app", uint32(rows.App), "user", string(rows.User), "err", err)
			}
		}
		for at, was := range b.removals.takeErased() {
			b.eraseNow(at, was)
		}
	}
}

// eraseNow erases a session that lay in the store because the disk was full, unless
// another one lies there by now.
func (b *Broker) eraseNow(at place, was *sessions.State) {
	stripe := b.stripe(at.user, at.client)
	stripe.Lock()
	defer stripe.Unlock()
	if b.storedAnew(at) {
		if was != nil {
			b.removals.end(sessions.Rows{App: at.user.app, User: at.user.user, ID: was.ID})
		}
		return
	}
	if err := b.erase(at.user, at.client, was); err != nil {
		b.log.Error("delete session failed", "app", uint32(at.user.app), "user", string(at.user.user), "err", err)
	}
}

// storedAnew reports whether the session of a client in memory has been saved.
func (b *Broker) storedAnew(at place) bool {
	u := b.index.locked(at.user)
	defer u.mu.Unlock()
	s := u.session(at.client)
	if s == nil {
		b.index.drop(u)
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored
}

// removeRows removes rows and tells those who wait. While the disk is full they go on
// waiting.
func (b *Broker) removeRows(list []removal) {
	err := b.store.Apply(context.WithoutCancel(b.ctx), commitsOf(list))
	if full(err) {
		b.removals.again(list, nil)
		return
	}
	if err != nil {
		b.log.Error("remove rows of sessions failed", "rows", len(list), "err", err)
	}
	for _, r := range list {
		r.done(err)
	}
}

// removeAll removes the rows of a session that has ended.
func (b *Broker) removeAll(rows sessions.Rows) error {
	for more := true; more; {
		var gone []chat.Row
		var err error
		if gone, more, err = rows.Leftovers(b.ctx, b.store); err != nil || len(gone) == 0 {
			return err
		}
		if err := b.store.Apply(context.WithoutCancel(b.ctx), []*chat.Commit{{Shard: rows.Shard(), Rows: gone}}); err != nil {
			return err
		}
	}
	return nil
}

// commitsOf makes one commit for each user.
func commitsOf(list []removal) []*chat.Commit {
	var commits []*chat.Commit
	at := map[chat.Shard]*chat.Commit{}
	for _, r := range list {
		c := at[r.shard]
		if c == nil {
			c = &chat.Commit{Shard: r.shard}
			at[r.shard] = c
			commits = append(commits, c)
		}
		c.Rows = append(c.Rows, r.row)
	}
	return commits
}
