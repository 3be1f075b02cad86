package audience

import (
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Marks of viewers (spec/22b §12). They live as long as the viewer watches.
const (
	MarkOnline = 500  // counts as online without a connection, for markOnlineFor
	MarkHidden = 600  // is listed only when asked for by this mark
	MarkOwn    = 1000 // and above: what they mean is the app's
	MaxMarks   = 10   // of a room

	markOnlineFor = 3 * 24 * 3600 // seconds
	maxMarked     = 1000          // viewers of a mark
)

// Marking gives a viewer marks, or takes them away.
type Marking struct {
	User  chat.UserID
	Marks []int
}

// Mark sets or removes marks of viewers of a room, and returns those that were done;
// now is in Unix seconds. watched reports whether any of those named watches.
func (r *Rooms) Mark(c chat.Conversation, set bool, list []Marking, now int64) (done []Marking, watched bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.all[c]
	if room == nil || len(room.viewers) == 0 {
		return nil, false
	}
	for _, m := range list {
		_, there := room.viewers[m.User]
		watched = watched || there
		if one := (Marking{User: m.User, Marks: room.change(m, set, now)}); len(one.Marks) > 0 {
			done = append(done, one)
		}
	}
	return done, watched
}

// change marks one viewer and returns which of the marks were done.
func (r *room) change(m Marking, set bool, now int64) (done []int) {
	for _, mark := range m.Marks {
		if set && r.mark(m.User, mark, now) || !set && r.unmarkOne(m.User, mark) {
			done = append(done, mark)
		}
	}
	return done
}

// marks are the marks of a room's viewers.
type marks struct {
	of    map[chat.UserID][]int // ascending
	count map[int]int
	// lasting are those marked as online, until when (Unix seconds), whether or not
	// they watch.
	lasting map[chat.UserID]int64
}

// mark gives u a mark. It returns false if the room has no room for it, or if u does
// not watch.
func (r *room) mark(u chat.UserID, m int, now int64) bool {
	if _, ok := r.viewers[u]; !ok {
		return false
	}
	if r.marks == nil {
		r.marks = &marks{of: map[chat.UserID][]int{}, count: map[int]int{}, lasting: map[chat.UserID]int64{}}
	}
	if !r.marks.set(u, m) || m == MarkOnline && !r.marks.last(u, now) {
		r.tidy(u)
		return false
	}
	return true
}

func (m *marks) set(u chat.UserID, mark int) bool {
	at, has := slices.BinarySearch(m.of[u], mark)
	switch {
	case has:
	case m.count[mark] == 0 && len(m.count) >= MaxMarks, m.count[mark] >= maxMarked:
		return false
	default:
		m.of[u] = slices.Insert(m.of[u], at, mark)
		m.count[mark]++
	}
	return true
}

// last has u count as online for a while. Those who left are counted too.
func (m *marks) last(u chat.UserID, now int64) bool {
	maps.DeleteFunc(m.lasting, func(_ chat.UserID, until int64) bool { return until <= now })
	if len(m.lasting) >= maxMarked {
		return false
	}
	m.lasting[u] = now + markOnlineFor
	return true
}

// unmarkOne takes a mark from u. It returns false if u does not watch.
func (r *room) unmarkOne(u chat.UserID, m int) bool {
	if r.marks != nil {
		r.marks.clear(u, m)
		r.tidy(u)
	}
	_, ok := r.viewers[u]
	return ok
}

func (m *marks) clear(u chat.UserID, mark int) {
	if at, has := slices.BinarySearch(m.of[u], mark); has {
		m.of[u] = slices.Delete(m.of[u], at, at+1)
		m.less(mark)
	}
	if mark == MarkOnline {
		delete(m.lasting, u)
	}
}

// unmark takes all marks from somebody who leaves, but that they count as online.
func (r *room) unmark(u chat.UserID) {
	if r.marks == nil {
		return
	}
	for _, m := range r.marks.of[u] {
		r.marks.less(m)
	}
	delete(r.marks.of, u)
	r.tidy(u)
}

// less counts one fewer with mark m.
func (m *marks) less(mark int) {
	if m.count[mark]--; m.count[mark] == 0 {
		delete(m.count, mark)
	}
}

// tidy forgets what is empty.
func (r *room) tidy(u chat.UserID) {
	if len(r.marks.of[u]) == 0 {
		delete(r.marks.of, u)
	}
	if len(r.marks.of) == 0 && len(r.marks.lasting) == 0 {
		r.marks = nil
	}
}

// marksOf are u's marks.
func (r *room) marksOf(u chat.UserID) []int {
	if r.marks == nil {
		return nil
	}
	return slices.Clone(r.marks.of[u])
}

// hasMark reports whether u has a mark.
func (r *room) hasMark(u chat.UserID, m int) bool {
	if r.marks == nil {
		return false
	}
	_, has := slices.BinarySearch(r.marks.of[u], m)
	return has
}

// online counts the viewers, and those who count as such; now is in Unix seconds.
func (r *room) online(now int64) int {
	n := len(r.viewers)
	if r.marks == nil {
		return n
	}
	for u, until := range r.marks.lasting {
		if _, watches := r.viewers[u]; !watches && until > now {
			n++
		}
	}
	return n
}
