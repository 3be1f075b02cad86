package hooks

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
)

// Kept is where the publishes of a session that outlives its connection are
// remembered.
type Kept struct {
	Rows sessions.Rows
	Keeper
}

// Keeper is what the sessions that are kept have in common.
type Keeper interface {
	// Expires is when a row that is written now expires, in Unix seconds.
	Expires() int64
	// Remove removes a row and calls done when that is durable, or has failed. It does
	// not block.
	Remove(shard chat.Shard, row chat.Row, done func(error))
}

// release removes what a QoS 2 publish of the session has left.
func (k *Kept) release(id uint16, done func(error)) {
	k.Remove(k.Rows.Shard(), k.Rows.Released(id), done)
}

// Bounds of what is remembered of answers to requests, in bytes: one answer, and
// all of a session. A request whose answer is not remembered is run again, which every
// method bears (spec/00 §5).
const (
	maxAnswer  = 1 << 10
	maxAnswers = 16 << 10
)

// finished is a QoS 1 publish that has been acknowledged, and what its repetition
// is answered with.
type finished struct {
	hash uint64
	seq  chat.Seq // of the message it has sent, 0: none
	more *outcome // nil for most
	code uint32   // chat.Code it was refused with, 0: it was not
	id   uint16
}

// outcome is what a publish has led to that its topic does not say.
type outcome struct {
	conv    chat.Conversation // that it has changed; zero: none
	body    []byte            // of the answer; nil: not remembered
	dropped bool              // by the group's rate
}

// past is the latest finished publishes, oldest first until there are
// sessions.Remembered of them, then a ring. It grows with what there is.
type past struct {
	list []finished
	next int // the oldest, in a full ring
	held int // bytes of answers
}

// add remembers one more.
func (p *past) add(f finished) {
	at := len(p.list)
	if at == sessions.Remembered {
		at = p.next
		p.next = (at + 1) % sessions.Remembered
		p.held -= p.list[at].answer()
	}
	if n := f.answer(); n > maxAnswer || p.held+n > maxAnswers {
		f.more = &outcome{conv: f.more.conv, dropped: f.more.dropped}
	}
	p.held += f.answer()
	if at == len(p.list) {
		p.list = append(p.list, f)
		return
	}
	p.list[at] = f
}

// answer is the size of the answer.
func (f *finished) answer() int {
	if f.more == nil {
		return 0
	}
	return len(f.more.body)
}

// find returns a copy of the latest publish with a packet id, nil when there is
// none or it said something else.
func (p *past) find(id uint16, hash uint64) *finished {
	if p == nil {
		return nil
	}
	for i := range p.list {
		f := &p.list[(p.next+len(p.list)-1-i)%len(p.list)]
		if f.id != id {
			continue
		}
		if f.hash != hash {
			return nil
		}
		found := *f
		return &found
	}
	return nil
}

// remember keeps what p has led to. A refusal that is no verdict (retry) leaves
// nothing, nor does a repetition, whose first is known. in.mu is held.
func (in *Inbound) remember(p *publish) {
	if p.first == nil && !undecided(chat.Code(p.refused)) {
		in.done(finished{id: p.id, hash: p.hash, seq: p.seq, code: p.refused, more: p.more})
	}
	p.reply = answer{}
}

// done remembers f.
func (in *Inbound) done(f finished) {
	if in.past == nil {
		in.past = new(past)
	}
	in.past.add(f)
}

// Idle reports whether the core has answered all that came in: what the table does not
// keep in rows may then be forgotten.
func (in *Inbound) Idle() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, p := range in.ids {
		if p.stage == pending || p.stage == releasing {
			return false
		}
	}
	return true
}

// claim makes p known again when it is repeated, also to the next server when the
// session is kept. Requests of other sessions have one too, which tells what they have
// changed.
func (in *Inbound) claim(p *publish, request bool) *chat.Claim {
	switch {
	case in.kept != nil:
		h := sessions.Handled{N: p.n, ID: p.id, QoS: p.qos, Hash: p.hash}
		return in.kept.Rows.Claim(h, request, in.kept.Expires())
	case request && p.qos == 1:
		return &chat.Claim{}
	}
	return nil
}
