package broker

import (
	"math/rand/v2"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// With random commits, deliveries, refusals and reads, a session is sent every
// message of the log once and in order.
func TestLagSetDeliversEachMessageOnce(t *testing.T) {
	conv := chat.GroupOf(1, "g")
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var g lagSet
		var committed, delivered, sent chat.Seq
		floor := func() uint64 { return uint64(delivered) }
		out := func(seq chat.Seq) {
			if seq != sent+1 {
				t.Fatalf("seed %d: sent %d after %d", seed, seq, sent)
			}
			sent = seq
		}
		deliver := func() {
			if delivered == committed {
				return
			}
			seq := delivered + 1
			if g.meets(conv, seq, floor) {
				if rnd.IntN(3) == 0 {
					g.add(conv, seq, floor)
				} else {
					out(seq)
				}
			}
			delivered = seq
		}
		read := func() {
			c, e := g.pop()
			if e == nil {
				return
			}
			head := e.head
			for n := 1 + rnd.IntN(4); n > 0 && e.next <= head; n-- {
				out(e.next)
				e.clock = uint64(e.next)
				e.next++
				if rnd.IntN(3) == 0 {
					deliver()
				}
			}
			if e.next > e.head {
				g.caughtUp(c, e, floor())
			} else {
				g.enqueue(c, e)
			}
		}
		scan := func() {
			if !g.behind {
				return
			}
			since := chat.Seq(g.since)
			g.scanning = true
			deliver()
			head := committed
			deliver()
			g.behind, g.scanning = false, false
			if head > since {
				g.found(conv, since+1, head, false)
			}
		}
		for range 60 {
			switch rnd.IntN(6) {
			case 0, 1:
				committed++
			case 2, 3:
				deliver()
			case 4:
				read()
			case 5:
				if g.convs == nil && !g.behind && sent == delivered { // a reconnect
					g.behind, g.since = true, uint64(delivered)
				} else {
					scan()
				}
			}
		}
		scan()
		for delivered < committed {
			deliver()
		}
		for range 200 {
			read()
		}
		g.purge(uint64(delivered))
		if sent != committed || g.work() || g.passed != 0 || len(g.convs) != 0 {
			t.Fatalf("seed %d: sent %d of %d, left %+v", seed, sent, committed, g)
		}
	}
}

func TestLagSetIsBounded(t *testing.T) {
	var g lagSet
	for i := range maxLagging + 10 {
		g.add(chat.GroupOf(1, chat.GroupID(rune(i))), 1, func() uint64 { return uint64(i) })
	}
	if len(g.convs) != maxLagging || !g.behind || g.since != maxLagging {
		t.Errorf("%d conversations, behind %v since %d", len(g.convs), g.behind, g.since)
	}
	if g.meets(chat.GroupOf(1, "another"), 5, nil) {
		t.Error("a set that is behind lets a live message pass")
	}
}

func TestOwnMessagesAreSkipped(t *testing.T) {
	var g lagSet
	c := chat.C2COf(1, "a", "b")
	g.skip(c, 1) // live: nothing to skip
	g.add(c, 2, nil)
	g.skip(c, 3)
	e := g.convs[c]
	if e.head != 3 || e.isOwn(2) || !e.isOwn(3) || e.isOwn(3) {
		t.Errorf("entry %+v", e)
	}
}

// With a community goes what waits of its topics, and nothing else.
func TestLagSetDropsTopicsWithTheirCommunity(t *testing.T) {
	var g lagSet
	for _, id := range []chat.GroupID{"@TGS#_c", "@TGS#_c@TOPIC#_t", "@TGS#_cc", "@TGS#_cc@TOPIC#_t"} {
		g.put(chat.GroupOf(1, id), &lagging{next: 1, head: 1})
	}
	g.put(chat.C2COf(1, "ann", "bob"), &lagging{next: 1, head: 1})
	g.removeOf("@TGS#_c")
	if len(g.convs) != 3 || g.convs[chat.GroupOf(1, "@TGS#_cc@TOPIC#_t")] == nil {
		t.Errorf("what waits: %v", g.convs)
	}
}

// A message that was acknowledged right before the connection ended passes Deliver
// after it. The session that sent it does not hear it when it is resumed.
func TestOwnMessageBehindAnEndedConnection(t *testing.T) {
	c := chat.GroupOf(1, "g")
	g := lagSet{behind: true}
	g.skip(c, 3)
	g.found(c, 2, 3, false)
	_, e := g.pop()
	if e == nil || e.next != 2 || e.head != 3 {
		t.Fatalf("to be read: %+v", e)
	}
	if e.isOwn(2) || !e.isOwn(3) {
		t.Error("the session's own message is to be sent back to it")
	}
}
