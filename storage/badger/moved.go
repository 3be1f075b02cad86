package badger

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// movedMost is how many conversations of one user are noted; beyond it the half that moved
// first is forgotten.
const movedMost = 256

// movedIndex notes, of users who have been asked for, which of their one-to-one conversations
// have moved since, so that who asks again need not look at each. It is bounded in what it
// notes; a shard of it holds two generations, like cache. Who is not in it is looked up the
// long way.
//
// The committer notes what it has made durable before readers can see the clock of it, so
// what is noted is never less than what the clock covers.
type movedIndex struct {
	seed   maphash.Seed
	users  atomic.Int64  // in all shards; 0: nobody needs to be looked for
	upTo   atomic.Uint64 // the clock up to which the committer has noted or is noting
	shards [cacheShards]movedShard
}

type movedShard struct {
	mu         sync.Mutex // guards all below
	limit      int        // users and conversations of one generation
	size       int        // of young
	young, old map[movedKey]*movedUser
}

type movedKey struct {
	app  chat.AppID
	user chat.UserID
}

// movedUser is what is noted of one user: all that moved after from.
type movedUser struct {
	from  uint64
	peers map[chat.UserID]uint64 // when the conversation with them moved last, on the commit clock
}

func newMovedIndex(entries int) *movedIndex {
	x := &movedIndex{seed: maphash.MakeSeed()}
	for i := range x.shards {
		x.shards[i].limit = max(entries/cacheShards/2, 1)
		x.shards[i].young = map[movedKey]*movedUser{}
	}
	return x
}

func (x *movedIndex) shard(u chat.UserID) *movedShard {
	return &x.shards[maphash.String(x.seed, string(u))%cacheShards]
}

// Moved implements chat.Log.
func (s *Store) Moved(_ context.Context, app chat.AppID, u chat.UserID, after uint64) ([]chat.UserID, bool, error) {
	peers, ok := s.moved.since(movedKey{app, u}, after)
	return peers, ok, nil
}

// since lists the peers whose conversation with a user has moved after a clock; ok is false
// when that is not known. From then on it will be.
func (x *movedIndex) since(k movedKey, after uint64) (peers []chat.UserID, ok bool) {
	s := x.shard(k.user)
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.young[k]
	if u == nil {
		if u = s.old[k]; u == nil {
			u = &movedUser{from: x.upTo.Load()}
		}
		x.add(s, k, u)
	}
	if after < u.from {
		return nil, false
	}
	for peer, clock := range u.peers {
		if clock > after {
			peers = append(peers, peer)
		}
	}
	return peers, true
}

// add puts a user among the young ones.
func (x *movedIndex) add(s *movedShard, k movedKey, u *movedUser) {
	had := len(s.young) + len(s.old)
	if s.size > 0 && s.size+1+len(u.peers) > s.limit {
		s.old, s.young, s.size = s.young, map[movedKey]*movedUser{}, 0
	}
	delete(s.old, k)
	s.young[k] = u
	s.size += 1 + len(u.peers)
	x.users.Add(int64(len(s.young) + len(s.old) - had))
}

// note is the committer's: heads are those of a transaction, before is the clock before it, and
// upTo that after it.
func (x *movedIndex) note(heads map[chat.Shard]headState, before, upTo uint64) {
	x.upTo.Store(upTo)
	if x.users.Load() == 0 {
		return
	}
	for shard, h := range heads {
		if shard.Kind != chat.C2C {
			continue
		}
		if clock := h.Moved(); clock > before {
			x.noteOf(movedKey{shard.App, chat.UserID(shard.A)}, chat.UserID(shard.B), clock)
			x.noteOf(movedKey{shard.App, chat.UserID(shard.B)}, chat.UserID(shard.A), clock)
		}
	}
}

func (x *movedIndex) noteOf(k movedKey, peer chat.UserID, clock uint64) {
	s := x.shard(k.user)
	s.mu.Lock()
	defer s.mu.Unlock()
	u, young := s.young[k], 1
	if u == nil {
		if u, young = s.old[k], 0; u == nil {
			return
		}
	}
	had := len(u.peers)
	u.note(peer, clock)
	s.size += young * (len(u.peers) - had)
}

func (u *movedUser) note(peer chat.UserID, clock uint64) {
	if u.peers == nil {
		u.peers = map[chat.UserID]uint64{}
	}
	if u.peers[peer] = clock; len(u.peers) <= movedMost {
		return
	}
	clocks := make([]uint64, 0, len(u.peers))
	for _, c := range u.peers {
		clocks = append(clocks, c)
	}
	slices.Sort(clocks)
	u.from = clocks[len(clocks)/2]
	for p, c := range u.peers {
		if c <= u.from {
			delete(u.peers, p)
		}
	}
}
