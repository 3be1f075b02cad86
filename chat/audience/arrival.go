package audience

import "github.com/teahouse-im/teahouse/chat"

// Query asks for viewers of a room, those who came last first.
type Query struct {
	Before int64 // who came before then, Unix microseconds; 0: all
	Mark   int   // those with this mark only; 0: all but those with MarkHidden
	Among  int   // of them, the newest so many
	Limit  int   // how many at most
}

// Viewer is somebody who watches a room.
type Viewer struct {
	User  chat.UserID
	Came  int64 // Unix microseconds
	Marks []int // ascending
}

// Newest lists viewers of a room.
func (r *Rooms) Newest(c chat.Conversation, q Query) []Viewer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	room := r.all[c]
	if room == nil {
		return nil
	}
	page := room.newest(q.Before, q.Among, q.Limit, func(u chat.UserID) bool {
		if q.Mark != 0 {
			return room.hasMark(u, q.Mark)
		}
		return !room.hasMark(u, MarkHidden)
	})
	list := make([]Viewer, len(page))
	for i, a := range page {
		list[i] = Viewer{a.user, a.at, room.marksOf(a.user)}
	}
	return list
}

// add makes u a viewer.
func (r *room) add(u chat.UserID, now int64) {
	if r.viewers == nil {
		r.viewers = map[chat.UserID]int64{}
	}
	r.latest = max(r.latest+1, now*1000)
	r.viewers[u] = r.latest
	r.arrived = append(r.arrived, arrival{r.latest, u})
}

// remove takes u, who is a viewer, out of the room with their marks.
func (r *room) remove(u chat.UserID) {
	delete(r.viewers, u)
	if len(r.viewers) == 0 { // a map that was large keeps its buckets
		r.viewers, r.arrived = nil, nil
	} else if len(r.arrived) > 2*len(r.viewers)+64 {
		r.compact()
	}
	r.unmark(u)
}

// compact takes those off the list of arrivals who have left since.
func (r *room) compact() {
	kept := make([]arrival, 0, len(r.viewers))
	for _, a := range r.arrived {
		if r.watches(a) {
			kept = append(kept, a)
		}
	}
	r.arrived = kept
}

// watches reports whether somebody has stayed since they came.
func (r *room) watches(a arrival) bool { return r.viewers[a.user] == a.at }

// newest lists viewers, those who came last first: those who came before a
// moment (Unix microseconds, 0: all), and are among the newest so many of all that show lets through.
func (r *room) newest(before int64, among, most int, show func(chat.UserID) bool) (list []arrival) {
	for i := len(r.arrived) - 1; i >= 0 && among > 0 && len(list) < most; i-- {
		a := r.arrived[i]
		if !r.watches(a) || !show(a.user) {
			continue
		}
		among--
		if before == 0 || a.at < before {
			list = append(list, a)
		}
	}
	return list
}
