package core

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// Shut has everything of an app refused that would write, for as long as this Core lives. It is the
// first step of the end of an app, and of each start until that has come to its end.
func (c *Core) Shut(app chat.AppID) { c.ledger.Shut(app) }

// Erase removes all that there is of an app that is shut: the bytes of its files, the files of its
// history, its rows and messages, its index. It does so in steps of a bounded size, lets others be
// served between them, and tells after each how many entries or files have gone. It may be ended
// at any moment and called again; what it finds nothing of is gone.
func (c *Core) Erase(ctx context.Context, app chat.AppID, removed func(n int)) error {
	for _, one := range []struct {
		what string
		do   func(context.Context, chat.AppID, func(int)) error
	}{
		{"files", c.Media.Erase}, {"history", c.Archive.Erase}, {"store", c.ledger.Erase}, {"index", c.Search.Erase},
	} {
		if err := one.do(ctx, app, removed); err != nil {
			return fmt.Errorf("erase %s of app %d: %w", one.what, app, err)
		}
	}
	return nil
}
