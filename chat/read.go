package chat

import "context"

// MarkRead moves of's read cursor up to a message; upTo 0, or past the end,
// means all. of "" is the caller; administrators may name another. A cursor never moves back. The peer of a
// C2C conversation and the reader's other devices are told.
func (s *Service) MarkRead(ctx context.Context, by Actor, of UserID, t Target, upTo Seq) error {
	return s.markRead(ctx, by, of, t, func(context.Context, Conversation) (Seq, bool, error) { return upTo, true, nil })
}

// MarkReadUntil moves of's read cursor over the messages up to a time in Unix
// seconds (spec/04 §8).
func (s *Service) MarkReadUntil(ctx context.Context, by Actor, of UserID, t Target, until int64) error {
	return s.markRead(ctx, by, of, t, func(ctx context.Context, conv Conversation) (Seq, bool, error) {
		after, err := s.store.SeqAtTime(ctx, conv, (until+1)*1000)
		return after - 1, after > 1, err
	})
}

// markRead moves the cursor to where upTo says, asked on the lane; its bool
// is false when that covers no message.
func (s *Service) markRead(ctx context.Context, by Actor, of UserID, t Target, upTo func(context.Context, Conversation) (Seq, bool, error)) error {
	app, err := s.App(by.App)
	if err != nil {
		return err
	}
	if of, err = s.onBehalf(by, of, t.Kind); err != nil {
		return err
	}
	conv, err := s.conversationOf(ctx, app, of, t)
	if err != nil {
		return err
	}
	// Not alone on its lane: a mark changes no rule, and a thousand readers of one
	// group must not cost a thousand commits.
	return s.wait(ctx, &step{conv: conv, bytes: 256, session: by.Session, prepare: func(ctx context.Context) (*Commit, error) {
		seq, some, err := upTo(ctx, conv)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		if !some {
			return nil, nil
		}
		mark, err := s.markAt(ctx, conv, of, seq)
		if err != nil || mark == nil {
			return nil, err
		}
		return s.readCommit(app, by, of, conv, mark), nil
	}})
}

// conversationOf names the conversation that u means and checks that it is
// one he can have: with a registered peer, or one that was, or a group he is in.
func (s *Service) conversationOf(ctx context.Context, app *App, u UserID, t Target) (Conversation, error) {
	conv := t.Of(app.ID, u)
	if conv.Kind == InGroup {
		g, err := s.group(ctx, app.ID, t.Group())
		if err != nil {
			return conv, err
		}
		_, err = s.seesFrom(ctx, app, g, u)
		return conv, err
	}
	if !t.User().Valid() {
		return conv, Refuse(CodeBadTo, "")
	}
	acc, err := s.store.Account(ctx, app.ID, t.User())
	if err != nil {
		return conv, Internal(CodeInternal, err)
	}
	if acc != nil {
		return conv, nil
	}
	// Messages stay in the history of a deleted account's peers (spec/03 §3).
	heads, err := s.store.Heads(ctx, []Conversation{conv})
	if err != nil {
		return conv, Internal(CodeInternal, err)
	}
	if heads[0].Seq == 0 {
		return conv, Refuse(CodeToUnknown, "")
	}
	return conv, nil
}

// markAt is u's read mark at a number, with the counters that unread is
// computed from; nil when he has read so far already.
func (s *Service) markAt(ctx context.Context, conv Conversation, u UserID, seq Seq) (*ReadMark, error) {
	heads, err := s.store.Heads(ctx, []Conversation{conv})
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	head := heads[0]
	if seq == 0 || seq > head.Seq {
		seq = head.Seq
	}
	row, _, err := s.store.Conversation(ctx, conv, u)
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	if seq <= row.Read.Seq {
		return nil, nil
	}
	mark := &ReadMark{User: u, Seq: seq, Time: s.nowMs(), Counted: head.Counted}
	if seq == head.Seq {
		own, err := s.store.Sender(ctx, conv, u)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		mark.Own = own.Counted
		return mark, nil
	}
	below, err := s.store.Messages(ctx, conv, seq, true, 1, 1<<20)
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	if len(below) == 0 { // all of it has expired
		return nil, nil
	}
	mark.Counted = below[0].Counted
	mark.Own, err = s.ownUpTo(ctx, conv, u, seq)
	return mark, err
}

// ownScan bounds the messages looked at to find a reader's own next one; past
// it his unread number may come out low by his own later messages.
const ownScan = 2000

// ownUpTo counts u's countable messages up to a number: all of them, unless
// he has written after it.
func (s *Service) ownUpTo(ctx context.Context, conv Conversation, u UserID, seq Seq) (uint64, error) {
	own, err := s.store.Sender(ctx, conv, u)
	if err != nil {
		return 0, Internal(CodeInternal, err)
	}
	for first, seen := seq+1, 0; own.LastSeq > seq && seen < ownScan; {
		page, err := s.store.Messages(ctx, conv, first, false, 200, 1<<20)
		if err != nil {
			return 0, Internal(CodeInternal, err)
		}
		for _, m := range page {
			if m.From != u {
				continue
			}
			if m.Countable() {
				return m.Own - 1, nil
			}
			return m.Own, nil
		}
		if len(page) == 0 {
			break
		}
		seen += len(page)
		first = page[len(page)-1].Seq + 1
	}
	return own.Counted, nil
}

// readCommit makes the mark durable and tells whom it concerns (spec/00 §4).
// In C2C the event belongs to the conversation, so that its Rev has no holes for either side.
func (s *Service) readCommit(app *App, by Actor, of UserID, conv Conversation, mark *ReadMark) *Commit {
	c := &Commit{Conv: conv, Reads: []ReadMark{*mark}}
	expires := s.expiry(app)
	if conv.Kind == C2C {
		c.Events = []*ConvEvent{{
			Conv: conv, Time: mark.Time, Kind: EventRead, By: of, Seq: mark.Seq, Session: by.Session, Expires: expires,
		}}
	}
	c.Notices = []*UserEvent{{
		App: app.ID, User: of, Time: mark.Time, Kind: UserRead, Conv: conv, Read: mark.Seq,
		Session: by.Session, Expires: expires,
	}}
	return c
}

// Typing tells a peer that the caller is typing, or not any more. Nothing is
// stored; a peer who has blocked the caller is not told.
func (s *Service) Typing(ctx context.Context, by Actor, peer UserID, on bool) error {
	app, err := s.App(by.App)
	if err != nil {
		return err
	}
	conv, err := s.conversationOf(ctx, app, by.User, ToUser(peer))
	if err != nil {
		return err
	}
	blocked, err := s.blocked(ctx, app, conv, by.User)
	if err != nil || blocked {
		return err
	}
	s.deliverer().Typing(by.App, by.User, peer, on)
	return nil
}
