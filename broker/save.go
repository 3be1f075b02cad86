package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
)

// How often the state of a session is saved, at most: while it is connected, and when
// its connection has ended. After a crash a client gets again what it was sent since.
const (
	snapshotEvery = time.Minute
	restEvery     = 10 * time.Second
)

// state is what to save of a session now. mu is held.
func (s *session) state(now time.Time) *chat.SessionState {
	k := s.user.key
	d := sessions.State{
		ID: s.id, Events: s.events.last, Expiry: int64(s.expiry / time.Second),
		Away: s.away, Since: s.lag.since, Born: s.born,
	}
	if d.Away == 0 {
		d.Away = now.UnixMilli()
	}
	if !s.lag.behind {
		d.Since = s.b.handed()
	}
	s.addLag(&d)
	until := s.until
	if s.link != nil {
		until = at(now.Add(s.expiry))
	}
	s.stored, s.dirty = true, false
	s.savedAt, s.goodFor = at(now), at(now.Add(s.expiry/4))
	return &chat.SessionState{App: k.app, User: k.user, Client: s.client, Expires: until.time().Unix(), Data: d.Encode()}
}

// unsaved is how a session stood with the store before its state was taken to be saved.
type unsaved struct {
	session *session
	stored  bool
	goodFor moment
}

// back undoes what state has noted, since the store did not take it: the session is
// saved later, as soon as others are.
func (was unsaved) back() {
	s := was.session
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored, s.goodFor, s.dirty = was.stored, was.goodFor, true
}

// notRenewed has the filters written again later, since the store did not take them.
func (s *session) notRenewed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewAt = 0
}

// addLag adds what must be read again after a restart: the lag set, and what was
// sent but not acknowledged.
func (s *session) addLag(d *sessions.State) {
	next, revs := lags{}, lags{}
	for c, e := range s.lag.convs {
		if !e.passed {
			next.note(c, e.next, e.head)
		}
	}
	for c, e := range s.events.convs {
		revs.note(c, chat.Seq(e.next), chat.Seq(e.head))
	}
	for _, p := range s.out.queue {
		switch {
		case p.done || p.seq == 0:
		case p.f.conv.Kind == 0:
			d.Events = min(d.Events, p.seq-1)
		case p.event:
			revs.note(p.f.conv, chat.Seq(p.seq), chat.Seq(p.seq))
		default:
			next.note(p.f.conv, chat.Seq(p.seq), chat.Seq(p.seq))
		}
	}
	if u := s.events.user; u.next != 0 {
		d.Events = min(d.Events, u.next-1)
	}
	d.Lag, d.Revs = next.list(s.user.key.user), revs.list(s.user.key.user)
}

// lags are stretches of conversations' logs that are to be read.
type lags map[chat.Conversation]sessions.Lag

func (l lags) note(c chat.Conversation, from, head chat.Seq) {
	if e, ok := l[c]; ok {
		from, head = min(from, e.Next), max(head, e.Head)
	}
	l[c] = sessions.Lag{Next: from, Head: head}
}

func (l lags) list(u chat.UserID) (list []sessions.Lag) {
	for c, e := range l {
		e.Conv = c.For(u)
		list = append(list, e)
	}
	return list
}

// endure makes a session that was attached durable: what CONNACK says is so also
// after a crash (spec/00 §6). What is saved already is not saved again.
func (s *session) endure() error {
	now := s.b.opt.Now()
	s.mu.Lock()
	kept := s.expiry > 0
	s.savedAt = at(now) // or it is as good as saved: nothing has been sent yet
	var st *chat.SessionState
	was := unsaved{s, s.stored, s.goodFor}
	if kept && (!s.stored || s.goodFor.passed(now)) {
		st = s.state(now)
	}
	var rows []chat.Row
	if kept && s.filters.Load().Len() > 0 && s.renewAt.passed(now) {
		rows = s.renewal(now)
	}
	s.mu.Unlock()
	ctx := context.WithoutCancel(s.b.ctx)
	if rows != nil {
		if err := s.b.store.Apply(ctx, []*chat.Commit{{Shard: s.rows().Shard(), Rows: rows}}); err != nil {
			s.notRenewed()
			was.back()
			return fmt.Errorf("keep filters: %w", err)
		}
	}
	if st != nil {
		if err := s.b.store.SaveSessions(ctx, []*chat.SessionState{st}); err != nil {
			was.back()
			return fmt.Errorf("save session: %w", err)
		}
	}
	return nil
}

// restore rebuilds a session from the store. It returns nil when there is none or
// it has expired.
func (b *Broker) restore(k userKey, l *hooks.Link) (*session, error) {
	client := l.Actor.Device
	st, err := b.store.Session(b.ctx, k.app, k.user, client)
	if err != nil {
		return nil, chat.Internal(chat.CodeInternal, fmt.Errorf("load session: %w", err))
	}
	if st == nil {
		return nil, nil
	}
	d, err := sessions.DecodeState(st.Data)
	if err != nil || l.CleanStart || d.Born != l.Born || st.Expires != 0 && st.Expires <= b.opt.Now().Unix() {
		return nil, b.erase(k, client, d)
	}
	s := &session{b: b, client: client, id: d.ID, number: b.numbers.Add(1), born: d.Born, stored: true}
	s.expiry = time.Duration(d.Expiry) * time.Second
	s.goodFor = at(time.Unix(st.Expires, 0).Add(-s.expiry * 3 / 4))
	s.away = d.Away
	s.events.last = d.Events
	if err := s.load(sessions.Rows{App: k.app, User: k.user, ID: d.ID}); err != nil {
		return nil, chat.Internal(chat.CodeInternal, err)
	}
	s.behindWith(k, d)
	b.enter(k, s)
	return s, nil
}

// load reads the rows of a session.
func (s *session) load(r sessions.Rows) error {
	handled, err := r.Handled(s.b.ctx, s.b.store)
	if err != nil {
		return err
	}
	s.pubs = hooks.NewInbound(s.b.kept(r), handled)
	filters, expires, err := r.Filters(s.b.ctx, s.b.store)
	if err != nil {
		return err
	}
	s.renewAt = at(time.Unix(expires, 0).Add(-s.b.opt.MaxSessionExpiry))
	subs := make([]topics.Subscription, 0, len(filters))
	for _, f := range filters {
		if filter, err := topics.ParseFilter(f.Text); err == nil {
			subs = append(subs, topics.Subscription{Filter: filter, QoS: f.QoS})
		}
	}
	var none *topics.Set
	s.filters.Store(none.With(subs...))
	return nil
}

// behindWith fills in the lag.
func (s *session) behindWith(k userKey, d *sessions.State) {
	s.lag.behind, s.lag.since = true, d.Since
	for _, e := range d.Lag {
		s.lag.found(e.Conv.Of(k.app, k.user), e.Next, e.Head, true)
	}
	for _, e := range d.Revs {
		s.events.add(e.Conv.Of(k.app, k.user), uint64(e.Next), uint64(e.Head))
	}
}

// eventsBehind notes the user events that came since the last one sent. Later ones
// are live, since the session is connected by now.
func (b *Broker) eventsBehind(s *session) error {
	head, err := b.store.Head(b.ctx, chat.UserShard(s.user.key.app, s.user.key.user))
	if err != nil {
		return chat.Internal(chat.CodeInternal, fmt.Errorf("user events: %w", err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if newest := max(head.EventSeq, s.events.user.head); newest > s.events.last {
		s.events.user = revs{s.events.last + 1, newest}
	}
	return nil
}
