// Package memory is an engine of [chat.Store] that keeps everything in maps:
// for tests of the core and the doors, and for whoever wants no disk. It is an
// engine and not a mock: storage/storagetest asks of it what it asks of the others,
// except to be there after Close.
//
// It refuses to be clever: one lock, and rows of what has expired stay until
// somebody asks for the space.
//
// Start reading at [Store.Apply] in append.go.
package memory

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Options of an engine; the zero value works.
type Options struct {
	Now func() time.Time // nil: time.Now
}

var errClosed = errors.New("store is closed")

// Store is everything, until Close.
type Store struct {
	now func() time.Time

	mu     sync.RWMutex // guards all below
	closed bool
	clock  uint64 // largest Message.Clock
	serial uint64 // of the newest outbox event
	apps   map[chat.AppID]chat.App
	convs  map[chat.Conversation]*conversation
	users  map[userKey]*user
	groups map[groupKey]*group
	outbox map[string]*chat.Event
	dead   map[string]*chat.Event
}

var _ chat.Store = (*Store)(nil)

type userKey struct {
	app chat.AppID
	id  chat.UserID
}

type groupKey struct {
	app chat.AppID
	id  chat.GroupID
}

// conversation holds message n at msgs[n-1] and event n at events[n-1].
type conversation struct {
	head    chat.Head
	msgs    []*chat.Message
	events  []*chat.ConvEvent
	senders map[chat.UserID]chat.SenderStat
	first   map[chat.DedupKey]first
	readers map[chat.Seq]map[chat.UserID]int64 // when they read it, Unix milliseconds
}

// first is the message a dedup key stands for, and until when; a zero time is
// for as long as the message is there.
type first struct {
	seq   chat.Seq
	until time.Time
}

// user is what hangs on a user, whether his account exists or not.
type user struct {
	account  *chat.Account
	blocks   map[chat.UserID]int64
	events   []*chat.UserEvent // number n at n-1
	sessions map[string]*chat.SessionState
	marks    map[chat.Conversation]chat.ReadMark
	groups   map[chat.GroupID]chat.Membership
}

// group outlives its row only by its mutes.
type group struct {
	row     *chat.Group
	members map[chat.UserID]*chat.Member
	mutes   map[chat.UserID]int64

	applications map[applicationKey]*chat.Application
}

// New returns an empty store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{
		now:    o.Now,
		serial: uint64(o.Now().UnixMicro()), // ids of events differ from those of earlier stores
		apps:   map[chat.AppID]chat.App{},
		convs:  map[chat.Conversation]*conversation{},
		users:  map[userKey]*user{},
		groups: map[groupKey]*group{},
		outbox: map[string]*chat.Event{},
		dead:   map[string]*chat.Event{},
	}
}

// Close implements chat.Store; later writes fail.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// write runs change alone.
func (s *Store) write(change func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	change()
	return nil
}

// The rows for writing are made when they are asked for.

func (s *Store) conv(c chat.Conversation) *conversation {
	row := s.convs[c]
	if row == nil {
		row = &conversation{
			senders: map[chat.UserID]chat.SenderStat{}, first: map[chat.DedupKey]first{},
			readers: map[chat.Seq]map[chat.UserID]int64{},
		}
		s.convs[c] = row
	}
	return row
}

func (s *Store) user(app chat.AppID, u chat.UserID) *user {
	k := userKey{app, u}
	row := s.users[k]
	if row == nil {
		row = &user{
			blocks:   map[chat.UserID]int64{},
			sessions: map[string]*chat.SessionState{},
			marks:    map[chat.Conversation]chat.ReadMark{},
			groups:   map[chat.GroupID]chat.Membership{},
		}
		s.users[k] = row
	}
	return row
}

func (s *Store) group(app chat.AppID, g chat.GroupID) *group {
	k := groupKey{app, g}
	row := s.groups[k]
	if row == nil {
		row = &group{members: map[chat.UserID]*chat.Member{}, mutes: map[chat.UserID]int64{}}
		s.groups[k] = row
	}
	return row
}

// lapsed reports whether something that expires then (Unix seconds, 0 never)
// is gone.
func (s *Store) lapsed(expires int64) bool { return expires != 0 && expires <= s.now().Unix() }

// pageKeys returns at most limit keys after the given one in byte order.
func pageKeys[K ~string, V any](m map[K]V, after K, limit int) []K {
	keys := slices.Sorted(maps.Keys(m))
	i, found := slices.BinarySearch(keys, after)
	if found {
		i++
	}
	keys = keys[i:]
	return keys[:max(0, min(limit, len(keys)))]
}
