package ledger

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
)

// Work is what a step does on its lane.
type Work interface {
	// Prepare says what to make durable, decided by what in shows; nil is nothing. It may
	// be asked again, when the rules have moved before the commit.
	Prepare(ctx context.Context, in Reads) (*chat.Commit, error)
	// Finish is told the outcome once it is durable, before delivery, in the order of the
	// steps. It does not block.
	Finish(err error)
}

// Step is one unit of work on one shard: prepared against the state after the
// commits before it, made durable in a batch, finished in order. The caller fills the
// exported fields; a step is queued once.
type Step struct {
	Work  Work
	Shard chat.Shard
	// Alone keeps other steps of the shard out of its batch: they would be decided
	// under rules that this step is about to change, and come back stale.
	Alone bool
	Bytes int // about how much it writes
	// Session is not delivered the step's messages and events again.
	Session uint64

	commit *chat.Commit
	err    error
	tries  int // how often it was prepared
}

// Enqueue hands a step to its lane: chat.ErrBusy when the lane is full,
// chat.ErrClosed after Close.
func (l *Ledger) Enqueue(st *Step) error { return l.lanes.enqueue(st) }

// Change runs do as a turn that has the shard to itself, and waits until its
// commit is durable and handed to delivery. An error, or a turn that puts nothing into its commit,
// leaves everything as it was. A commit that has begun is finished even when ctx
// ends. session is the caller's, 0 when it is to be told like all others.
func (l *Ledger) Change(ctx context.Context, s chat.Shard, session uint64, do func(context.Context, *Turn) error) error {
	return l.wait(ctx, &Step{Shard: s, Alone: true, Bytes: 256, Session: session}, do)
}

// Share is Change for what changes no rule: many such turns of one shard share
// a commit. A turn sees the rows that earlier turns of its batch have put.
func (l *Ledger) Share(ctx context.Context, s chat.Shard, session uint64, bytes int, do func(context.Context, *Turn) error) error {
	return l.wait(ctx, &Step{Shard: s, Bytes: bytes, Session: session}, do)
}

// Go is Change without waiting; done, if given, is told the outcome on the
// lane. The error is that of Enqueue.
func (l *Ledger) Go(s chat.Shard, alone bool, do func(context.Context, *Turn) error, done func(error)) error {
	c := &change{Step: Step{Shard: s, Alone: alone, Bytes: 128}, ledger: l, do: do, done: done}
	c.Work = c
	return l.lanes.enqueue(&c.Step)
}

// Raise begins a new revision of the rules of shards, and waits until that is
// durable: what was decided under the present ones is decided again.
func (l *Ledger) Raise(ctx context.Context, list []chat.Shard) error {
	return l.ChangeAll(ctx, list, func(_ context.Context, t *Turn) error {
		t.Commit.Raise = true
		return nil
	})
}

// ChangeAll is Change for many shards side by side; it returns when all are
// done, with the first error of those that failed.
func (l *Ledger) ChangeAll(ctx context.Context, list []chat.Shard, do func(context.Context, *Turn) error) error {
	if len(list) == 1 {
		return l.Change(ctx, list[0], 0, do)
	}
	if err := mayWait(ctx); err != nil {
		return err
	}
	results := make(chan error, len(list))
	var first error
	for _, s := range list {
		if err := l.Go(s, true, do, func(err error) { results <- err }); err != nil {
			results <- err
		}
	}
	for range list {
		select {
		case err := <-results:
			if first == nil {
				first = err
			}
		case <-ctx.Done():
			return late(ctx)
		}
	}
	return first
}

// change is the work of a turn.
type change struct {
	Step
	ledger *Ledger
	do     func(context.Context, *Turn) error
	claim  *chat.Claim // of the caller's context
	done   func(error)
}

// Prepare implements Work.
func (c *change) Prepare(ctx context.Context, in Reads) (*chat.Commit, error) {
	t, err := c.ledger.turn(ctx, c.Shard, in)
	if err != nil {
		return nil, err
	}
	if err := c.do(ctx, t); err != nil {
		return nil, err
	}
	if t.Commit.Silent() {
		return nil, nil
	}
	if t.Commit.Durable() || c.claim.Insists() {
		c.claim.Attach(t.Commit)
	}
	return t.Commit, nil
}

// Finish implements Work.
func (c *change) Finish(err error) {
	if err == nil && c.commit != nil {
		c.claim.Settle(chat.Made{Conv: c.Shard.Conv()})
	}
	if c.done != nil {
		c.done(err)
	}
}

// wait hands a step to its lane and waits for its outcome.
func (l *Ledger) wait(ctx context.Context, st *Step, do func(context.Context, *Turn) error) error {
	if err := mayWait(ctx); err != nil {
		return err
	}
	done := make(chan error, 1)
	c := &change{Step: *st, ledger: l, do: do, claim: chat.ClaimOf(ctx), done: func(err error) { done <- err }}
	c.Work = c
	if err := l.lanes.enqueue(&c.Step); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return late(ctx)
	}
}

// late is the answer to a caller whose deadline came before the outcome: the
// change may still happen.
func late(ctx context.Context) error { return chat.Internal(chat.CodeBusy, ctx.Err()) }

type inTurn struct{}

// mayWait refuses a call that would wait for a lane from within a turn: its
// lane could never go on.
func mayWait(ctx context.Context) error {
	if ctx.Value(inTurn{}) != nil {
		return errors.New("a turn waits for another step")
	}
	return nil
}
