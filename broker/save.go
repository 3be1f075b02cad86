package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
)

// snapshotEvery bounds the age of a connected session's saved state. After a crash
// a client gets again what it was sent since.
const snapshotEvery = time.Minute

// saved is chat.SessionState.Data: what a restart needs of a session. It grows with
// the number of conversations that lag, not with their messages.
type saved struct {
	Version  int           `json:"v"`
	Filters  []savedFilter `json:"f"`
	Since    uint64        `json:"c"`           // commit clock up to which it was served
	Lag      []savedLag    `json:"l,omitempty"` // to be read again, by conversation
	Events   uint64        `json:"e"`           // newest user event sent
	Away     int64         `json:"t"`           // when it was saved or last served, Unix ms
	Received []uint16      `json:"r,omitempty"` // QoS 2 ids committed and not released
	Expiry   int64         `json:"x"`           // seconds
	Born     int64         `json:"b"`           // of the account
}

type savedFilter struct {
	Filter string `json:"f"`
	QoS    byte   `json:"q"`
}

type savedLag struct {
	Conv string   `json:"c"` // as the user sees it: c2c/bob, group/g
	Next chat.Seq `json:"n"`
	Head chat.Seq `json:"h"`
}

// savedVersion is the only version; a session saved in another is not resumed.
const savedVersion = 1

// state is what to save of a session now. mu is held.
func (s *session) state(now time.Time) (*chat.SessionState, error) {
	k := s.user.key
	d := saved{
		Version: savedVersion, Received: s.pubs.Received(), Events: s.events.last,
		Expiry: int64(s.expiry / time.Second), Away: s.away, Since: s.lag.since, Born: s.born,
	}
	if d.Away == 0 {
		d.Away = now.UnixMilli()
	}
	if !s.lag.behind {
		d.Since = s.b.handed()
	}
	for _, sub := range s.filters.Load().All() {
		d.Filters = append(d.Filters, savedFilter{sub.Filter.String(), sub.QoS})
	}
	d.addLag(s)
	data, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	until := s.until
	if s.link != nil {
		until = at(now.Add(s.expiry))
	}
	return &chat.SessionState{App: k.app, User: k.user, Client: s.client, Expires: until.time().Unix(), Data: data}, nil
}

// addLag adds what must be read again after a restart: the lag set, and what was
// sent but not acknowledged.
func (d *saved) addLag(s *session) {
	next := map[chat.Conversation]savedLag{}
	note := func(c chat.Conversation, from, head chat.Seq) {
		if e, ok := next[c]; ok {
			from, head = min(from, e.Next), max(head, e.Head)
		}
		next[c] = savedLag{Next: from, Head: head}
	}
	for c, e := range s.lag.convs {
		if !e.passed {
			note(c, e.next, e.head)
		}
	}
	for _, p := range s.out.queue {
		switch {
		case p.done || p.seq == 0:
		case p.f.conv.Kind == 0:
			d.Events = min(d.Events, p.seq-1)
		default:
			note(p.f.conv, chat.Seq(p.seq), chat.Seq(p.seq))
		}
	}
	if u := s.events.user; u.next != 0 {
		d.Events = min(d.Events, u.next-1)
	}
	for c, e := range next {
		e.Conv = c.For(s.user.key.user).String()
		d.Lag = append(d.Lag, e)
	}
}

// save writes a detached session.
func (b *Broker) save(s *session) {
	s.mu.Lock()
	st, err := s.state(b.opt.Now())
	s.stored = true
	s.mu.Unlock()
	if err == nil {
		err = b.store.SaveSessions(context.WithoutCancel(b.ctx), []*chat.SessionState{st})
	}
	if err != nil {
		b.log.Error("save session failed", "app", uint32(s.user.key.app), "user", string(s.user.key.user), "err", err)
	}
}

// restore rebuilds a session from the store. It returns nil when there is none or
// it has expired.
func (b *Broker) restore(k userKey, l *hooks.Link) (*session, error) {
	client := l.Actor.Device
	st, err := b.store.Session(b.ctx, k.app, k.user, client)
	if err != nil {
		return nil, chat.Internal(chat.CodeInternal, fmt.Errorf("load session: %w", err))
	}
	now := b.opt.Now()
	if st == nil {
		return nil, nil
	}
	var d saved
	if json.Unmarshal(st.Data, &d) != nil || d.Version != savedVersion || d.Born != l.Born ||
		st.Expires != 0 && st.Expires <= now.Unix() {
		return nil, b.erase(k, client)
	}
	s := &session{b: b, client: client, number: b.numbers.Add(1), born: d.Born, pubs: hooks.NewInbound(d.Received), stored: true}
	s.expiry = time.Duration(d.Expiry) * time.Second
	s.away = d.Away
	s.events.last = d.Events
	s.behindWith(k, &d)
	b.enter(k, s)
	return s, nil
}

// behindWith fills in filters and lag.
func (s *session) behindWith(k userKey, d *saved) {
	subs := make([]topics.Subscription, 0, len(d.Filters))
	for _, f := range d.Filters {
		if filter, err := topics.ParseFilter(f.Filter); err == nil {
			subs = append(subs, topics.Subscription{Filter: filter, QoS: f.QoS})
		}
	}
	var none *topics.Set
	s.filters.Store(none.With(subs...))
	s.lag.behind, s.lag.since = true, d.Since
	for _, e := range d.Lag {
		if t, ok := chat.ParseTarget(e.Conv); ok {
			s.lag.found(t.Of(k.app, k.user), e.Next, e.Head)
		}
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
