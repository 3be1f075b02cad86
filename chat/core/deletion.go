package core

import (
	"context"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// DeleteAccounts removes accounts for good and closes their connections
// (spec/03 §3). A deleted account leaves its groups and loses its relations and
// conversations; what it said stays in the history of the others, and is nobody's who gets the
// name later: the choice made there. Each account has a result of its own; a fault of ours ends the call.
func (c *Core) DeleteAccounts(ctx context.Context, by chat.Actor, list []chat.UserID) ([]chat.ItemResult, error) {
	if _, err := c.People.Check(ctx, by, nil); err != nil { // for administrators only
		return nil, err
	}
	results := make([]chat.ItemResult, len(list))
	for i, u := range list {
		results[i].User = u
		if err := c.deleteAccount(ctx, by, u); err != nil {
			if chat.IsFault(err) {
				return nil, err
			}
			results[i].Code, results[i].Info = chat.Outward(err)
		}
	}
	return results, nil
}

// deleteAccount takes the user out of the groups while they still have a name
// for the tips, and once more when the account is none any more: from then on nobody gets in.
func (c *Core) deleteAccount(ctx context.Context, by chat.Actor, u chat.UserID) error {
	unlock, err := c.leaving.lock(ctx, by.App, u)
	if err != nil {
		return err
	}
	defer unlock()
	acc, err := c.ledger.Account(ctx, by.App, u)
	if err != nil {
		return err
	}
	if acc != nil {
		if err := c.Group.LeaveAll(ctx, by, u); err != nil {
			return err
		}
	}
	if err := c.People.StartDeletion(ctx, by.App, u); err != nil {
		return err
	}
	c.ledger.Deliverer().Kick(by.App, u, "", chat.KickAdmin, by.User)
	return c.removeAll(ctx, by, u)
}

// finishDeletion ends a deletion that a crash or a fault has cut short.
func (c *Core) finishDeletion(ctx context.Context, app chat.AppID, u chat.UserID) error {
	unlock, err := c.leaving.lock(ctx, app, u)
	if err != nil {
		return err
	}
	defer unlock()
	acc, err := c.ledger.AccountRow(ctx, app, u)
	if err != nil || acc == nil || acc.State != chat.AccountLeaving {
		return err
	}
	return c.removeAll(ctx, chat.Actor{App: app, Standing: chat.AsSystem}, u)
}

func (c *Core) removeAll(ctx context.Context, by chat.Actor, u chat.UserID) error {
	if err := c.Group.LeaveAll(ctx, by, u); err != nil {
		return err
	}
	if err := c.Media.Leave(ctx, by.App, u); err != nil {
		return err
	}
	if err := c.Push.Forget(ctx, by.App, u); err != nil {
		return err
	}
	if err := c.Labels.Forget(ctx, by.App, u); err != nil {
		return err
	}
	return c.People.FinishDeletion(ctx, by.App, u)
}

// names lets one caller at a time work on each user.
type names struct {
	mu   sync.Mutex
	busy map[chat.Shard]chan struct{} // closed when the work is done
}

func newNames() *names { return &names{busy: map[chat.Shard]chan struct{}{}} }

// lock waits until nobody works on u, and returns how to let the next in.
func (n *names) lock(ctx context.Context, app chat.AppID, u chat.UserID) (unlock func(), err error) {
	key := chat.UserShard(app, u)
	n.mu.Lock()
	for n.busy[key] != nil {
		wait := n.busy[key]
		n.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		n.mu.Lock()
	}
	done := make(chan struct{})
	n.busy[key] = done
	n.mu.Unlock()
	return func() {
		n.mu.Lock()
		delete(n.busy, key)
		n.mu.Unlock()
		close(done)
	}, nil
}
