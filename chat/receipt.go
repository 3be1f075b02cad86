package chat

import (
	"context"
	"slices"
)

// Bounds of read receipts.
const (
	maxReceipts       = 30  // messages of one call (spec/00 §5)
	maxReceiptMembers = 200 // members of the group when the message is sent (spec/41)
	maxReaders        = 200 // users of one page (spec/22b §8)
)

// ReceiptMark says that a user has read a message that asked for a receipt.
type ReceiptMark struct {
	Seq     Seq
	User    UserID
	Time    int64 // when, Unix milliseconds
	Expires int64 // the message's, Unix seconds; 0: never
}

// ReceiptCount is how many have read one message.
type ReceiptCount struct {
	Seq  Seq
	ID   string // MsgId
	Of   int    // how many were to read it
	Read int
	Code Code // of Receipts: why there is no receipt, and then no numbers; else 0
}

// Unread is how many of those it was sent to have not read it. It may count some who
// have left the group since, whom Readers does not list.
func (r ReceiptCount) Unread() int { return max(0, r.Of-r.Read) }

// wantsReceipt reports whether receipts of m are taken and told.
func (m *Message) wantsReceipt() bool { return m.Control.Has(NeedReceipt) && m.Recall == nil }

// count is m's count before anybody has read it.
func (m *Message) count() ReceiptCount {
	c := ReceiptCount{Seq: m.Seq, ID: m.ID(), Of: m.Audience}
	if m.Conv.Kind == C2C && m.Conv.A != m.Conv.B {
		c.Of = 1
	}
	return c
}

// noReceipt is the refusal of a message that has no receipt. In C2C no code is
// documented: the choice is that of a message which is not there.
func noReceipt(kind Kind) error {
	if kind == InGroup {
		return Refuse(CodeNoReceipt, "")
	}
	return Refuse(CodeNoMessage, "no message that wants a read receipt")
}

// admitReceipt checks a group message that asks for receipts, and counts whom
// it asks (spec/20 §2, spec/22b §1).
func (s *Service) admitReceipt(ctx context.Context, j *sending) (err error) {
	m, g := j.msg, j.group
	switch {
	case !m.Control.Has(NeedReceipt):
		return nil
	case !g.Type.rules().receipts:
		return Refuse(CodeGroupNotAllowed, "%s has no read receipts", g.Type)
	case m.Control.Has(OnlineOnly):
		return Refuse(CodeReceiptOnline, "")
	case g.Members > maxReceiptMembers:
		return Refuse(CodeReceiptGroupSize, "more than %d members", maxReceiptMembers)
	}
	m.Audience, err = s.audience(ctx, g, m)
	return err
}

// audience counts the members who are to read m: all, or the receivers of a
// targeted message, without its author.
func (s *Service) audience(ctx context.Context, g *Group, m *Message) (int, error) {
	if len(m.To) == 0 {
		role, err := s.storedRole(ctx, g, m.From)
		if err != nil || role == NotMember {
			return g.Members, err
		}
		return g.Members - 1, nil
	}
	n := 0
	for i, u := range m.To {
		if u == m.From || slices.Contains(m.To[:i], u) {
			continue
		}
		role, err := s.storedRole(ctx, g, u)
		if err != nil {
			return 0, err
		}
		if role != NotMember {
			n++
		}
	}
	return n, nil
}

// receiptView is the view of a conversation that has receipts; n is the number
// of messages asked about.
func (s *Service) receiptView(ctx context.Context, by Actor, of UserID, t Target, n int) (*view, error) {
	if _, err := s.App(by.App); err != nil {
		return nil, err
	}
	code := CodeBadBody // spec/04 §9
	if t.Kind == InGroup {
		code = CodeGroupParameter
		g, err := s.group(ctx, by.App, t.Group())
		if err != nil {
			return nil, err
		}
		if !g.Type.rules().receipts {
			return nil, Refuse(CodeGroupNotAllowed, "%s has no read receipts", g.Type)
		}
	}
	if n < 1 || n > maxReceipts {
		return nil, Refuse(code, "between 1 and %d messages are needed", maxReceipts)
	}
	return s.view(ctx, by, of, t)
}

// SendReceipts tells the authors of messages that of has read them. of "" is
// the caller; administrators may name another. Messages that ask for no receipt, or not of him,
// are passed over, and so is what was told before; a batch that has nothing else is refused.
// Only who was there when a group message was sent is asked.
func (s *Service) SendReceipts(ctx context.Context, by Actor, of UserID, t Target, refs []MessageRef) error {
	v, err := s.receiptView(ctx, by, of, t, len(refs))
	if err != nil {
		return err
	}
	if t.Kind == InGroup {
		m, err := s.store.Member(ctx, by.App, t.Group(), v.user)
		switch {
		case err != nil:
			return Internal(CodeGroupInternal, err)
		case m == nil: // an administrator's view does not make him a member
			return Refuse(CodeGroupNotAllowed, "members only")
		}
		v.first = max(v.first, m.JoinSeq+1)
	}
	list, err := s.askedOf(ctx, v, refs)
	if err != nil {
		return err
	}
	// Not alone on its lane, as marks are not: the readers of one group share commits.
	return s.wait(ctx, &step{conv: v.conv, bytes: 256 * len(list), session: by.Session, prepare: func(ctx context.Context) (*Commit, error) {
		return s.receiptCommit(ctx, by, v, list)
	}})
}

