package broker

import (
	"runtime"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A large audience is served in parallel. When Deliver returns, everybody has been
// sent the message and those before it.
func TestLargeAudienceGetsMessagesInOrder(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const members = manyUsers + 3*crowdChunk/2
	b, all := gathered(t, members, 1)
	for seq := chat.Seq(1); seq <= 5; seq++ {
		b.Deliver(&chat.Message{Conv: chat.GroupOf(1, "lobby"), Seq: seq, Clock: uint64(seq), From: "ann", Body: []byte(`[]`)}, all[7].number)
		for i, s := range all {
			s.mu.Lock()
			sent := s.out.queue
			s.mu.Unlock()
			switch {
			case i == 7 && len(sent) != 0:
				t.Fatal("the sender got the message back")
			case i != 7 && (len(sent) != int(seq) || sent[seq-1].seq != uint64(seq)):
				t.Fatalf("after message %d member %d has %d", seq, i, len(sent))
			}
		}
	}
	if got, want := b.count.delivered[1].Load(), int64(5*(members-1)); got != want {
		t.Errorf("%d counted as delivered, want %d", got, want)
	}
	for _, s := range all {
		s.conn.CloseAfterFlush(0)
	}
}
