package message

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// pairsKept is how many senders to one receiver are remembered; see pairs.
const pairsKept = 8192

// pairs remembers for a sender and a receiver that nothing stands in the way of a
// message: both accounts are there, the sender is not blocked, and both lists have the
// conversation. It saves the reads of four rows a message, and the making of its author.
//
// An entry is good for one revision of the conversation's rules. What could make it
// wrong raises the revision before the call that causes it answers: a block, the end of a
// friendship where friends alone may write, and the deletion of an account, which takes the
// conversation off its list. So an entry needs no
// removal, and several servers may have it. It has a fixed place, by hash; another
// one gets the place when the entry has not been asked for since somebody last wanted it.
type pairs struct {
	seed   maphash.Seed
	places [pairsKept]atomic.Pointer[pair]
}

// pair is an entry of pairs.
type pair struct {
	conv   chat.Conversation
	from   chat.UserID
	rules  uint64
	by, to uint32       // which holders of the sender's and the receiver's name
	author *chat.Author // how the sender was called
	app    *chat.App    // its settings then: whether the two had to be friends
	asked  atomic.Bool
}

func newPairs() *pairs { return &pairs{seed: maphash.MakeSeed()} }

// place is where the entry of a sender stands. Those of the two directions never
// meet.
func (p *pairs) place(c chat.Conversation, from chat.UserID) *atomic.Pointer[pair] {
	h := maphash.Comparable(p.seed, c) << 1
	if c.A == string(from) {
		h++
	}
	return &p.places[h%pairsKept]
}

// free returns the entry of a sender under a revision of the rules, nil when there
// is none.
func (p *pairs) free(c chat.Conversation, from chat.UserID, rules uint64) *pair {
	e := p.place(c, from).Load()
	if e == nil || e.rules != rules || e.conv != c || e.from != from {
		return nil
	}
	if !e.asked.Load() {
		e.asked.Store(true)
	}
	return e
}

// keep makes an entry. The rules were read before the rows that are its proof.
func (p *pairs) keep(e *pair) {
	at := p.place(e.conv, e.from)
	if old := at.Load(); old != nil && (old.conv != e.conv || old.from != e.from) && old.asked.Swap(false) {
		return
	}
	at.Store(e)
}

// author names the sender of an entry as they are called now. Their messages share it until
// a name changes, and then the entry is replaced.
func (p *pairs) author(e *pair, from *chat.Account) *chat.Author {
	if e.author.Names(from) {
		return e.author
	}
	now := chat.NewAuthor(from.Nick, from.FaceURL, "")
	p.keep(&pair{conv: e.conv, from: e.from, rules: e.rules, by: e.by, to: e.to, author: now, app: e.app})
	return now
}
