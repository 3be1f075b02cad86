package push

import (
	"context"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// tokens keeps one access token until it is old. Who comes while a new one is on its way
// waits for that one: however many ask, one fetches.
type tokens struct {
	now   chat.Clock
	fetch func(ctx context.Context) (token string, life time.Duration, err error)
	turn  chan struct{} // holds one: the goroutine that takes it fetches

	mu    sync.Mutex // guards what follows
	token string
	until time.Time
	round uint64 // counts fetches that ended
	err   error  // of the last one
}

func newTokens(now chat.Clock, fetch func(context.Context) (string, time.Duration, error)) *tokens {
	t := &tokens{now: now, fetch: fetch, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// get returns a token that is not the spent one, which the provider has just refused; "": any.
func (t *tokens) get(ctx context.Context, spent string) (string, error) {
	token, seen := t.have(spent)
	if token != "" {
		return token, nil
	}
	select {
	case <-t.turn:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { t.turn <- struct{}{} }()
	if token, round := t.have(spent); token != "" {
		return token, nil
	} else if round != seen { // somebody has asked meanwhile
		if err := t.lastError(); err != nil {
			return "", err
		}
	}
	return t.renew(ctx)
}

func (t *tokens) renew(ctx context.Context) (string, error) {
	token, life, err := t.fetch(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && ctx.Err() != nil {
		return "", err // the caller has gone, which says nothing to the others
	}
	t.round++
	t.err = err
	if err != nil {
		return "", err
	}
	t.token, t.until = token, t.now().Add(life)
	return token, nil
}

func (t *tokens) have(spent string) (token string, round uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == spent || !t.now().Before(t.until) {
		return "", t.round
	}
	return t.token, t.round
}

func (t *tokens) lastError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
