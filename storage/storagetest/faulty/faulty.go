// Package faulty makes a store fail on purpose, for tests of what lies above
// it: the n-th call of a method, or every call from then on.
//
// It refuses to be an engine: what it does not fail it hands to the store it wraps.
//
// Start reading at [New].
package faulty

import (
	"context"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// Store wraps a store. It is safe for concurrent use.
type Store struct {
	chat.Store

	mu    sync.Mutex // guards all below
	calls map[string]int
	plans map[string]plan
}

// plan says which call of a method fails.
type plan struct {
	at   int // number of the first call that fails
	last int // number of the last one; 0: all that follow
	err  error
}

// New wraps a store that fails at nothing yet.
func New(s chat.Store) *Store {
	return &Store{Store: s, calls: map[string]int{}, plans: map[string]plan{}}
}

// Fail makes the n-th call of a method from now on fail with err; 1 is the next.
func (s *Store) Fail(method string, n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.calls[method] + n
	s.plans[method] = plan{at: at, last: at, err: err}
}

// FailAll makes every call of the methods fail with err from now on; nil ends
// that.
func (s *Store) FailAll(err error, methods ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range methods {
		s.plans[m] = plan{at: s.calls[m] + 1, err: err}
	}
}

// Calls is how often a method was called.
func (s *Store) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// call counts a call and says whether it fails.
func (s *Store) call(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
	n, p := s.calls[method], s.plans[method]
	if p.err == nil || n < p.at || p.last != 0 && n > p.last {
		return nil
	}
	return p.err
}

// The methods of chat.Store, but for Clock, which cannot fail.

// Apply implements chat.Log.
func (s *Store) Apply(ctx context.Context, c []*chat.Commit) error {
	if err := s.call("Apply"); err != nil {
		return err
	}
	return s.Store.Apply(ctx, c)
}

// Head implements chat.Log.
func (s *Store) Head(ctx context.Context, sh chat.Shard) (chat.Head, error) {
	if err := s.call("Head"); err != nil {
		return chat.Head{}, err
	}
	return s.Store.Head(ctx, sh)
}

// Heads implements chat.Log.
func (s *Store) Heads(ctx context.Context, list []chat.Shard) ([]chat.Head, error) {
	if err := s.call("Heads"); err != nil {
		return nil, err
	}
	return s.Store.Heads(ctx, list)
}

// EachHead implements chat.Log.
func (s *Store) EachHead(ctx context.Context, convs []chat.Conversation, u chat.UserID, use func(int, *chat.Head, *chat.SenderStat) error) error {
	if err := s.call("EachHead"); err != nil {
		return err
	}
	return s.Store.EachHead(ctx, convs, u, use)
}

// Moved implements chat.Log.
func (s *Store) Moved(ctx context.Context, app chat.AppID, u chat.UserID, after uint64) ([]chat.UserID, bool, error) {
	if err := s.call("Moved"); err != nil {
		return nil, false, err
	}
	return s.Store.Moved(ctx, app, u, after)
}

// Senders implements chat.Log.
func (s *Store) Senders(ctx context.Context, convs []chat.Conversation, u chat.UserID) ([]chat.SenderStat, error) {
	if err := s.call("Senders"); err != nil {
		return nil, err
	}
	return s.Store.Senders(ctx, convs, u)
}

// Message implements chat.Log.
func (s *Store) Message(ctx context.Context, c chat.Conversation, n chat.Seq) (*chat.Message, error) {
	if err := s.call("Message"); err != nil {
		return nil, err
	}
	return s.Store.Message(ctx, c, n)
}

// Messages implements chat.Log.
func (s *Store) Messages(ctx context.Context, c chat.Conversation, first chat.Seq, down bool, limit, maxBytes int) ([]*chat.Message, error) {
	if err := s.call("Messages"); err != nil {
		return nil, err
	}
	return s.Store.Messages(ctx, c, first, down, limit, maxBytes)
}

// Conversations implements chat.Log.
func (s *Store) Conversations(ctx context.Context, app chat.AppID, k chat.Kind, after chat.Conversation, limit int) ([]chat.LastSaid, error) {
	if err := s.call("Conversations"); err != nil {
		return nil, err
	}
	return s.Store.Conversations(ctx, app, k, after, limit)
}

// Users implements chat.Log.
func (s *Store) Users(ctx context.Context, app chat.AppID, after chat.UserID, limit int) ([]chat.UserID, error) {
	if err := s.call("Users"); err != nil {
		return nil, err
	}
	return s.Store.Users(ctx, app, after, limit)
}

// SeqAtTime implements chat.Log.
func (s *Store) SeqAtTime(ctx context.Context, c chat.Conversation, ms int64) (chat.Seq, error) {
	if err := s.call("SeqAtTime"); err != nil {
		return 0, err
	}
	return s.Store.SeqAtTime(ctx, c, ms)
}

// SeqsAtClock implements chat.Log.
func (s *Store) SeqsAtClock(ctx context.Context, convs []chat.Conversation, clock uint64) ([]chat.Seq, error) {
	if err := s.call("SeqsAtClock"); err != nil {
		return nil, err
	}
	return s.Store.SeqsAtClock(ctx, convs, clock)
}

// Seen implements chat.Log.
func (s *Store) Seen(ctx context.Context, c chat.Conversation, k chat.DedupKey) (*chat.Message, error) {
	if err := s.call("Seen"); err != nil {
		return nil, err
	}
	return s.Store.Seen(ctx, c, k)
}

// ConvEvents implements chat.Log.
func (s *Store) ConvEvents(ctx context.Context, c chat.Conversation, after uint64, limit int) ([]*chat.ConvEvent, error) {
	if err := s.call("ConvEvents"); err != nil {
		return nil, err
	}
	return s.Store.ConvEvents(ctx, c, after, limit)
}

// UserEvents implements chat.Log.
func (s *Store) UserEvents(ctx context.Context, app chat.AppID, u chat.UserID, after uint64, limit int) ([]*chat.UserEvent, error) {
	if err := s.call("UserEvents"); err != nil {
		return nil, err
	}
	return s.Store.UserEvents(ctx, app, u, after, limit)
}

// Row implements chat.RowReader.
func (s *Store) Row(ctx context.Context, sh chat.Shard, k chat.RowKind, key string) (*chat.Cell, error) {
	if err := s.call("Row"); err != nil {
		return nil, err
	}
	return s.Store.Row(ctx, sh, k, key)
}

// Rows implements chat.RowReader.
func (s *Store) Rows(ctx context.Context, sh chat.Shard, k chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	if err := s.call("Rows"); err != nil {
		return nil, err
	}
	return s.Store.Rows(ctx, sh, k, prefix, after, limit)
}

// RowsOf implements chat.RowReader.
func (s *Store) RowsOf(ctx context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	if err := s.call("RowsOf"); err != nil {
		return nil, err
	}
	return s.Store.RowsOf(ctx, asks)
}

// SaveSessions implements chat.Sessions.
func (s *Store) SaveSessions(ctx context.Context, list []*chat.SessionState) error {
	if err := s.call("SaveSessions"); err != nil {
		return err
	}
	return s.Store.SaveSessions(ctx, list)
}

// Session implements chat.Sessions.
func (s *Store) Session(ctx context.Context, app chat.AppID, u chat.UserID, client string) (*chat.SessionState, error) {
	if err := s.call("Session"); err != nil {
		return nil, err
	}
	return s.Store.Session(ctx, app, u, client)
}

// DeleteSession implements chat.Sessions.
func (s *Store) DeleteSession(ctx context.Context, app chat.AppID, u chat.UserID, client string) error {
	if err := s.call("DeleteSession"); err != nil {
		return err
	}
	return s.Store.DeleteSession(ctx, app, u, client)
}

// AllSessions implements chat.Sessions.
func (s *Store) AllSessions(ctx context.Context, after *chat.SessionState, limit int) ([]*chat.SessionState, error) {
	if err := s.call("AllSessions"); err != nil {
		return nil, err
	}
	return s.Store.AllSessions(ctx, after, limit)
}

// Pending implements chat.Outbox.
func (s *Store) Pending(ctx context.Context, after string, limit int) ([]*chat.Event, error) {
	if err := s.call("Pending"); err != nil {
		return nil, err
	}
	return s.Store.Pending(ctx, after, limit)
}

// Settle implements chat.Outbox.
func (s *Store) Settle(ctx context.Context, ids []string) error {
	if err := s.call("Settle"); err != nil {
		return err
	}
	return s.Store.Settle(ctx, ids)
}

// Bury implements chat.Outbox.
func (s *Store) Bury(ctx context.Context, ids []string) error {
	if err := s.call("Bury"); err != nil {
		return err
	}
	return s.Store.Bury(ctx, ids)
}

// Dead implements chat.Outbox.
func (s *Store) Dead(ctx context.Context, after string, limit int) ([]*chat.Event, error) {
	if err := s.call("Dead"); err != nil {
		return nil, err
	}
	return s.Store.Dead(ctx, after, limit)
}

// Revive implements chat.Outbox.
func (s *Store) Revive(ctx context.Context, ids []string) error {
	if err := s.call("Revive"); err != nil {
		return err
	}
	return s.Store.Revive(ctx, ids)
}

// Close implements chat.Store.
func (s *Store) Close() error {
	if err := s.call("Close"); err != nil {
		return err
	}
	return s.Store.Close()
}

// Erase implements chat.Eraser.
func (s *Store) Erase(ctx context.Context, app chat.AppID, removed func(int)) error {
	if err := s.call("Erase"); err != nil {
		return err
	}
	return s.Store.Erase(ctx, app, removed)
}
