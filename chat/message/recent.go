package message

import (
	"container/list"
	"slices"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// Of a live room nothing is stored. An app may have the newest messages kept in memory, for
// viewers who come later (spec/22b §12).

// Bounds of what is kept: of one room, and of all rooms together, above which the room where
// nothing was said for longest goes without.
const (
	maxRecent   = 100
	recentBytes = 16 << 20
)

// messageBytes is about what a message takes besides what it says.
const messageBytes = 512

// recents are the newest messages of live rooms.
type recents struct {
	mu    sync.Mutex
	rooms map[chat.Conversation]*list.Element // of *recent
	order list.List                           // the room that spoke last at the end
	bytes int
}

// recent is one room, its messages oldest first.
type recent struct {
	conv chat.Conversation
	made foundation
	list []*chat.Message
}

// foundation tells a group from another one that had its id.
type foundation struct {
	created int64
	founded uint64
}

func foundationOf(g *chat.Group) foundation { return foundation{g.Created, g.Founded} }

func newRecents() *recents { return &recents{rooms: map[chat.Conversation]*list.Element{}} }

// keepsRecent is how many messages of a live room an app has kept.
func keepsRecent(app *chat.App) int {
	if n := app.Limits.LiveRecent; n >= 0 {
		return min(n, maxRecent)
	}
	return maxRecent
}

// keep adds a message of g, of which at most so many are kept.
func (r *recents) keep(g *chat.Group, m *chat.Message, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.rooms[m.Conv]
	if e == nil {
		e = r.order.PushBack(&recent{conv: m.Conv, made: foundationOf(g)})
		r.rooms[m.Conv] = e
	}
	r.order.MoveToBack(e)
	one := e.Value.(*recent)
	if one.made != foundationOf(g) {
		r.drop(one, len(one.list))
		one.made = foundationOf(g)
	}
	r.drop(one, len(one.list)+1-most)
	one.list = append(one.list, m)
	for r.bytes += sizeOf(m); r.bytes > recentBytes; {
		r.forget(r.order.Front())
	}
}

// forget takes away a room. mu is held.
func (r *recents) forget(e *list.Element) {
	one := e.Value.(*recent)
	r.drop(one, len(one.list))
	r.order.Remove(e)
	delete(r.rooms, one.conv)
}

// drop takes away the oldest messages of a room. mu is held.
func (r *recents) drop(one *recent, n int) {
	if n <= 0 {
		return
	}
	for _, m := range one.list[:n] {
		r.bytes -= sizeOf(m)
	}
	one.list = slices.Delete(one.list, 0, n)
}

func sizeOf(m *chat.Message) int {
	return messageBytes + len(m.Body) + len(m.Cloud) + len(m.Push) + len(m.Quote)
}

// of lists what is kept of g, at most the newest so many, oldest first.
func (r *recents) of(g *chat.Group, most int) []*chat.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.rooms[g.Conv()]
	if e == nil || e.Value.(*recent).made != foundationOf(g) {
		return nil
	}
	all := e.Value.(*recent).list
	return slices.Clone(all[max(0, len(all)-most):])
}

// erase takes away what a user has said in a room.
func (r *recents) erase(c chat.Conversation, from chat.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.rooms[c]
	if e == nil {
		return
	}
	one := e.Value.(*recent)
	one.list = slices.DeleteFunc(one.list, func(m *chat.Message) bool {
		if m.From == from {
			r.bytes -= sizeOf(m)
		}
		return m.From == from
	})
	if len(one.list) == 0 {
		r.forget(e)
	}
}

// keepRecent keeps a message of a live room that viewers to come may see.
func (j *sending) keepRecent() {
	if most := keepsRecent(j.app); most > 0 && j.live() && j.msg.ForAll() {
		j.room.recents.keep(j.group, j.msg, most)
	}
}
