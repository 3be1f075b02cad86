package hooks

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// watches serves status.watch and status.unwatch, which are about the connection: the
// answer goes first, then the present states (spec/00 §5).
func (a *asking) watches(ctx context.Context) bool {
	switch a.method {
	case "status.watch":
		failures, err := a.watch(ctx)
		a.answered(failures, err)
		a.link.session.Present()
	case "status.unwatch":
		a.answered(nil, a.unwatch())
	default:
		return false
	}
	return true
}

// answered answers with the users that could not be watched.
func (a *asking) answered(failures []api.TargetError, err error) {
	if err != nil {
		a.answer(nil, nil, err)
		return
	}
	if failures == nil {
		failures = []api.TargetError{}
	}
	a.answer(nil, &api.Watched{Errors: failures}, nil)
}

// watch begins to watch those there are (70107), up to the bound of the connection (90011).
func (a *asking) watch(ctx context.Context) ([]api.TargetError, error) {
	var r api.Watch
	if err := a.link.door.opt.Table.Read(a.link.Actor, a.body, &r); err != nil {
		return nil, err
	}
	if n := len(r.To); n == 0 || n > api.MostWatched {
		return nil, chat.Refuse(chat.CodeTooManyTargets, "between 1 and %d accounts are needed", api.MostWatched)
	}
	found, unknown, err := a.link.door.core.Presences(ctx, a.link.Actor, r.To)
	if err != nil {
		return nil, err
	}
	users := make([]chat.UserID, len(found))
	for i := range found {
		users[i] = found[i].User
	}
	failures := api.TargetErrors(unknown)
	for _, u := range a.link.session.Watch(a.link, users) {
		failures = append(failures, api.TargetError{User: u, Code: chat.CodeTooManyTargets})
	}
	return failures, nil
}

func (a *asking) unwatch() error {
	var r api.Unwatch
	if err := a.link.door.opt.Table.Read(a.link.Actor, a.body, &r); err != nil {
		return err
	}
	if len(r.To) > api.MostWatched {
		return chat.Refuse(chat.CodeTooManyTargets, "more than %d accounts", api.MostWatched)
	}
	a.link.session.Unwatch(a.link, r.To)
	return nil
}
