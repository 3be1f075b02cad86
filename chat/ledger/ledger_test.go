package ledger_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const app chat.AppID = 1400000001

var conv = chat.C2COf(app, "ann", "bob")

// meddling is a store whose rules move before so many of the next commits.
type meddling struct {
	chat.Store
	mu    sync.Mutex
	times int
}

func (m *meddling) Apply(ctx context.Context, list []*chat.Commit) error {
	m.mu.Lock()
	move := m.times > 0
	m.times--
	m.mu.Unlock()
	if move {
		if err := m.Store.Apply(ctx, []*chat.Commit{{Shard: list[0].Shard, Raise: true}}); err != nil {
			return err
		}
	}
	return m.Store.Apply(ctx, list)
}

func open(t *testing.T) (*ledger.Ledger, *meddling) {
	t.Helper()
	store := &meddling{Store: memory.New(memory.Options{})}
	l := ledger.New(ledger.Options{Store: store, Apps: &chat.Apps{}, Lanes: 1})
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l, store
}

func say(text string) *chat.Message {
	return &chat.Message{Conv: conv, From: "ann", Time: 1, Body: []byte(text)}
}

func TestWaitInsideTurnIsRefused(t *testing.T) {
	l, _ := open(t)
	nothing := func(context.Context, *ledger.Turn) error { return nil }
	err := l.Change(t.Context(), conv.Shard(), 0, func(ctx context.Context, _ *ledger.Turn) error {
		return l.Change(ctx, conv.Shard(), 0, nothing)
	})
	if err == nil || !strings.Contains(err.Error(), "a turn waits") || !chat.IsFault(err) {
		t.Errorf("got %v, want a fault that names the turn", err)
	}
	if err := l.Change(t.Context(), conv.Shard(), 0, nothing); err != nil {
		t.Errorf("the lane does not go on: %v", err)
	}
}

func TestStaleTurnsAreDecidedAgain(t *testing.T) {
	for _, c := range []struct {
		moves, decided int
		want           chat.Code
	}{
		{0, 1, 0},
		{3, 4, 0},
		{7, 8, 0},
		{100, 8, chat.CodeBusy},
	} {
		l, store := open(t)
		store.times = c.moves
		decided := 0
		err := l.Change(t.Context(), conv.Shard(), 0, func(_ context.Context, t *ledger.Turn) error {
			decided++
			t.Commit.Messages = []*chat.Message{say("x")}
			return nil
		})
		if chat.CodeOf(err) != c.want || decided != c.decided {
			t.Errorf("rules moved %d times: %v after %d decisions, want %d after %d", c.moves, err, decided, c.want, c.decided)
		}
		head, err := l.Head(t.Context(), conv.Shard())
		if stored := c.want == 0; err != nil || (head.Seq == 1) != stored {
			t.Errorf("rules moved %d times: head %+v, %v", c.moves, head, err)
		}
	}
}

// full is a store that refuses everything as a full disk does.
type full struct{ chat.Store }

func (full) Apply(context.Context, []*chat.Commit) error {
	return &chat.Error{Code: chat.CodeBusy, Err: errors.New("no room")}
}

// On a full disk a turn that writes is refused as busy, a turn that needs no disk goes
// on beside it, and the ledger does not end the program.
func TestFullStoreIsBusy(t *testing.T) {
	fatal := func(err error) { t.Errorf("fatal: %v", err) }
	l := ledger.New(ledger.Options{Store: full{memory.New(memory.Options{})}, Apps: &chat.Apps{}, Lanes: 1, Fatal: fatal})
	defer func() { _ = l.Close(context.Background()) }()
	hold, held := make(chan struct{}), make(chan struct{})
	results := make(chan error, 3)
	done := func(err error) { results <- err }
	for _, turn := range []func(context.Context, *ledger.Turn) error{
		func(context.Context, *ledger.Turn) error {
			close(held)
			<-hold // the others share a batch
			return nil
		},
		func(_ context.Context, t *ledger.Turn) error {
			t.Commit.Messages = []*chat.Message{say("x")}
			return nil
		},
		func(_ context.Context, t *ledger.Turn) error {
			t.Commit.Viewers = &chat.ViewerChange{Left: []chat.UserID{"bob"}}
			return nil
		},
	} {
		if err := l.Go(conv.Shard(), false, turn, done); err != nil {
			t.Fatal(err)
		}
	}
	<-held
	close(hold)
	for i, want := range []error{nil, chat.ErrBusy, nil} {
		if err := <-results; !errors.Is(err, want) {
			t.Errorf("turn %d: got %v, want %v", i, err, want)
		}
	}
}

// A turn that reads a row whose numbers the batch has yet to give waits for the
// next batch, and then sees it.
func TestPendingRowIsReadInNextBatch(t *testing.T) {
	l, _ := open(t)
	if err := l.Change(t.Context(), conv.Shard(), 0, func(_ context.Context, t *ledger.Turn) error {
		t.Commit.Messages = []*chat.Message{say("one"), say("two")}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	hold, held := make(chan struct{}), make(chan struct{})
	results := make(chan error, 3)
	done := func(err error) { results <- err }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.Go(chat.UserShard(app, "busy"), false, func(context.Context, *ledger.Turn) error {
		close(held)
		<-hold // both turns below queue up behind this one and share a batch
		return nil
	}, done))
	<-held
	var seen []chat.Seq
	for _, at := range []chat.Seq{1, 2} {
		must(l.Go(conv.Shard(), false, func(ctx context.Context, t *ledger.Turn) error {
			m, err := t.Read.Mark(ctx, conv, "bob")
			if err != nil {
				return err
			}
			seen = append(seen, m.Seq)
			t.SetMark("bob", at)
			return nil
		}, done))
	}
	close(hold)
	for range 3 {
		must(<-results)
	}
	m, err := l.Mark(t.Context(), conv, "bob")
	if err != nil || m.Seq != 2 || m.Counted != 2 || len(seen) != 2 || seen[0] != 0 || seen[1] != 1 {
		t.Errorf("mark %+v, %v; the turns saw %v, want 0 and 1", m, err, seen)
	}
}

func TestPanicFailsOneStep(t *testing.T) {
	l, _ := open(t)
	err := l.Change(t.Context(), conv.Shard(), 0, func(context.Context, *ledger.Turn) error { panic("tea is out") })
	if !chat.IsFault(err) || !strings.Contains(err.Error(), "tea is out") {
		t.Errorf("got %v, want a fault with the panic", err)
	}
	if err := l.Raise(t.Context(), []chat.Shard{conv.Shard()}); err != nil {
		t.Errorf("the lane does not go on: %v", err)
	}
}

func TestDeadlineIsCodeBusy(t *testing.T) {
	l, _ := open(t)
	hold := make(chan struct{})
	defer close(hold)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := l.Change(ctx, conv.Shard(), 0, func(context.Context, *ledger.Turn) error { <-hold; return nil })
	if chat.CodeOf(err) != chat.CodeBusy || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want 60011", err)
	}
}
