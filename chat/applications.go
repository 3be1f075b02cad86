package chat

import (
	"context"
	"slices"
)

// Applications pages the applications to a group, or to all groups ("") whose
// owner or admin the caller is himself, in byte order of group and newcomer: those that wait
// and those that were answered in the last seven days. At most 50 come at once, which 0 means
// too. next continues while it is not ""; pages before the last may have fewer than limit.
// Who has become a member by another way waits no longer and is not listed.
func (s *Service) Applications(ctx context.Context, by Actor, id GroupID, limit int, next string) (list []ApplicationView, more string, err error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, "", err
	}
	if limit < 0 {
		return nil, "", Refuse(CodeGroupParameter, "Limit is negative")
	}
	if limit == 0 || limit > maxApplicationPage {
		limit = maxApplicationPage
	}
	var after applicationKey
	if next != "" {
		var ok bool
		if after, ok = parseApplicationID(next); !ok || id != "" && after.Group != id {
			return nil, "", Refuse(CodeGroupParameter, "Next is not from the page before")
		}
	}
	p := applicationPage{Service: s, app: app, by: by, after: after, limit: limit}
	if id != "" {
		err = p.one(ctx, id)
	} else {
		err = p.all(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	return p.list, p.next, nil
}

// applicationPage is a page being filled.
type applicationPage struct {
	*Service
	app   *App
	by    Actor
	after applicationKey // where the page begins
	limit int
	list  []ApplicationView
	next  string // set once there may be more
}

// one fills the page from a group whose applications the caller may answer.
func (p *applicationPage) one(ctx context.Context, id GroupID) error {
	g, err := p.group(ctx, p.app.ID, id)
	if err != nil {
		return err
	}
	rank, err := p.standing(ctx, p.by, g)
	if err != nil {
		return err
	}
	if err := may(p.app, g.Type, Approve, rank); err != nil {
		return err
	}
	return p.fill(ctx, g)
}

// all fills the page from group after group.
func (p *applicationPage) all(ctx context.Context) error {
	rows, err := p.store.Memberships(ctx, p.app.ID, p.by.User)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	from, _ := slices.BinarySearchFunc(rows, p.after.Group, func(m Membership, id GroupID) int {
		switch {
		case m.Group < id:
			return -1
		case m.Group > id:
			return 1
		}
		return 0
	})
	for i, m := range rows[from:] {
		if i == maxGroupsSearched {
			p.next = newApplicationID(applicationKey{Group: m.Group}, 0) // the beginning of m's
			return nil
		}
		if err := p.administered(ctx, m.Group); err != nil || p.next != "" {
			return err
		}
	}
	return nil
}

// administered fills the page from a group if the caller is its owner or admin.
func (p *applicationPage) administered(ctx context.Context, id GroupID) error {
	g, err := p.store.Group(ctx, p.app.ID, id)
	switch {
	case err != nil:
		return Internal(CodeGroupInternal, err)
	case g == nil: // it went meanwhile
		return nil
	}
	role, err := p.role(ctx, g, p.by.User)
	if err != nil || may(p.app, g.Type, Approve, role) != nil {
		return err
	}
	return p.fill(ctx, g)
}

// fill adds the applications of one group until the page is full.
func (p *applicationPage) fill(ctx context.Context, g *Group) error {
	var after *Application
	if p.after.Group == g.ID && p.after.Newcomer != "" {
		after = &Application{Newcomer: p.after.Newcomer, Kind: p.after.Kind}
	}
	for {
		rows, err := p.store.Applications(ctx, p.app.ID, g.ID, after, maxApplicationPage)
		if err != nil {
			return Internal(CodeGroupInternal, err)
		}
		for _, a := range rows {
			if len(p.list) == p.limit {
				p.next = p.list[len(p.list)-1].ID
				return nil
			}
			if err := p.add(ctx, g, a); err != nil {
				return err
			}
		}
		if len(rows) < maxApplicationPage {
			return nil
		}
		after = rows[len(rows)-1]
	}
}

func (p *applicationPage) add(ctx context.Context, g *Group, a *Application) error {
	if a.Open() {
		m, err := p.store.Member(ctx, p.app.ID, g.ID, a.Newcomer)
		if err != nil {
			return Internal(CodeGroupInternal, err)
		}
		if m != nil {
			return nil
		}
	}
	v := ApplicationView{Application: a, GroupName: g.Name}
	acc, err := p.store.Account(ctx, p.app.ID, a.Applicant)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	if acc != nil {
		v.Nick = acc.Nick
	}
	p.list = append(p.list, v)
	return nil
}
