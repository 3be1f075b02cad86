package message

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// append hands the draft to its conversation's lane, unless its words are blocked.
func (s *Service) append(ctx context.Context, j *sending) {
	m := j.msg
	if first, err := s.pass(ctx, j); err != nil {
		j.done(chat.Receipt{}, err)
		return
	} else if first != nil {
		j.done(*first, nil)
		return
	}
	if j.group != nil && !s.rates.allow(m.Conv, m.Priority, j.app.Limits.GroupRate, s.ledger.NowSec()) {
		j.limited(ctx)
		return
	}
	s.enqueue(j)
}

// pass holds a draft against the app's words, once the app itself has said what it is to say
// (spec/09 §E). What was sent before its word was blocked is repeated with its first answer.
func (s *Service) pass(ctx context.Context, j *sending) (first *chat.Receipt, err error) {
	changed, err := s.words(ctx, j.app.ID, j.msg.Body)
	if err == nil && changed == nil {
		return nil, nil
	}
	if err == nil || !chat.IsFault(err) {
		if first, again := j.repeated(ctx, s.ledger); first != nil || again != nil {
			return first, again
		}
	}
	if err != nil {
		return nil, err
	}
	j.msg.Body = changed
	return nil, s.fitBody(ctx, j, j.forApp())
}

// passed is a body with the app's blocked words replaced; 80001 when it may not be said.
func (s *Service) passed(ctx context.Context, app chat.AppID, body json.RawMessage) (json.RawMessage, error) {
	changed, err := s.words(ctx, app, body)
	if err != nil || changed == nil {
		return body, err
	}
	return changed, nil
}

// enqueue hands a draft to its lane, whatever the rate.
func (s *Service) enqueue(j *sending) {
	m := j.msg
	bytes := len(m.Body) + len(m.Cloud) + 128
	if k := j.cut(); k != nil {
		m.Body = k.body
		bytes += k.bytes()
	}
	j.Step = ledger.Step{Work: j, Shard: m.Conv.Shard(), Bytes: bytes, Session: j.by.Session}
	if err := s.ledger.Enqueue(&j.Step); err != nil {
		j.done(chat.Receipt{}, err)
	}
}

// Prepare implements ledger.Work: the rules are asked again if they have moved
// since the draft was admitted, or since it was prepared last. The first time the store
// is left to find that out, but for what it does not store, and for what was held up
// long enough for an account to go that has no conversation yet.
func (j *sending) Prepare(ctx context.Context, in ledger.Reads) (*chat.Commit, error) {
	if !j.prepared && !j.transient && !j.ask {
		j.prepared = true
		return j.filled(ctx, in)
	}
	head, err := in.Head(ctx, j.Shard)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	// The viewers of a live room are in memory and have no revision.
	if j.live() || j.ask || head.Rules != j.rules {
		j.rules = head.Rules
		if err := j.recheck(ctx); err != nil {
			return nil, j.refuse(ctx, in, err)
		}
	}
	if j.transient && j.msg.Chosen && head.Time/1000 >= j.msg.Seconds() {
		if err := avoidKeys(ctx, in, j.msg); err != nil {
			return nil, err
		}
	}
	return j.filled(ctx, in)
}

func (j *sending) filled(ctx context.Context, in ledger.Reads) (*chat.Commit, error) {
	if err := j.fill(ctx, in); err != nil {
		return nil, err
	}
	return &j.commit, nil
}

// avoidKeys sees to it that a message which is not stored has no key of one that
// is: for those that are, the store does.
func avoidKeys(ctx context.Context, in ledger.Reads, m *chat.Message) error {
	for {
		other, err := byKey(ctx, in, m.Conv, m.Key())
		if err != nil || other == nil {
			return err
		}
		m.SenderSeq++
	}
}

// recheck repeats the part of admit that may have changed since.
func (j *sending) recheck(ctx context.Context) error {
	j.free = nil
	from, err := j.room.holder(ctx, j.by, j.msg.From, j.msg.Conv.Kind)
	switch {
	case err != nil:
		return err
	case from.Holder != j.msg.Holder:
		return chat.Refuse(unknownAuthor(j.msg.Conv.Kind), "")
	}
	if j.msg.Conv.Kind == chat.C2C {
		to := j.to
		err := j.room.decideC2C(ctx, j, from)
		if err == nil && j.to != to {
			err = chat.Refuse(chat.CodeToUnknown, "")
		}
		return err
	}
	if err := j.room.decideGroup(ctx, j, from); err != nil {
		return err
	}
	return j.room.admitReceipt(ctx, j)
}

// fill makes the commit. A message of a live room takes a new number each time:
// a hole does no harm there, a number lower than one delivered already would.
func (j *sending) fill(ctx context.Context, in ledger.Reads) error {
	m, c := j.msg, &j.commit
	*c = chat.Commit{Shard: j.Shard, Rules: j.rules}
	j.one[0] = m
	m.Control &^= chat.SenderOnly
	if j.blocked || j.dropped {
		m.Control |= chat.SenderOnly
	}
	if j.transient {
		if j.live() {
			n, mark, err := j.room.groups.NextLive(ctx, in, m.Conv)
			if err != nil {
				return fmt.Errorf("number: %w", err)
			}
			if m.Seq = n; mark != nil {
				c.Rows = append(c.Rows, *mark)
			}
		}
		c.Passing = j.one[:]
	} else {
		c.Messages = j.one[:]
		if b := j.beside; b != nil {
			c.Rows, c.Mirrors = b.cut.rows(m), b.files.rows(m)
		}
		j.list()
		if j.wakes {
			if err := j.room.groups.Wake(ctx, in, c, j.group, m.Time); err != nil {
				return err
			}
		}
	}
	if b := j.beside; b != nil && b.with != nil {
		if err := b.with(ctx, in, c); err != nil {
			return err
		}
	}
	if j.after {
		j.afterSend()
	}
	if t := j.by.Trace; t != nil && !j.transient && j.app.Push.Webhook.On() {
		c.Rows = append(c.Rows, ledger.SentTrace(m, t, m.PushedUntil()))
	}
	if j.group != nil && wantsReceipt(m) && j.room.ledger.Wants(j.app, chat.AfterReceipt) {
		j.tell(chat.AfterReceipt)
	}
	if !j.live() { // a live room keeps nothing, and waits for no disk
		j.claim.Attach(c)
	}
	return nil
}

// live reports whether the message goes to a room of which nothing is stored.
func (j *sending) live() bool { return j.group != nil && !grouptype.Of(j.group.Type).Stored }

// list puts a one-to-one conversation into the lists that lack it, of those who
// see the message.
func (j *sending) list() {
	from, to := j.msg.From, j.msg.Peer()
	if j.listFrom && j.msg.VisibleTo(from) {
		ledger.ListPeer(&j.commit, from, to, j.msg.Time)
	}
	if j.listTo && j.msg.VisibleTo(to) {
		ledger.ListPeer(&j.commit, to, from, j.msg.Time)
	}
}

// Finish implements ledger.Work: it answers the sender.
func (j *sending) Finish(err error) {
	switch {
	case err != nil:
		j.done(chat.Receipt{}, err)
	case j.answer != nil:
		j.done(*j.answer, nil)
	case j.msg.Duplicate != nil:
		j.claim.Settle(chat.Made{Conv: j.msg.Conv, Seq: j.msg.Duplicate.Seq})
		j.done(*j.room.again(j.msg.Duplicate), nil)
	default:
		j.keepRecent()
		j.claim.Settle(chat.Made{Conv: j.msg.Conv, Seq: j.msg.Seq})
		j.done(j.room.receipt(j.msg), nil)
	}
}
