package chat

import "context"

// sender decides whether from may speak in g now, at the cost of at most two
// point reads. An administrator may speak under his own name anywhere, and under the name of
// anybody who is not muted himself, member or not; mute-all does not bind him (spec/21 §4).
func (s *Service) sender(ctx context.Context, by Actor, from UserID, g *Group) error {
	if by.Admin() && from == by.User {
		return nil
	}
	app, err := s.App(g.App)
	if err != nil {
		return err
	}
	role := rankApp
	if !by.Admin() {
		if role, err = s.role(ctx, g, from); err != nil {
			return err
		}
		if role == NotMember || role == RoleOwner { // the owner is never muted himself
			return maySpeak(app, g, role, 0, 0)
		}
	}
	until, err := s.store.MuteUntil(ctx, g.App, g.ID, from)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	return maySpeak(app, g, role, until, s.nowSec())
}

// standing is by's rank in g: an app administrator's is above the owner's,
// whether or not he is a member.
func (s *Service) standing(ctx context.Context, by Actor, g *Group) (Role, error) {
	if by.Admin() {
		return rankApp, nil
	}
	return s.role(ctx, g, by.User)
}

// role is u's role in g, at the cost of at most one point read. In an
// AVChatRoom whoever watches is a member.
func (s *Service) role(ctx context.Context, g *Group, u UserID) (Role, error) {
	if u == g.Owner && u != "" {
		return RoleOwner, nil
	}
	if g.Type.rules().members {
		return s.storedRole(ctx, g, u)
	}
	if app := s.apps.App(g.App); app != nil && app.Switches.LiveAdmins {
		if r, err := s.storedRole(ctx, g, u); err != nil || r >= RoleAdmin {
			return r, err
		}
	}
	if s.rooms.has(g.Conv(), u) {
		return RoleMember, nil
	}
	return NotMember, nil
}

func (s *Service) storedRole(ctx context.Context, g *Group, u UserID) (Role, error) {
	m, err := s.store.Member(ctx, g.App, g.ID, u)
	switch {
	case err != nil:
		return NotMember, Internal(CodeGroupInternal, err)
	case m == nil:
		return NotMember, nil
	}
	return m.Role, nil
}

// group finds a group: 10015 for a malformed id, 10010 when there is none.
func (s *Service) group(ctx context.Context, app AppID, id GroupID) (*Group, error) {
	if !id.Valid() {
		return nil, Refuse(CodeBadGroupID, "")
	}
	g, err := s.store.Group(ctx, app, id)
	switch {
	case err != nil:
		return nil, Internal(CodeGroupInternal, err)
	case g == nil:
		return nil, Refuse(CodeNoGroup, "")
	}
	return g, nil
}

// seesFrom is the number of the first message that member u may read: 1, or
// the one after he joined where the type hides what came before. 10007 for others, 10044
// for types that keep no history.
func (s *Service) seesFrom(ctx context.Context, a *App, g *Group, u UserID) (Seq, error) {
	if !g.Type.rules().stored {
		return 0, Refuse(CodeNoHistory, "")
	}
	m, err := s.store.Member(ctx, g.App, g.ID, u)
	switch {
	case err != nil:
		return 0, Internal(CodeGroupInternal, err)
	case m == nil:
		return 0, Refuse(CodeGroupNotAllowed, "members only")
	case earlierShown(a, g.Type):
		return 1, nil
	}
	return m.JoinSeq + 1, nil
}

// mayRecallOther decides whether by may take back what somebody else has said
// in a group: whoever recalls must outrank the author (spec/21 §2).
func (s *Service) mayRecallOther(ctx context.Context, by Actor, m *Message) error {
	g, err := s.group(ctx, m.Conv.App, m.Conv.Group())
	if err != nil {
		return err
	}
	app, err := s.App(g.App)
	if err != nil {
		return err
	}
	rank, err := s.standing(ctx, by, g)
	if err != nil {
		return err
	}
	author, err := s.role(ctx, g, m.From)
	if err != nil {
		return err
	}
	return mayTo(app, g.Type, RecallOther, rank, author)
}
