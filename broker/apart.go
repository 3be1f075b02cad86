package broker

import (
	"slices"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// maxApart bounds what is remembered of messages that are not for everybody, of one
// conversation.
const maxApart = 64

// aparts remembers for an audience the newest messages of its conversations if they are
// not for everybody, oldest first: those since the last one that is, or since somebody is
// here, at most maxApart. A community's topics share its audience and have lanes of their
// own.
type aparts struct {
	mu sync.Mutex
	of map[chat.GroupID][]*chat.Message
}

// pass notes a stored message on its way to the audience, and returns those not for
// everybody that came right before it. Messages of one conversation pass in order. Where
// every message is for everybody it takes no lock.
func (a *aparts) pass(m *chat.Message) (before []*chat.Message) {
	if m.ForAll() && m.Skips[0] == 0 {
		return nil
	}
	g := m.Conv.Group()
	a.mu.Lock()
	defer a.mu.Unlock()
	before = a.of[g]
	if m.ForAll() {
		delete(a.of, g)
		return before
	}
	if n := len(before); n > 0 && before[n-1].Seq != m.Seq-1 {
		before = nil
	}
	if a.of == nil {
		a.of = map[chat.GroupID][]*chat.Message{}
	}
	from := max(0, len(before)-maxApart+1)
	// Who sees it is all that is asked of it. Parcels keep the old list.
	a.of[g] = append(slices.Clone(before[from:]), &chat.Message{Conv: m.Conv, Seq: m.Seq, From: m.From, To: m.To, Control: m.Control})
	return before
}

// forget drops what is remembered of a topic that is gone.
func (a *aparts) forget(g chat.GroupID) {
	a.mu.Lock()
	delete(a.of, g)
	a.mu.Unlock()
}