// askedOf finds those of the messages whose receipt the view's user may send,
// each once.
func (s *Service) askedOf(ctx context.Context, v *view, refs []MessageRef) ([]*Message, error) {
	list := make([]*Message, 0, len(refs))
	for _, ref := range refs {
		m, err := s.find(ctx, v.conv, ref)
		switch code := CodeOf(err); {
		case code == CodeNoMessage || code == CodeGroupNoMessage:
			continue
		case err != nil:
			return nil, err
		}
		if m.From == v.user || m.Seq < v.first || !m.wantsReceipt() || !m.VisibleTo(v.user) {
			continue
		}
		if !slices.ContainsFunc(list, func(o *Message) bool { return o.Seq == m.Seq }) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil, noReceipt(v.conv.Kind)
	}
	return list, nil
}

// receiptCommit makes the receipts durable that are new, and tells the
// conversation of all of them at once; nil when none is. Of targeted messages the
// others are to know nothing, so their receipts are counted and not told: a choice. On the lane
// a message may have been recalled since it was found, or its group may be gone.
func (s *Service) receiptCommit(ctx context.Context, by Actor, v *view, found []*Message) (*Commit, error) {
	list := make([]*Message, 0, len(found))
	for _, was := range found {
		m, err := s.store.Message(ctx, v.conv, was.Seq)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		if m != nil && m.Clock == was.Clock && m.wantsReceipt() {
			list = append(list, m)
		}
	}
	have, err := s.store.Receipted(ctx, v.conv, v.user, numbersOf(list))
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	e := &ConvEvent{Conv: v.conv, Time: s.nowMs(), Kind: EventReceipt, By: v.user, Session: by.Session}
	c := &Commit{Conv: v.conv, Events: []*ConvEvent{e}}
	for i, m := range list {
		if have[i] {
			continue
		}
		c.Receipts = append(c.Receipts, ReceiptMark{Seq: m.Seq, User: v.user, Time: e.Time, Expires: m.Expires})
		if len(m.To) > 0 {
			continue
		}
		e.Receipts = append(e.Receipts, m.count())
		// The event is of no use to anybody once its last message is gone.
		if m.Expires == 0 || len(e.Receipts) == 1 {
			e.Expires = m.Expires
		} else if e.Expires != 0 {
			e.Expires = max(e.Expires, m.Expires)
		}
	}
	switch {
	case len(c.Receipts) == 0:
		return nil, nil
	case len(e.Receipts) == 0:
		c.Events = nil
	}
	return c, nil
}

func numbersOf(list []*Message) []Seq {
	seqs := make([]Seq, len(list))
	for i, m := range list {
		seqs[i] = m.Seq
	}
	return seqs
}

// receiptsOf counts the readers of those messages that asked for receipts; nil
// when none did, and then at no cost.
func (s *Service) receiptsOf(ctx context.Context, conv Conversation, list []*Message) (map[Seq]ReceiptCount, error) {
	var seqs []Seq
	var counts map[Seq]ReceiptCount
	for _, m := range list {
		if m.wantsReceipt() {
			if counts == nil {
				counts = map[Seq]ReceiptCount{}
			}
			seqs = append(seqs, m.Seq)
			counts[m.Seq] = m.count()
		}
	}
	if len(seqs) == 0 {
		return nil, nil
	}
	numbers, err := s.store.ReceiptCounts(ctx, conv, seqs)
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	for i, seq := range seqs {
		c := counts[seq]
		c.Read = numbers[i]
		counts[seq] = c
	}
	return counts, nil
}

// Receipts counts the readers of messages, for everybody who sees them, in the
// order asked. Each has a code of its own.
func (s *Service) Receipts(ctx context.Context, by Actor, of UserID, t Target, seqs []Seq) ([]ReceiptCount, error) {
	v, err := s.receiptView(ctx, by, of, t, len(seqs))
	if err != nil {
		return nil, err
	}
	missing := CodeOf(noReceipt(t.Kind))
	answer := make([]ReceiptCount, len(seqs))
	var list []*Message
	for i, seq := range seqs {
		answer[i] = ReceiptCount{Seq: seq, Code: missing}
		m, err := s.store.Message(ctx, v.conv, seq)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		if m != nil && v.shows(by, m) && m.wantsReceipt() {
			list = append(list, m)
		}
	}
	counts, err := s.receiptsOf(ctx, v.conv, list)
	if err != nil {
		return nil, err
	}
	for i, seq := range seqs {
		if c, ok := counts[seq]; ok {
			answer[i] = c
		}
	}
	return answer, nil
}

// shows reports whether m lies in the view. A group's targeted messages are
// shown to administrators too.
func (v *view) shows(by Actor, m *Message) bool {
	return m.Seq >= v.first && (m.VisibleTo(v.user) || by.Admin() && m.Conv.Kind == InGroup)
}
