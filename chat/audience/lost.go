package audience

import "github.com/teahouse-im/teahouse/chat"

// A viewer whose line broke and who comes again within lostFor has recovered; later, or
// when a room has lost more than maxLost meanwhile, they have joined. Both are choices.
const (
	lostFor = 600 // seconds
	maxLost = 1000
)

// Lose notes that u's line broke while they watched; now is in Unix seconds.
func (r *Rooms) Lose(c chat.Conversation, u chat.UserID, now int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.open(c)
	if len(room.lost) >= maxLost {
		for who, at := range room.lost {
			if now > at+lostFor {
				delete(room.lost, who)
			}
		}
	}
	if len(room.lost) >= maxLost {
		return
	}
	if room.lost == nil {
		room.lost = map[chat.UserID]int64{}
	}
	room.lost[u] = now
}

// Returns reports whether u comes again soon after their line broke, and forgets it.
func (r *Rooms) Returns(c chat.Conversation, u chat.UserID, now int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.all[c]
	if room == nil {
		return false
	}
	at, was := room.lost[u]
	delete(room.lost, u)
	return was && now <= at+lostFor
}
