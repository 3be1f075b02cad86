package broker

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// indexShards is how many locks the maps of users and audiences are spread over.
const indexShards = 64

// userKey and groupKey name a user and a group across apps.
type userKey struct {
	app  chat.AppID
	user chat.UserID
}

type groupKey struct {
	app   chat.AppID
	group chat.GroupID
}

// index holds the users with their sessions, and the groups with their connected
// members.
//
// Locks are taken in the order user.mu, audience.mu, session.mu; a shard's lock
// is held for the map alone.
type index struct {
	seed    maphash.Seed
	users   [indexShards]userShard
	groups  [indexShards]groupShard
	figures sync.Map // chat.AppID → *figures
}

type userShard struct {
	mu sync.RWMutex
	m  map[userKey]*user
}

type groupShard struct {
	mu sync.RWMutex
	m  map[groupKey]*audience
}

func newIndex() *index {
	x := &index{seed: maphash.MakeSeed()}
	for i := range x.users {
		x.users[i].m = map[userKey]*user{}
		x.groups[i].m = map[groupKey]*audience{}
	}
	return x
}

func (x *index) userShard(k userKey) *userShard {
	return &x.users[maphash.Comparable(x.seed, k)%indexShards]
}

func (x *index) groupShard(k groupKey) *groupShard {
	return &x.groups[maphash.Comparable(x.seed, k)%indexShards]
}

// user returns a user's record, or nil when there is none.
func (x *index) user(k userKey) *user {
	sh := x.userShard(k)
	sh.mu.RLock()
	u := sh.m[k]
	sh.mu.RUnlock()
	return u
}

// locked returns a user's record with its lock held. It creates the record if there
// is none.
func (x *index) locked(k userKey) *user {
	for {
		sh := x.userShard(k)
		sh.mu.Lock()
		u := sh.m[k]
		if u == nil {
			u = &user{key: k, figures: x.figuresOf(k.app)}
			sh.m[k] = u
		}
		sh.mu.Unlock()
		u.mu.Lock()
		if !u.dead {
			return u
		}
		u.mu.Unlock()
	}
}

// drop removes a user's record if nothing in it is in use. u.mu is held.
func (x *index) drop(u *user) {
	if u.dead || len(u.all) > 0 || len(u.rooms) > 0 || u.loading != nil {
		return
	}
	u.dead = true
	sh := x.userShard(u.key)
	sh.mu.Lock()
	if sh.m[u.key] == u {
		delete(sh.m, u.key)
	}
	sh.mu.Unlock()
}

// everyone calls f for every user.
func (x *index) everyone(f func(*user)) {
	var list []*user
	for i := range x.users {
		sh := &x.users[i]
		sh.mu.RLock()
		list = list[:0]
		for _, u := range sh.m {
			list = append(list, u)
		}
		sh.mu.RUnlock()
		for _, u := range list {
			f(u)
		}
	}
}

// user is one user, their sessions, and the audiences that list them.
type user struct {
	key     userKey
	figures *figures // of the app
	// online are the connected sessions, oldest connection first. The slice is
	// never changed, only replaced; writers hold mu.
	online atomic.Pointer[[]*session]

	mu     sync.Mutex
	dead   bool       // dropped from the index; look it up again
	all    []*session // connected and resumable, one for a client id; few
	groups map[chat.GroupID]*audience
	// rooms are the AVChatRooms watched. They are known only from Joined and Left and
	// so are kept while the user is away.
	rooms   map[chat.GroupID]*audience
	loading *loading
	loaded  bool // groups holds the memberships
	// hushed are peers whose messages the user does not want; nil for most. Writers hold mu.
	hushed atomic.Pointer[map[chat.UserID]hush]
	// absent are sessions that may be resumed and have left memory, while rooms are watched.
	absent []absence
}

// loading is a read of a user's memberships under way. Joins and leaves that arrive
// meanwhile are newer than what is read.
type loading struct {
	moved map[chat.GroupID]bool      // true: joined
	wants map[chat.GroupID]chat.Want // what Wishes says
	peers []chat.Wish                // likewise
	ready chan struct{}
	err   error
}

// session is the user's session of a client id, or nil. mu is held.
func (u *user) session(client string) *session {
	for _, s := range u.all {
		if s.client == client {
			return s
		}
	}
	return nil
}

// forget removes a session. mu is held.
func (u *user) forget(s *session) {
	if i := slices.Index(u.all, s); i >= 0 {
		u.all = slices.Delete(u.all, i, i+1)
	}
}

// sessions are the connected sessions.
func (u *user) sessions() []*session {
	if p := u.online.Load(); p != nil {
		return *p
	}
	return nil
}

// audience is the connected members of a group. For an AVChatRoom it also has the
// viewers whose sessions wait to be resumed.
type audience struct {
	key  groupKey
	mu   sync.RWMutex
	dead bool
	list []*user
	at   map[*user]int
	// quiet are those of them who do not want all of the group's messages. Of a community
	// topics has those who want a topic's differently, and which they want.
	quiet  map[*user]chat.Want
	topics map[chat.GroupID]map[*user]chat.Want
	live   atomic.Pointer[liveRoom] // once it was a large AVChatRoom
	apart  aparts
}

// audience returns a group's audience, nil when nobody is there.
func (x *index) audience(k groupKey) *audience {
	sh := x.groupShard(k)
	sh.mu.RLock()
	a := sh.m[k]
	sh.mu.RUnlock()
	return a
}

// list adds u to a group's audience. u.mu is held.
func (x *index) list(u *user, g chat.GroupID) *audience {
	k := groupKey{u.key.app, g}
	for {
		sh := x.groupShard(k)
		sh.mu.Lock()
		a := sh.m[k]
		if a == nil {
			a = &audience{key: k, at: map[*user]int{}}
			sh.m[k] = a
		}
		sh.mu.Unlock()
		if a.add(u) {
			return a
		}
	}
}

// add reports false when the audience has been dropped from the index.
func (a *audience) add(u *user) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return false
	}
	if _, ok := a.at[u]; !ok {
		a.at[u] = len(a.list)
		a.list = append(a.list, u)
	}
	return true
}

// unlist removes u from an audience, and drops the audience if it is empty.
func (x *index) unlist(u *user, a *audience) {
	a.mu.Lock()
	if i, ok := a.at[u]; ok {
		last := len(a.list) - 1
		a.list[i] = a.list[last]
		a.at[a.list[i]] = i
		a.list[last] = nil
		a.list = a.list[:last]
		delete(a.at, u)
		a.forgetWishes(u)
	}
	empty := len(a.list) == 0 && !a.dead
	a.dead = a.dead || empty
	a.mu.Unlock()
	if !empty {
		return
	}
	sh := x.groupShard(a.key)
	sh.mu.Lock()
	if sh.m[a.key] == a {
		delete(sh.m, a.key)
	}
	sh.mu.Unlock()
}

// size is how many users are listed.
func (a *audience) size() int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return len(a.list)
}

// members copies the list.
func (a *audience) members() []*user {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return append([]*user(nil), a.list...)
}
