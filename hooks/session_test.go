package hooks

import (
	"slices"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// maxExpiry is the longest a session of a test outlives its connection, seconds.
const maxExpiry = 7 * 86400

// table stands for the broker: it keeps sessions and delivers nothing.
type table struct {
	mu      sync.Mutex
	clients []*client
	all     map[sessionKey]*session
	err     error    // what Attach answers, if anything
	pubs    *Inbound // the table of the next new session, if it is not to be empty
}

type sessionKey struct {
	app    chat.AppID
	user   chat.UserID
	device string
}

func newTable() *table { return &table{all: map[sessionKey]*session{}} }

func (s *table) add(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients = append(s.clients, c)
}

// hangUp closes every connection and waits until the door is done with it.
func (s *table) hangUp() {
	s.mu.Lock()
	list := s.clients
	s.mu.Unlock()
	for _, c := range list {
		_ = c.Close()
		<-c.over
	}
}

// Attach implements Sessions. Unlike the broker it leaves an earlier connection
// of the client open.
func (s *table) Attach(l *Link) (Session, bool, error) {
	l.Transport.(*client).link = l
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, false, s.err
	}
	l.Expiry = min(l.Expiry, maxExpiry)
	key := sessionKey{l.Actor.App, l.Actor.User, l.Actor.Device}
	kept := s.all[key]
	present := kept != nil && kept.expiry > 0 && !l.CleanStart
	if !present {
		kept = &session{pubs: s.pubs}
		if s.pubs == nil {
			kept.pubs = NewInbound(nil, nil)
		}
		s.all[key] = kept
	}
	kept.expiry = l.Expiry
	return kept, present, nil
}

// session is what is kept of a client.
type session struct {
	pubs   *Inbound
	expiry uint32 // table.mu guards it

	mu      sync.Mutex // guards all below
	filters *topics.Set
	watched []chat.UserID
	freed   []uint16 // outbound packet ids that the client has acknowledged
	err     error    // what Subscribe and Unsubscribe answer, if anything
}

// Start implements Session.
func (s *session) Start(*Link) {}

// LogOut implements Session.
func (*session) LogOut(*Link) {}

// Detach implements Session.
func (s *session) Detach(l *Link, end Ending) { l.Transport.(*client).ended <- end }

// Publishes implements Session.
func (s *session) Publishes() *Inbound { return s.pubs }

// Filters implements Session.
func (s *session) Filters() *topics.Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filters
}

// Subscribe implements Session.
func (s *session) Subscribe(list []topics.Subscription) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.filters = s.filters.With(list...)
	return nil
}

// Unsubscribe implements Session.
func (s *session) Unsubscribe(filters []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.filters = s.filters.Without(filters...)
	return nil
}

// fail has Subscribe and Unsubscribe fail from now on.
func (s *session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Present implements Session.
func (s *session) Present() {}

// maxWatched is how many users a session of a test watches.
const maxWatched = 3

// Watch implements Session.
func (s *session) Watch(_ *Link, users []chat.UserID) []chat.UserID {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(users), maxWatched-len(s.watched))
	s.watched = append(s.watched, users[:n]...)
	return users[n:]
}

// Unwatch implements Session.
func (s *session) Unwatch(_ *Link, users []chat.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = slices.DeleteFunc(s.watched, func(u chat.UserID) bool { return users == nil || slices.Contains(users, u) })
}

// Acked implements Session.
func (s *session) Acked(id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed = append(s.freed, id)
	return id < strangeAcks
}

// strangeAcks are ids from here on, of which the session knows nothing.
const strangeAcks = 60000

// acked lists what Acked was told.
func (s *session) acked() []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.freed)
}

// Notify implements Session.
func (s *session) Notify(l *Link, to topics.Outbound, payload, correlation []byte) bool {
	if _, ok := s.Filters().QoS(to); !ok {
		return false
	}
	c := l.Transport.(*client)
	if c.isClosed() {
		return false
	}
	c.out <- notified(to, payload, correlation)
	return true
}
