package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// ask asks the app before something happens (spec/30 §3), if it is on, and waits. An
// error is the app's refusal. Call it when all else allows the thing, and outside of
// turns.
func (s *Service) ask(ctx context.Context, q chat.Question) (chat.Verdict, error) {
	if !s.asks(q.App, q.Kind) {
		return chat.Verdict{}, nil
	}
	type answer struct {
		verdict chat.Verdict
		err     error
	}
	got := make(chan answer, 1)
	s.gate.Before(ctx, q, func(v chat.Verdict, err error) { got <- answer{v, err} })
	a := <-got
	return a.verdict, a.err
}

func (s *Service) asks(app *chat.App, kind chat.EventKind) bool {
	return s.gate != nil && app.Webhook.On(kind)
}

// askCreate asks about a group to be made.
func (s *Service) askCreate(ctx context.Context, app *chat.App, by chat.Actor, d *chat.GroupDraft) error {
	if !s.asks(app, chat.BeforeCreate) {
		return nil
	}
	made, err := s.read.owns(ctx, app.ID, d.Owner, d.Type)
	if err != nil {
		return err
	}
	users := make([]chat.UserID, len(d.Members))
	for i, m := range d.Members {
		users[i] = m.User
	}
	g := &chat.Group{App: app.ID, Type: d.Type, Name: d.Name, Owner: d.Owner}
	_, err = s.ask(ctx, chat.Question{App: app, By: by, Kind: chat.BeforeCreate, Group: g, Users: users, Made: made})
	return err
}

// owns counts the groups of a type that a user is the owner of.
func (r reader) owns(ctx context.Context, app chat.AppID, u chat.UserID, t chat.GroupType) (int, error) {
	if u == "" {
		return 0, nil
	}
	list, err := r.mirrored(ctx, app, u)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range list {
		if m.Type != t {
			continue
		}
		g, err := r.stored(ctx, app, m.Group)
		if err != nil {
			return 0, err
		}
		if g != nil && g.Owner == u {
			n++
		}
	}
	return n, nil
}

// askApply asks about a caller who wants to join, unless a rule refuses them anyway.
func (s *Service) askApply(ctx context.Context, app *chat.App, by chat.Actor, g *chat.Group) error {
	if !s.asks(app, chat.BeforeApply) {
		return nil
	}
	m, err := s.read.member(ctx, g.App, g.ID, by.User)
	if err != nil {
		return err
	}
	banned := s.read.admits(ctx, g, by.User)
	if chat.IsFault(banned) {
		return banned
	}
	if _, refused := grouptype.MayApply(app, g); m != nil || refused != nil || banned != nil || full(g) {
		return nil
	}
	_, err = s.ask(ctx, chat.Question{App: app, By: by, Kind: chat.BeforeApply, Group: g})
	return err
}

// askInvite asks about users to be added and marks those that the app leaves out.
// Users that a rule refuses anyway are not asked about.
func (s *Service) askInvite(ctx context.Context, app *chat.App, by chat.Actor, g *chat.Group, them []candidate) error {
	if !s.asks(app, chat.BeforeInvite) || !grouptype.Of(g.Type).Add || full(g) {
		return nil
	}
	var users []chat.UserID
	for _, c := range them {
		banned := s.read.admits(ctx, g, c.user)
		if chat.IsFault(banned) {
			return banned
		}
		if c.err == nil && banned == nil {
			users = append(users, c.user)
		}
	}
	rows, err := s.read.membersNamed(ctx, g.App, g.ID, users)
	if err != nil {
		return err
	}
	fresh := users[:0]
	for i, m := range rows {
		if m == nil {
			fresh = append(fresh, users[i])
		}
	}
	rank, err := s.read.standing(ctx, by, g)
	if err != nil {
		return err
	}
	if _, refused := grouptype.MayInvite(app, g, rank); refused != nil || len(fresh) == 0 {
		return nil
	}
	v, err := s.ask(ctx, chat.Question{App: app, By: by, Kind: chat.BeforeInvite, Group: g, Users: fresh})
	if err != nil {
		return err
	}
	for _, u := range v.Refused {
		for i := range them {
			them[i].leftOut = them[i].leftOut || them[i].user == u
		}
	}
	return nil
}
