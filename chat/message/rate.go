package message

import (
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// rates keeps each group's message rate (spec/20 §8): so many messages a
// second, then Normal and Low ones are dropped, High ones only past the same number again.
// Of messages with equal priority those that come later are dropped: a choice, the
// original picks at random.
type rates struct {
	mu     sync.Mutex
	second int64
	// sent counts this second's messages by conversation; cleared when it is over.
	sent map[chat.Conversation]*tally
}

type tally struct{ all, high int }

func newRates() *rates { return &rates{sent: map[chat.Conversation]*tally{}} }

// allow reports whether one more message may pass in the second that now, in
// Unix seconds, falls into. A negative limit is none.
func (r *rates) allow(c chat.Conversation, p chat.Priority, limit int, now int64) bool {
	if limit < 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now != r.second {
		r.second = now
		clear(r.sent)
	}
	t := r.sent[c]
	if t == nil {
		t = &tally{}
		r.sent[c] = t
	}
	if t.all < limit {
		t.all++
		return true
	}
	if p == chat.High && t.high < limit {
		t.high++
		return true
	}
	return false
}
