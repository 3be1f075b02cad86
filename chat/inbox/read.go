package inbox

import (
	"context"
	"fmt"
	"math"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
)

// reach says up to which message a mark is to be set; false: it covers none.
type reach func(context.Context, *ledger.Turn) (chat.Seq, bool, error)

// MarkRead moves of's read mark up to a message; past the end means all. of "" is
// the caller; administrators may name another. A mark never moves back. The peer of a C2C
// conversation and the reader's other devices are told.
func (s *Service) MarkRead(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, upTo chat.Seq) error {
	if of == "" {
		of = by.User
	}
	return s.markRead(ctx, by, of, t, func(ctx context.Context, t *ledger.Turn) (chat.Seq, bool, error) {
		own, err := message.HeadFor(ctx, t.Read, t.Head, message.Sight{Conv: t.Shard.Conv(), User: of})
		if upTo > own.Seq {
			return own.Seq, true, err
		}
		return upTo, true, err
	})
}

// lastSecond is the latest time that MarkReadUntil can tell in milliseconds.
const lastSecond = math.MaxInt64/1000 - 1

// MarkReadUntil moves of's read mark over the messages up to a time in Unix
// seconds (spec/04 §8). A time to come, however far, means all.
func (s *Service) MarkReadUntil(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, until int64) error {
	return s.markRead(ctx, by, of, t, func(ctx context.Context, t *ledger.Turn) (chat.Seq, bool, error) {
		until := min(max(until, 0), lastSecond)
		after, err := t.Read.SeqAtTime(ctx, t.Shard.Conv(), (until+1)*1000)
		if err != nil {
			return 0, false, fmt.Errorf("find time: %w", err)
		}
		return after - 1, after > 1, nil
	})
}

// markRead moves the mark to where upTo says, which is asked on the lane.
func (s *Service) markRead(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, upTo reach) error {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return err
	}
	if of, err = message.OnBehalf(by, of, t.Kind); err != nil {
		return err
	}
	conv, err := s.messages.ConversationOf(ctx, app, of, t)
	if err != nil {
		return err
	}
	report, err := s.reporting(ctx, app, by, of, conv)
	if err != nil {
		return err
	}
	// A mark changes no rule, so the readers of one group share commits.
	return s.ledger.Share(ctx, conv.Shard(), by.Session, 256, func(ctx context.Context, t *ledger.Turn) error {
		seq, some, err := upTo(ctx, t)
		if err != nil || !some {
			return err
		}
		return moveMark(ctx, t, app, by, report, of, seq)
	})
}

// moveMark moves a mark of the turn's conversation, if that is forward.
func moveMark(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, report *reporting, of chat.UserID, seq chat.Seq) error {
	old, err := t.Read.Mark(ctx, t.Shard.Conv(), of)
	if err != nil {
		return err
	}
	forward, err := moves(ctx, t, old, seq)
	if err != nil || !forward {
		return err
	}
	if err := report.tell(ctx, t, old, seq); err != nil {
		return err
	}
	return setMark(ctx, t, app, by, old, seq)
}

// moves reports whether a mark is below seq and something is kept up to
// there.
func moves(ctx context.Context, t *ledger.Turn, old chat.ReadMark, seq chat.Seq) (bool, error) {
	conv := t.Shard.Conv()
	if seq <= old.Seq || seq <= old.From {
		return false, nil
	}
	if seq == t.Head.Seq {
		return true, nil
	}
	below, err := t.Read.Messages(ctx, conv, seq, true, 1, 1)
	if chat.IsHole(err) {
		return true, nil // it was kept
	}
	if err != nil {
		return false, fmt.Errorf("read messages: %w", err)
	}
	return len(below) > 0, nil
}

// setMark puts the mark and what the peer and the reader's devices are told
// (spec/00 §4). In C2C the event belongs to the conversation, so that its Rev has no holes
// for either side.
func setMark(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, old chat.ReadMark, seq chat.Seq) error {
	if err := t.MoveMark(ctx, old, seq); err != nil {
		return err
	}
	of, conv, expires := old.User, t.Shard.Conv(), t.Read.Expiry(app)
	if conv.Kind == chat.C2C {
		t.Commit.Events = []*chat.ConvEvent{{
			Conv: conv, Time: t.Ms, Kind: chat.EventRead, By: of, Seq: seq, Expires: expires,
		}}
	}
	t.Commit.Notices = []*chat.UserEvent{{
		App: app.ID, User: of, Time: t.Ms, Kind: chat.UserRead, Conv: conv, Read: seq,
		Expires: expires,
	}}
	return nil
}
