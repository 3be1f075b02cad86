package people

import (
	"context"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// accountCount counts the accounts of an app, in its shard, under the empty key.
var accountCount = ledger.Counter(record.AccountCount)

// AccountCount is how many accounts an app has.
func (s *Service) AccountCount(ctx context.Context, app chat.AppID) (int64, error) {
	return accountCount.Get(ctx, s.read, chat.AppShard(app), "")
}

// hasRoom refuses one more account when an app has as many as it may (70398). Accounts made
// at the same time do not see each other: there may be a few more. An administrator, who
// alone can delete some, always finds room.
func hasRoom(ctx context.Context, r chat.RowReader, app *chat.App, u chat.UserID) error {
	most := app.Limits.Accounts
	if most <= 0 || app.IsAdmin(u) {
		return nil
	}
	have, err := accountCount.Get(ctx, r, chat.AppShard(app.ID), "")
	if err != nil {
		return err
	}
	if have >= int64(most) {
		return chat.Refuse(chat.CodeTooManyAccounts, "")
	}
	return nil
}

// countAccount counts an account that the turn makes, or removes.
func countAccount(t *ledger.Turn, by int64) {
	t.Mirror(chat.AppShard(t.Shard.App), accountCount.Row("", by))
}

// outcome collects from the turns of an import what has changed of which user, and who had no
// room. A turn that is prepared again puts it anew.
type outcome struct {
	mu      sync.Mutex
	changed map[chat.Shard][]chat.ProfileItem
	refused map[chat.Shard]error
}

func newOutcome() *outcome {
	return &outcome{changed: map[chat.Shard][]chat.ProfileItem{}, refused: map[chat.Shard]error{}}
}

// put takes the outcome of a turn: a refusal is that of the user and not of the whole.
func (o *outcome) put(s chat.Shard, changed []chat.ProfileItem, err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changed[s] = changed
	delete(o.refused, s)
	if chat.CodeOf(err) != chat.CodeTooManyAccounts {
		return err
	}
	o.refused[s] = err
	return nil
}

// tell tells others of the changes.
func (o *outcome) tell(to *tells, app *chat.App) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for s, changed := range o.changed {
		to.others(app, s.User(), changed)
	}
}

// failures are those who had no room, in the order of their shards.
func (o *outcome) failures(list []chat.Shard) (failed []chat.ItemResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range list {
		if err := o.refused[s]; err != nil {
			failed = append(failed, resultOf(s.User(), err))
		}
	}
	return failed
}
