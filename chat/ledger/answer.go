package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// laneAsked is how often a lane whose queue is full is asked again.
const laneAsked = 10 * time.Millisecond

// Answers returns nil when every lane has done all that was queued before the call and the
// store has made a commit durable since: the server works. Otherwise it returns when ctx ends,
// with what did not answer. A store that refuses writes because its disk is full has answered.
func (l *Ledger) Answers(ctx context.Context) error {
	if err := l.lanes.answer(ctx); err != nil {
		return err
	}
	err := l.Raise(ctx, []chat.Shard{chat.ServerShard})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("the store commits nothing: %w", ctx.Err())
	case chat.CodeOf(err) == chat.CodeBusy:
		return nil
	}
	return err
}

// answer waits until a mark that is queued now in each lane has had its turn, or ctx ends.
func (ls *lanes) answer(ctx context.Context) error {
	passed := make(chan struct{}, len(ls.all))
	for n, l := range ls.all {
		for {
			queued := l.mark(passed)
			if queued == laneShut {
				return chat.Refuse(chat.CodeShutdown, "")
			}
			if queued == laneMarked {
				break
			}
			select {
			case <-time.After(laneAsked):
			case <-ctx.Done():
				return fmt.Errorf("lane %d of %d is full and does not move: %w", n+1, len(ls.all), ctx.Err())
			}
		}
	}
	for n := range ls.all {
		select {
		case <-passed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d lanes do not answer: %w", len(ls.all)-n, len(ls.all), ctx.Err())
		}
	}
	return nil
}
