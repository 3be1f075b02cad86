package group

import "github.com/teahouse-im/teahouse/chat"

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
