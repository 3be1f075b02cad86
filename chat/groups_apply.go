package chat

import "context"

// apply leaves an application with those who decide. A repeated one changes
// the text of the one that waits, and tells nobody again.
func (t *turn) apply(ctx context.Context, text string, deciders []UserID) error {
	key := applicationKey{Group: t.group.ID, Newcomer: t.by.User, Kind: ApplyToJoin}
	a, repeated, err := t.waiting(ctx, key)
	if err != nil {
		return err
	}
	a.Text = text
	t.file(a)
	if repeated {
		return nil
	}
	return t.tellDeciders(ctx, deciders, Notice{Kind: NoticeApplication, Application: a.ID, Request: text})
}

// invite leaves invitations with those who decide, and tells them once of all
// that are new.
func (t *turn) invite(ctx context.Context, them []UserID, deciders []UserID) error {
	notice := Notice{Kind: NoticeInviteWaits}
	fresh := 0
	for _, u := range them {
		a, repeated, err := t.waiting(ctx, applicationKey{Group: t.group.ID, Newcomer: u, Kind: InviteToJoin})
		if err != nil {
			return err
		}
		if repeated { // whoever invited first hears of the answer
			continue
		}
		t.file(a)
		fresh++
		notice.Application = a.ID
	}
	if fresh == 0 {
		return nil
	}
	if fresh > 1 {
		notice.Application = "" // it stands for several: the list has them
	}
	return t.tellDeciders(ctx, deciders, notice)
}

// waiting is a copy of the application that waits under key, or a new one by
// the caller.
func (t *turn) waiting(ctx context.Context, key applicationKey) (a Application, repeated bool, err error) {
	old, err := t.application(ctx, key)
	if err != nil {
		return a, false, err
	}
	if old != nil && old.Open() {
		return *old, true, nil
	}
	return Application{
		ID: newApplicationID(key, t.random()), Group: key.Group, Kind: key.Kind,
		Newcomer: key.Newcomer, Applicant: t.by.User,
	}, false, nil
}

// application is the row under key, nil when there is none that has not lapsed.
func (t *turn) application(ctx context.Context, key applicationKey) (*Application, error) {
	a, err := t.store.Application(ctx, t.app.ID, key.Group, key.Newcomer, key.Kind)
	if err != nil {
		return nil, Internal(CodeGroupInternal, err)
	}
	return a, nil
}

// file puts an application that waits.
func (t *turn) file(a Application) {
	a.Time = t.ms / 1000
	t.keep(a)
}

func (t *turn) keep(a Application) {
	a.Expires = t.ms/1000 + int64(applicationLife.Seconds())
	t.commit.Applications = append(t.commit.Applications, &a)
}

// askedAbout are those to be told that u applies. A large group is not searched
// again for one who repeats himself; should he have been answered just now, the owner is told.
func (s *Service) askedAbout(ctx context.Context, g *Group, u UserID) ([]UserID, error) {
	a, err := s.store.Application(ctx, g.App, g.ID, u, ApplyToJoin)
	if err != nil {
		return nil, Internal(CodeGroupInternal, err)
	}
	if a != nil && a.Open() {
		return []UserID{g.Owner}, nil
	}
	return s.deciders(ctx, g)
}

// deciders are the owner and the first admins of a group, found before its
// lane is taken: a large group is not searched while others wait for it.
func (s *Service) deciders(ctx context.Context, g *Group) ([]UserID, error) {
	var list []UserID
	if g.Owner != "" {
		list = append(list, g.Owner)
	}
	after := UserID("")
	for searched := 0; searched < maxSearched; searched += memberPage {
		page, err := s.store.Members(ctx, g.App, g.ID, after, memberPage)
		if err != nil {
			return nil, Internal(CodeGroupInternal, err)
		}
		for _, m := range page {
			if m.Role != RoleAdmin {
				continue
			}
			if list = append(list, m.User); len(list) == maxAdminsTold {
				return list, nil
			}
		}
		if len(page) < memberPage {
			break
		}
		after = page[len(page)-1].User
	}
	return list, nil
}

// tellDeciders notifies those of the list who may decide still.
func (t *turn) tellDeciders(ctx context.Context, list []UserID, n Notice) error {
	for _, u := range list {
		role, err := t.role(ctx, t.group, u)
		if err != nil {
			return err
		}
		if may(t.app, t.group.Type, Approve, role) == nil {
			t.notify(u, n)
		}
	}
	return nil
}
