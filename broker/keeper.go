package broker

import (
	"context"
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
	handed := b.handed()
	var ended []*session
	var states []*chat.SessionState
	b.index.everyone(func(u *user) {
		u.mu.Lock()
		defer u.mu.Unlock()
		for _, s := range u.all {
			st, over := s.tick(now, handed)
			if over {
				ended = append(ended, s)
			}
			if st != nil {
				states = append(states, st)
			}
		}
	})
	for _, s := range ended {
		b.expire(s, now)
	}
	for len(states) > 0 {
		n := min(saveBatch, len(states))
		if err := b.store.SaveSessions(context.WithoutCancel(b.ctx), states[:n]); err != nil {
			b.log.Error("save sessions failed", "sessions", n, "err", err)
			return
		}
		states = states[n:]
	}
}

// tick does what is due for one session. It returns a snapshot to be written, if
// any, and whether the session is over or its Will is due.
func (s *session) tick(now time.Time, handed uint64) (*chat.SessionState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil {
		return nil, s.will != nil && s.willAt.passed(now) || s.until.passed(now)
	}
	s.lag.purge(handed)
	s.wake() // after a read that failed
	if exp := s.link.TicketExpires(); exp != 0 && now.Unix() > exp {
		s.close(s.link, chat.KickTicketExpired, "")
	}
	if s.expiry <= 0 || !s.live || !s.saveAt.passed(now) {
		return nil, false
	}
	s.saveAt = at(now.Add(snapshotEvery))
	if !s.dirty && !(s.savedAt + moment(s.expiry/4)).passed(now) { // nothing new, and the row will not expire soon
		return nil, false
	}
	s.stored, s.dirty, s.savedAt = true, false, at(now)
	st, err := s.state(now)
	if err != nil {
		s.b.log.Error("save session failed", "app", uint32(s.user.key.app), "user", string(s.user.key.user), "err", err)
		return nil, false
	}
	return st, false
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
