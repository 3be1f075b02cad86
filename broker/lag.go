package broker

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of what one session remembers about messages it has still to be sent.
const (
	maxLagging = 4096 // conversations; beyond, the commit clock stands for the rest
	maxOwn     = 256  // own messages to skip in one conversation
)

// lagSet holds the messages a session has still to be sent, as positions in logs.
// session.mu guards it.
//
// A conversation in the set is served from its log alone; live messages only
// move its head. A conversation outside the set is live, unless behind is set: then
// a scan must still find the conversations with messages after since (resume.go),
// and live messages outside the set are left to that scan.
type lagSet struct {
	convs map[chat.Conversation]*lagging
	queue []chat.Conversation // those with something to read, each once

	since  uint64 // commit clock up to which the session was served
	passed int    // entries kept only to recognise messages that were sent already
	// rescan: the set overflowed during a scan, so scan again from rescanSince.
	rescanSince uint64
	rescan      bool
	behind      bool
	cut         bool // the user has deleted messages from some view since a scan began; see lagging.cut
	scanning    bool // the conversations after since are being looked up
}

// lagging is one conversation: everything from next to head is to be read.
type lagging struct {
	next, head chat.Seq
	// sure: every message up to head has passed Deliver, so none of them comes
	// again once it has been read.
	sure   bool
	passed bool       // read up to head, but Deliver may still bring some of these messages
	clock  uint64     // of the last message read
	own    []chat.Seq // sent by this session: not to be sent back to it
	queued bool
	// cut: the user may have deleted some of these messages from their view, or cleared
	// it, so that has to be asked.
	cut bool
}

// meets is called for each live message. It reports whether to send the message
// now; if not, the set has noted it, or it was sent before.
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

// raise notes that Deliver has been called for seq.
func (e *lagging) raise(seq chat.Seq) {
	if seq >= e.head {
		e.head, e.sure = seq, true
	}
}

// add notes a live message that could not be sent. floor returns a commit clock up
// to which every message has passed Deliver; when the set is full, this clock is
// remembered instead of the conversation.
func (g *lagSet) add(c chat.Conversation, seq chat.Seq, floor func() uint64) {
	if len(g.convs) >= maxLagging {
		g.overflow(floor())
		return
	}
	g.put(c, &lagging{next: seq, head: seq, sure: true})
}

// put adds a conversation that is not in the set.
func (g *lagSet) put(c chat.Conversation, e *lagging) {
	if g.convs == nil {
		g.convs = map[chat.Conversation]*lagging{}
	}
	g.convs[c] = e
	g.enqueue(c, e)
}

// found adds what a scan has found: the messages from next to head. It reports
// false when the set is full.
func (g *lagSet) found(c chat.Conversation, next, head chat.Seq, cut bool) bool {
	e := g.convs[c]
	cut = cut || g.cut
	if e != nil {
		e.cut = e.cut || cut
	}
	switch {
	case e == nil && len(g.convs) >= maxLagging:
		return false
	case e == nil:
		g.put(c, &lagging{next: next, head: head, cut: cut})
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

// caughtUp is called when a conversation has been read up to its head. handed is
// the commit clock up to which every message has passed Deliver.
func (g *lagSet) caughtUp(c chat.Conversation, e *lagging, handed uint64) {
	if e.sure || handed >= e.clock {
		g.remove(c)
		return
	}
	e.passed = true
	g.passed++
}

// purge removes the passed entries whose messages have all passed Deliver.
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

// removeOf removes a group with its topics.
func (g *lagSet) removeOf(id chat.GroupID) {
	g.removeIf(func(c chat.Conversation) bool { return c.Group().Home() == id })
}

func (g *lagSet) removeIf(gone func(chat.Conversation) bool) {
	for c := range g.convs {
		if gone(c) {
			g.remove(c)
		}
	}
}

// skip notes that a message of a lagging conversation is the session's own, also when
// only the scan to come will find that conversation: one that was acknowledged right
// before the connection ended passes Deliver after it.
func (g *lagSet) skip(c chat.Conversation, seq chat.Seq) {
	e := g.convs[c]
	switch {
	case e == nil && g.behind && len(g.convs) < maxLagging:
		e = &lagging{next: seq}
		g.put(c, e)
	case e == nil, e.passed:
		return
	}
	e.raise(seq)
	if len(e.own) < maxOwn {
		e.own = append(e.own, seq)
	}
}

// cuts notes that the user has deleted messages of a conversation from their view, or
// cleared it.
func (g *lagSet) cuts(c chat.Conversation) {
	if e := g.convs[c]; e != nil {
		e.cut = true
	}
	g.cut = g.cut || g.behind
}

// isOwn reports whether the session sent a message, and forgets it.
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
