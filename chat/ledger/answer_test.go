package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

// stuck is a store that holds or refuses commits.
type stuck struct {
	chat.Store
	hold chan struct{} // nil: none is held
	err  error
}

func (s *stuck) Apply(ctx context.Context, list []*chat.Commit) error {
	if s.hold != nil {
		<-s.hold
	}
	if s.err != nil {
		return s.err
	}
	return s.Store.Apply(ctx, list)
}

// A server that works answers; one of which a lane or the store is stuck does not, in words
// that say which.
func TestAnswers(t *testing.T) {
	nothing := func(context.Context, *ledger.Turn) error { return nil }
	for _, c := range []struct {
		what  string
		store stuck
		begin func(t *testing.T, l *ledger.Ledger, end <-chan struct{})
		want  string // "": it answers
	}{
		{what: "idle"},
		{what: "the disk is full", store: stuck{err: chat.ErrBusy}},
		{what: "the store fails", store: stuck{err: errors.New("no such disk")}, want: "no such disk"},
		{what: "the store hangs", store: stuck{hold: make(chan struct{})}, want: "the store commits nothing"},
		{what: "a turn hangs", want: "1 of 2 lanes do not answer", begin: func(t *testing.T, l *ledger.Ledger, end <-chan struct{}) {
			hang(t, l, end)
		}},
		{what: "a turn hangs and its lane is full", want: "is full and does not move", begin: func(t *testing.T, l *ledger.Ledger, end <-chan struct{}) {
			hang(t, l, end)
			for l.Go(conv.Shard(), true, nothing, nil) == nil { // until it is full
			}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.store.Store = memory.New(memory.Options{})
				if c.store.hold != nil {
					c.store.hold = make(chan struct{}) // of this bubble
				}
				end := make(chan struct{})
				l := ledger.New(ledger.Options{Store: &c.store, Apps: &chat.Apps{}, Lanes: 2, Queue: 4, Fatal: func(error) {}})
				if c.begin != nil {
					c.begin(t, l, end)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := l.Answers(ctx)
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("answers %v, want %q", err, c.want)
				}
				close(end)
				if c.store.hold != nil {
					close(c.store.hold)
				}
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
				if err := l.Answers(t.Context()); chat.CodeOf(err) != chat.CodeShutdown {
					t.Errorf("after its end: %v", err)
				}
			})
		})
	}
}

// hang puts a turn into a lane that does not end before end is closed, and returns when it has begun.
func hang(t *testing.T, l *ledger.Ledger, end <-chan struct{}) {
	t.Helper()
	begun := make(chan struct{})
	if err := l.Go(conv.Shard(), true, func(context.Context, *ledger.Turn) error {
		close(begun)
		<-end
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	<-begun
}
