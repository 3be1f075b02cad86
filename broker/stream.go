package broker

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// streams is who listens to the streams of their apps (spec/00 §4). While nobody
// does, a message costs one load.
type streams struct {
	apps atomic.Pointer[map[chat.AppID]*appStream] // nil: nobody. Never changed, only replaced
	mu   sync.Mutex                                // held to replace; taken after a session's
}

// appStream is who listens to one app's stream. It is never changed.
type appStream struct {
	all    []*session // with filters of their own
	shares []*share
}

// share is the sessions that have a shared filter of one name: each message goes
// to one of them.
type share struct {
	name string
	of   []*session
	turn atomic.Uint32
}

// of returns an app's stream, nil when nobody listens.
func (x *streams) of(app chat.AppID) *appStream {
	if m := x.apps.Load(); m != nil {
		return (*m)[app]
	}
	return nil
}

// enter makes a session one of those that listen, as its filters ask, or none of
// them when it is silent. Its mu is held.
func (x *streams) enter(s *session, set *topics.Set, listens bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	app := s.user.key.app
	next := (&appStream{}).without(x.of(app), s)
	if listens {
		next.add(s, set)
	}
	all := map[chat.AppID]*appStream{}
	if m := x.apps.Load(); m != nil {
		maps.Copy(all, *m)
	}
	if all[app] = next; len(next.all)+len(next.shares) == 0 {
		delete(all, app)
	}
	if len(all) == 0 {
		x.apps.Store(nil)
		return
	}
	x.apps.Store(&all)
}

// without makes st a copy of old that lacks s.
func (st *appStream) without(old *appStream, s *session) *appStream {
	if old == nil {
		return st
	}
	other := func(list []*session) []*session {
		return slices.DeleteFunc(slices.Clone(list), func(o *session) bool { return o == s })
	}
	st.all = other(old.all)
	for _, sh := range old.shares {
		if of := other(sh.of); len(of) > 0 {
			st.shares = append(st.shares, &share{name: sh.name, of: of})
		}
	}
	return st
}

// add enters a session. The stream is not published yet.
func (st *appStream) add(s *session, set *topics.Set) {
	if set.Stream() {
		st.all = append(st.all, s)
	}
	for _, name := range set.Shares() {
		i := slices.IndexFunc(st.shares, func(sh *share) bool { return sh.name == name })
		if i < 0 {
			i = len(st.shares)
			st.shares = append(st.shares, &share{name: name})
		}
		st.shares[i].of = append(st.shares[i].of, s)
	}
}

// listen brings the streams up to date with a session. mu is held.
func (s *session) listen() {
	set := s.filters.Load()
	listens := s.live && (set.Stream() || len(set.Shares()) > 0)
	if listens || s.listens {
		s.b.streams.enter(s, set, listens)
		s.listens = listens
	}
}

// Watched implements chat.Deliverer.
func (b *Broker) Watched(app chat.AppID) bool { return b.streams.of(app) != nil }

// Happened implements chat.Deliverer.
func (b *Broker) Happened(e *chat.Event) {
	to := topics.AppEvent(e.Kind)
	st := b.streams.of(e.App)
	if st == nil || b.opt.AfterBody == nil || !st.asks(to) {
		return
	}
	app, err := b.svc.App(e.App)
	if err != nil {
		return
	}
	body, err := b.opt.AfterBody(app, e)
	if err != nil {
		b.log.Error("no body for the app's stream", "app", uint32(e.App), "kind", string(e.Kind), "err", err)
		return
	}
	st.tell(b, app, &face{to: to, payload: body})
}

// show tells an app's stream of a message that is stored.
func (st *appStream) show(b *Broker, p *parcel) {
	if !p.stored() {
		return
	}
	m := p.m
	target := chat.ToUser(m.Peer())
	if m.Conv.Kind == chat.InGroup {
		target = chat.ToGroup(m.Conv.Group())
	}
	to := topics.AppMessage(m.From, target)
	if !st.asks(to) {
		return
	}
	if app, err := b.svc.App(m.Conv.App); err == nil {
		st.tell(b, app, &face{conv: m.Conv, to: to, payload: p.body(m.Seq - 1)}) // administrators see every message: no gaps
	}
}

// asks reports whether anybody would be told on a topic. Shared filters ask for
// all of the stream.
func (st *appStream) asks(to topics.Outbound) bool {
	return len(st.shares) > 0 || slices.ContainsFunc(st.all, func(s *session) bool { return s.asks(to) })
}

func (s *session) asks(to topics.Outbound) bool {
	_, ok := s.filters.Load().QoS(to)
	return ok
}

// tell sends to those who listen, now or not at all: nothing waits for anybody.
// Former administrators hear nothing.
func (st *appStream) tell(b *Broker, app *chat.App, f *face) {
	for _, s := range st.all {
		if s.asks(f.to) && app.IsAdmin(s.user.key.user) && !s.offer(f) {
			b.count.dropped.Add(1)
		}
	}
	for _, sh := range st.shares {
		if !sh.tell(app, f) {
			b.count.dropped.Add(1)
		}
	}
}

// tell sends to the next session that takes it; one that is behind is passed over.
func (sh *share) tell(app *chat.App, f *face) bool {
	first := int(sh.turn.Add(1))
	for i := range sh.of {
		if s := sh.of[(first+i)%len(sh.of)]; app.IsAdmin(s.user.key.user) && s.offer(f) {
			return true
		}
	}
	return false
}

// offer sends with QoS 0, and reports false when the session does not take it.
func (s *session) offer(f *face) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready(0) || s.maxBytes > 0 && len(f.frame(s.version, 0).bytes) > s.maxBytes || !s.put(f, 0, 0) {
		return false
	}
	s.b.count.streamed.Add(1)
	return true
}
