package badger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

func text(conv chat.Conversation, body string) *chat.Message {
	return &chat.Message{Conv: conv, From: "ann", Time: 1, Body: []byte(body)}
}

func one(m *chat.Message) []*chat.Commit {
	return []*chat.Commit{{Shard: m.Conv.Shard(), Messages: []*chat.Message{m}}}
}

// gated stands between a store and its durable write: every transaction waits
// to be let through, or is failed.
type gated struct {
	arrived chan uint64     // the transaction's number, when it is about to be written
	verdict chan error      // nil: write it
	after   func(at uint64) // runs when it is durable, before the callers know
}

func gate(s *Store) *gated {
	g := &gated{arrived: make(chan uint64), verdict: make(chan error)}
	through := s.write
	s.write = func(txn *engine.Txn, at uint64) error {
		g.arrived <- at
		if err := <-g.verdict; err != nil {
			return err
		}
		err := through(txn, at)
		if g.after != nil {
			g.after(at)
		}
		return err
	}
	return g
}

func TestEngineSyncsEveryTransaction(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	if o := s.db.Opts(); !o.SyncWrites || o.DetectConflicts {
		t.Errorf("SyncWrites %v, DetectConflicts %v", o.SyncWrites, o.DetectConflicts)
	}
}

// TestCommitIsAnsweredOnceDurable holds the durable write and sees that
// neither the callers nor any reader know of the messages until it returns,
// and that what queued meanwhile becomes one transaction.
func TestCommitIsAnsweredOnceDurable(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	g := gate(s)
	durable := map[uint64]bool{}
	var mu sync.Mutex
	g.after = func(at uint64) {
		mu.Lock()
		defer mu.Unlock()
		durable[at] = true
	}

	first := apply(s, one(text(pair, "first")))
	at := <-g.arrived

	// While the first transaction is being written, others queue.
	const many = 100
	var rest []chan error
	for i := range many {
		m := text(chat.GroupOf(7, chat.GroupID(fmt.Sprint("g", i))), "rest")
		rest = append(rest, apply(s, one(m)))
	}
	waitQueued(s, many)
	select {
	case err := <-first:
		t.Fatalf("Apply returned %v before its transaction was durable", err)
	default:
	}
	unseen(t, s, pair)
	g.verdict <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if !durable[at] {
		t.Error("answered before durable")
	}
	mu.Unlock()
	if h := headAt(t, s, pair); h.Seq != 1 {
		t.Errorf("head after the answer is %d", h.Seq)
	}

	if next := <-g.arrived; next != at+1 {
		t.Errorf("transaction %d after %d", next, at)
	}
	g.verdict <- nil
	for _, done := range rest {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if got := s.at.Load(); got != at+1 {
		t.Errorf("%d messages of %d callers took %d transactions", many, many, got-at)
	}
}

func apply(s *Store, commits []*chat.Commit) chan error {
	done := make(chan error, 1)
	go func() { done <- s.Apply(context.Background(), commits) }()
	return done
}

// waitQueued waits until n requests are in the queue; the committer is held.
func waitQueued(s *Store, n int) {
	for len(s.queue) < n {
		runtime.Gosched()
	}
}

func headAt(t *testing.T, s *Store, c chat.Conversation) chat.Head {
	t.Helper()
	head, err := s.Head(t.Context(), c.Shard())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func unseen(t *testing.T, s *Store, c chat.Conversation) {
	t.Helper()
	if h := headAt(t, s, c); h != (chat.Head{Rules: 1}) {
		t.Errorf("head %+v of what is not durable", h)
	}
	page, err := s.Messages(t.Context(), c, 1, false, 9, 0)
	if err != nil || len(page) > 0 {
		t.Errorf("%d messages of what is not durable, %v", len(page), err)
	}
	if got := s.Clock(); got != 0 {
		t.Errorf("clock %d", got)
	}
}

func TestFailedCommitEndsWriting(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	if err := s.Apply(t.Context(), one(text(pair, "kept"))); err != nil {
		t.Fatal(err)
	}
	g := gate(s)
	broken := errors.New("disk is gone")
	done := apply(s, one(text(pair, "lost")))
	<-g.arrived
	g.verdict <- broken
	if err := <-done; !errors.Is(err, broken) {
		t.Errorf("got %v, want the failure", err)
	}
	for what, err := range map[string]error{
		"apply":    s.Apply(t.Context(), one(text(pair, "later"))),
		"sessions": s.SaveSessions(t.Context(), []*chat.SessionState{{App: 7, User: "ann", Client: "c"}}),
		"settle":   s.Settle(t.Context(), []string{idOf(1)}),
	} {
		if !errors.Is(err, broken) {
			t.Errorf("%s after the failure: got %v", what, err)
		}
	}
	if h := headAt(t, s, pair); h.Seq != 1 {
		t.Errorf("the head moved to %d without a commit", h.Seq)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, Options{Dir: dir})
	m := text(pair, "goes on")
	if err := again.Apply(t.Context(), one(m)); err != nil || m.Seq != 2 {
		t.Errorf("after reopening: number %d, %v", m.Seq, err)
	}
}

// TestAcknowledgedSurvivesKill copies the folder while the store is
// writing, as a killed process would leave it, and opens the copy: everything
// acknowledged before the copy is there, once, without holes.
func TestAcknowledgedSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, MemTableSize: 8 << 20})
	const writers = 8
	stop := make(chan struct{})
	var mu sync.Mutex
	acked := map[chat.Conversation]chat.Seq{}
	enough := make(chan struct{}, 1)
	var all sync.WaitGroup
	for w := range writers {
		conv := chat.C2COf(7, "ann", chat.UserID(fmt.Sprint("peer", w)))
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				m := text(conv, fmt.Sprint(n))
				if err := s.Apply(context.Background(), one(m)); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acked[conv] = m.Seq
				mu.Unlock()
				if n == 50 {
					select {
					case enough <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	<-enough
	mu.Lock()
	want := map[chat.Conversation]chat.Seq{}
	for c, n := range acked {
		want[c] = n
	}
	mu.Unlock()
	left := filepath.Join(t.TempDir(), "left")
	if err := copyFolder(dir, left); err != nil {
		t.Fatal(err)
	}
	close(stop)
	all.Wait()

	again := mustOpen(t, Options{Dir: left, MemTableSize: 8 << 20})
	for c, n := range want {
		h := headAt(t, again, c)
		if h.Seq < n {
			t.Errorf("%s: head %d, acknowledged %d", c, h.Seq, n)
		}
		page, err := again.Messages(t.Context(), c, 1, false, 1<<20, 0)
		if err != nil || chat.Seq(len(page)) != h.Seq {
			t.Fatalf("%s: %d messages, head %d, %v", c, len(page), h.Seq, err)
		}
		for i, m := range page {
			if m.Seq != chat.Seq(i+1) || string(m.Body) != fmt.Sprint(i) {
				t.Fatalf("%s: message %d is %d %s", c, i+1, m.Seq, m.Body)
			}
		}
	}
}
