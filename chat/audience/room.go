package audience

import (
	"slices"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// Rooms knows who watches each AVChatRoom and how far its numbers have
// counted. Viewers are not stored (spec/20 §2): the room is empty after a restart.
type Rooms struct {
	mu  sync.RWMutex
	all map[chat.Conversation]*room
	// of is all from the side of the viewers, so that leaving needs no search.
	of map[watcher]map[chat.Conversation]struct{}
}

// room is one AVChatRoom with its viewers. Its count of numbers stays until
// the group is disbanded, since a client drops what does not count up.
type room struct {
	seq     chat.Seq
	viewers map[chat.UserID]int64 // when each came, Unix microseconds; no two at once
	arrived []arrival             // the same in order, and some who have left since
	latest  int64                 // of arrived
	marks   *marks                // nil: nobody is marked
	lost    map[chat.UserID]int64 // when the lines of viewers broke, Unix seconds; see lost.go
	second  int64                 // of told, Unix seconds
	told    int                   // tips of coming and going in it
}

type arrival struct {
	at   int64
	user chat.UserID
}

// roomTips bounds the tips of coming and going in one AVChatRoom a second.
// Each is delivered to every viewer, so that without a bound a crowd would cost its square: a
// choice, as no document names the original's.
const roomTips = 10

// watcher is a user of an app.
type watcher struct {
	app  chat.AppID
	user chat.UserID
}

// New returns rooms that nobody watches.
func New() *Rooms {
	return &Rooms{all: map[chat.Conversation]*room{}, of: map[watcher]map[chat.Conversation]struct{}{}}
}

// Next counts one message of the room up, from the given number in a room that
// has not counted yet.
func (r *Rooms) Next(c chat.Conversation, from chat.Seq) chat.Seq {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.open(c)
	if room.seq == 0 {
		room.seq = from
	}
	room.seq++
	return room.seq
}

// Enter makes u a viewer from now on, Unix milliseconds. It returns false if u is
// one already.
func (r *Rooms) Enter(c chat.Conversation, u chat.UserID, now int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.open(c)
	if _, ok := room.viewers[u]; ok {
		return false
	}
	room.add(u, now)
	who := watcher{c.App, u}
	if r.of[who] == nil {
		r.of[who] = map[chat.Conversation]struct{}{}
	}
	r.of[who][c] = struct{}{}
	return true
}

// Leave removes viewer u. It returns false if u was none.
func (r *Rooms) Leave(c chat.Conversation, u chat.UserID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.all[c]
	if room == nil {
		return false
	}
	if _, ok := room.viewers[u]; !ok {
		return false
	}
	room.remove(u)
	if len(room.viewers) == 0 && room.seq == 0 && room.marks == nil {
		delete(r.all, c)
	}
	r.forget(c, u)
	return true
}

// Has reports whether u watches.
func (r *Rooms) Has(c chat.Conversation, u chat.UserID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	room := r.all[c]
	if room == nil {
		return false
	}
	_, ok := room.viewers[u]
	return ok
}

// Count is the number of those online in the room; now is in Unix seconds.
func (r *Rooms) Count(c chat.Conversation, now int64) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if room := r.all[c]; room != nil {
		return room.online(now)
	}
	return 0
}

// Busy lists the rooms of an app that somebody watches, in byte order.
func (r *Rooms) Busy(app chat.AppID) []chat.GroupID {
	r.mu.RLock()
	var list []chat.GroupID
	for c, room := range r.all {
		if c.App == app && len(room.viewers) > 0 {
			list = append(list, c.Group())
		}
	}
	r.mu.RUnlock()
	slices.Sort(list)
	return list
}

// MayTell reports whether the room may be told of one more coming or going in
// this second, and counts it.
func (r *Rooms) MayTell(c chat.Conversation, now int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.all[c]
	if room == nil {
		return false
	}
	if room.second != now {
		room.second, room.told = now, 0
	}
	room.told++
	return room.told <= roomTips
}

// Watched lists the rooms u watches, in no order.
func (r *Rooms) Watched(app chat.AppID, u chat.UserID) []chat.Conversation {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []chat.Conversation
	for c := range r.of[watcher{app, u}] {
		list = append(list, c)
	}
	return list
}

// Viewers lists who watches, in no order.
func (r *Rooms) Viewers(c chat.Conversation) []chat.UserID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	room := r.all[c]
	if room == nil {
		return nil
	}
	list := make([]chat.UserID, 0, len(room.viewers))
	for u := range room.viewers {
		list = append(list, u)
	}
	return list
}

// Close forgets the room.
func (r *Rooms) Close(c chat.Conversation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.all[c]
	if room == nil {
		return
	}
	for u := range room.viewers {
		r.forget(c, u)
	}
	delete(r.all, c)
}

// open finds or makes the room; the caller holds mu.
func (r *Rooms) open(c chat.Conversation) *room {
	if r.all[c] == nil {
		r.all[c] = &room{}
	}
	return r.all[c]
}

// forget takes c off u's list; the caller holds mu.
func (r *Rooms) forget(c chat.Conversation, u chat.UserID) {
	who := watcher{c.App, u}
	delete(r.of[who], c)
	if len(r.of[who]) == 0 {
		delete(r.of, who)
	}
}
