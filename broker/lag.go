package broker

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of what one session remembers about what it is behind with.
const (
	maxLagging = 4096 // conversations; beyond, the commit clock stands for the rest
	maxOwn     = 256  // own messages to skip in one conversation
)

// lagSet is what a session has still to be sent, as positions in logs: it holds
// no messages. session.mu guards it.
//
// A conversation in the set is served from its log alone; live messages only
// move its head. One that is not in the set is live, unless the set is behind:
// then conversations that moved after that point of the commit clock are still
// to be found (catchup.go), and live messages outside the set are left to that.
type lagSet struct {
	convs map[chat.Conversation]*lagging
	queue []chat.Conversation // those with something to read, each once

	since  uint64 // commit clock up to which the session was served
	passed int    // entries that are only there to recognise messages already sent
	// rescan is set when the set overflows during a scan: look again from here.
	rescanSince uint64
	rescan      bool
	behind      bool
	scanning    bool // the conversations after since are being looked up
}

// lagging is one conversation: everything from next to head is to be read.
type lagging struct {
	next, head chat.Seq
	// sure says that all up to head has been handed to Deliver, so none of it will
	// come again once it has been read.
	sure   bool
	passed bool       // read up to head, but Deliver may still come with some of it
	clock  uint64     // of the last message read
	own    []chat.Seq // sent by this session itself: not to be read back
	queued bool
}

// meets is asked about each live message. It reports whether the message is to
// be sent now; if not, the set has seen to it.
func (g *lagSet) meets(c chat.Conversation, seq chat.Seq, floor func() uint64) bool {
	e := g.convs[c]
	switch {
	case e == nil:
		if g.behind && g.scanning {
			g.add(c, seq, floor)
			return false
		}
		return !g.behind
	case !e.passed:
		e.raise(seq)
		return false
	case seq < e.next: // read from the log already
		return false
	}
	g.remove(c)
	return true
}

// raise notes that Deliver has come up to seq.
func (e *lagging) raise(seq chat.Seq) {
	if seq >= e.head {
		e.head, e.sure = seq, true
	}
}

// add enters a live message that could not be sent. floor gives a commit clock
// at or below which everything has been handed to Deliver: when the set is full,
// that is remembered instead.
func (g *lagSet) add(c chat.Conversation, seq chat.Seq, floor func() uint64) {
	if len(g.convs) >= maxLagging {
		g.overflow(floor())
		return
	}
	g.put(c, &lagging{next: seq, head: seq, sure: true})
}

// put enters a conversation that is not in the set.
func (g *lagSet) put(c chat.Conversation, e *lagging) {
	if g.convs == nil {
		g.convs = map[chat.Conversation]*lagging{}
	}
	g.convs[c] = e
	g.enqueue(c, e)
}

// found enters what a scan has found: everything from next to head. It reports
// false when the set is full.
func (g *lagSet) found(c chat.Conversation, next, head chat.Seq) bool {
	e := g.convs[c]
	switch {
	case e == nil && len(g.convs) >= maxLagging:
		return false
	case e == nil:
		g.put(c, &lagging{next: next, head: head})
		return true
	case e.passed:
		e.passed = false
		g.passed--
	default:
		e.next = min(e.next, next)
	}
	if head > e.head {
		e.head, e.sure = head, false
	}
	g.enqueue(c, e)
	return true
}

func (g *lagSet) overflow(floor uint64) {
	switch {
	case g.scanning:
		if !g.rescan {
			g.rescan, g.rescanSince = true, floor
		}
	case !g.behind:
		g.behind, g.since = true, floor
	}
}

func (g *lagSet) enqueue(c chat.Conversation, e *lagging) {
	if !e.queued {
		e.queued = true
		g.queue = append(g.queue, c)
	}
}

// pop takes the conversation that has waited longest.
func (g *lagSet) pop() (chat.Conversation, *lagging) {
	for len(g.queue) > 0 {
		c := g.queue[0]
		g.queue = g.queue[1:]
		if e := g.convs[c]; e != nil && e.queued {
			e.queued = false
			return c, e
		}
	}
	g.queue = nil
	return chat.Conversation{}, nil
}

// caughtUp ends the lag of a conversation. handed is the commit clock up to which
// Deliver has been called.
func (g *lagSet) caughtUp(c chat.Conversation, e *lagging, handed uint64) {
	if e.sure || handed >= e.clock {
		g.remove(c)
		return
	}
	e.passed = true
	g.passed++
}

// purge removes entries that no message needs to be checked against any more.
func (g *lagSet) purge(handed uint64) {
	if g.passed == 0 {
		return
	}
	for c, e := range g.convs {
		if e.passed && handed >= e.clock {
			g.remove(c)
		}
	}
}

func (g *lagSet) remove(c chat.Conversation) {
	if e := g.convs[c]; e != nil && e.passed {
		g.passed--
	}
	delete(g.convs, c)
	if len(g.convs) == 0 {
		g.convs = nil
	}
}

// skip notes that a message of a lagging conversation is the session's own.
func (g *lagSet) skip(c chat.Conversation, seq chat.Seq) {
	e := g.convs[c]
	if e == nil || e.passed {
		return
	}
	e.raise(seq)
	if len(e.own) < maxOwn {
		e.own = append(e.own, seq)
	}
}

// isOwn reports, and forgets, that a message is the session's own.
func (e *lagging) isOwn(seq chat.Seq) bool {
	i := slices.Index(e.own, seq)
	if i < 0 {
		return false
	}
	e.own = slices.Delete(e.own, i, i+1)
	return true
}

// work reports whether anything is to be read.
func (g *lagSet) work() bool { return g.behind || len(g.queue) > 0 }
