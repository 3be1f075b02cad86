package ledger

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// shutApps are the apps of which nothing is written any more. A lane asks with one load.
type shutApps struct {
	mu  sync.Mutex // serialises changes
	all atomic.Pointer[map[chat.AppID]struct{}]
}

// Shut has every step of an app refused from now on, with 70020, for as long as this Ledger lives:
// the app is being erased. What was queued before is refused too; what is being written is
// waited for by Erase.
func (l *Ledger) Shut(app chat.AppID) {
	l.shut.mu.Lock()
	defer l.shut.mu.Unlock()
	next := map[chat.AppID]struct{}{app: {}}
	if was := l.shut.all.Load(); was != nil {
		maps.Copy(next, *was)
	}
	l.shut.all.Store(&next)
}

// IsShut reports whether an app is shut.
func (l *Ledger) IsShut(app chat.AppID) bool {
	all := l.shut.all.Load()
	if all == nil {
		return false
	}
	_, is := (*all)[app]
	return is
}

// Erase removes what the store keeps of an app that is shut; see chat.Eraser.
func (l *Ledger) Erase(ctx context.Context, app chat.AppID, removed func(entries int)) error {
	if !l.IsShut(app) {
		return fmt.Errorf("erase app %d: it is not shut", app)
	}
	if err := l.Settle(ctx); err != nil { // what was being written when it was shut
		return fmt.Errorf("erase app %d: %w", app, err)
	}
	l.figures.forget(app)
	return l.store.Erase(ctx, app, removed)
}
