package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// question asks the app before users change their lists (spec/30 §6.2), if it is on, and
// waits. Backends are not asked about. Items that the app refuses have a code; an error is
// that of a webhook that failed, where the app wants that to refuse.
func (s *Service) question(ctx context.Context, app *chat.App, by chat.Actor, kind chat.EventKind, q *chat.RelationChange) ([]chat.ItemResult, error) {
	if s.gate == nil || by.Platform == chat.PlatformREST || !app.Webhook.On(kind) {
		return nil, nil
	}
	type answer struct {
		verdict chat.Verdict
		err     error
	}
	got := make(chan answer, 1)
	s.gate.Before(ctx, chat.Question{App: app, By: by, Kind: kind, Relation: q}, func(v chat.Verdict, err error) { got <- answer{v, err} })
	a := <-got
	return a.verdict.Items, a.err
}

// askAdd asks about the items that are well formed, and settles those that the app refuses.
func (s *Service) askAdd(ctx context.Context, a *adding) error {
	q := &chat.RelationChange{Owner: a.Owner, Single: a.Single, Force: a.Force}
	for i := range a.Items {
		if at, left := a.at[a.Items[i].User]; left && at == i {
			q.Items = append(q.Items, a.Items[i])
		}
	}
	if len(q.Items) == 0 {
		return nil
	}
	refused, err := s.question(ctx, a.app, a.by, chat.BeforeFriend, q)
	for _, r := range refused {
		if at, left := a.at[r.User]; left {
			a.results[at] = r
			delete(a.at, r.User)
		}
	}
	return err
}

// askAnswer asks about the answer to a request.
func (s *Service) askAnswer(ctx context.Context, app *chat.App, by chat.Actor, owner chat.UserID, n *chat.NewFriend, a chat.FriendAnswer) error {
	refused, err := s.question(ctx, app, by, chat.BeforeAnswer, &chat.RelationChange{Owner: owner, Items: []chat.NewFriend{*n}, Answer: a})
	for _, r := range refused {
		if r.User == n.User {
			return chat.Refuse(r.Code, "%s", r.Info)
		}
	}
	return err
}
