package badger

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// TestMessageAfterDropStartsFresh queues a drop and, from a second caller, a
// message for the same shard, so that both could share a transaction. Nothing of the
// dropped group may count for the message: neither its dedup keys nor its senders' numbers.
func TestMessageAfterDropStartsFresh(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	conv := chat.GroupOf(7, "g")
	again := func() *chat.Message {
		m := text(conv, "again")
		m.Dedup = chat.DedupKey{1}
		return m
	}
	for _, m := range []*chat.Message{again(), text(conv, "two"), text(conv, "three")} {
		if err := s.Apply(t.Context(), one(m)); err != nil {
			t.Fatal(err)
		}
	}
	g := gate(s)
	first := apply(s, one(text(pair, "holds the committer")))
	<-g.arrived
	drop := apply(s, []*chat.Commit{{Shard: conv.Shard(), Drop: true}})
	waitQueued(s, 1)
	m, second := text(conv, "fresh"), again()
	next := apply(s, []*chat.Commit{{Shard: conv.Shard(), Messages: []*chat.Message{m, second}}})
	waitQueued(s, 2)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case g.verdict <- nil:
			case <-g.arrived:
			case <-stop:
				return
			}
		}
	}()
	for _, done := range []chan error{first, drop, next} {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range []*chat.Message{m, second} {
		if n := uint64(i + 1); m.Duplicate != nil || uint64(m.Seq) != n || m.Own != n || m.Counted != n {
			t.Errorf("message %d of the new group: number %d, own %d, counted %d, a duplicate of %v", n, m.Seq, m.Own, m.Counted, m.Duplicate)
		}
	}
	if h := headAt(t, s, conv); h.Seq != 2 {
		t.Errorf("head %+v", h)
	}
}
