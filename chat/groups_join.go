package chat

import "context"

// The ways of spec/30 §6.4: JoinType and ExitType.
const (
	wayApply   = "Apply"
	wayInvited = "Invited"
	wayQuit    = "Quit"
	wayKicked  = "Kicked"
)

// JoinGroup makes the caller a member or, where the group wants to be asked,
// leaves his application with text and returns joined false (spec/21 §3). A repeated
// application changes the text. Watching an AVChatRoom that one watches already is no error.
func (s *Service) JoinGroup(ctx context.Context, by Actor, id GroupID, text string) (joined bool, err error) {
	if len(text) > maxApplyText {
		return false, Refuse(CodeGroupParameter, "ApplyMsg is longer than %d bytes", maxApplyText)
	}
	app, err := s.App(by.App)
	if err != nil {
		return false, err
	}
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return false, err
	}
	acc, err := s.groupAccount(ctx, by.App, by.User)
	if err != nil {
		return false, err
	}
	if !g.Type.rules().members {
		err = s.watch(ctx, app, by, g, acc)
		return err == nil, err
	}
	noRoom := s.roomForGroup(ctx, app, g.Type, by.User)
	deciders := []UserID{g.Owner}
	if g.ApplyJoin == JoinPermission {
		if deciders, err = s.askedAbout(ctx, g, by.User); err != nil {
			return false, err
		}
	}
	waits := false
	err = s.regroup(ctx, by, id, func(ctx context.Context, t *turn) (err error) {
		if waits, err = t.mayJoin(ctx, noRoom); err != nil {
			return err
		}
		if waits {
			return t.apply(ctx, text, deciders)
		}
		return t.arrive(ctx, acc)
	})
	if err != nil {
		return false, err
	}
	return !waits, nil
}

// mayJoin decides whether the caller may come in, and whether he waits. noRoom
// is what the cap on his groups says; it comes last (spec/40 §14).
func (t *turn) mayJoin(ctx context.Context, noRoom error) (waits bool, err error) {
	if err := may(t.app, t.group.Type, Apply, NotMember); err != nil {
		return false, err
	}
	m, err := t.member(ctx, t.by.User)
	switch {
	case err != nil:
		return false, err
	case m != nil:
		return false, Refuse(CodeAlreadyMember, "")
	}
	if waits, err = mayApply(t.app, t.group); err != nil {
		return false, err
	}
	if t.group.full() {
		return false, Refuse(CodeGroupFull, "")
	}
	return waits, noRoom
}

// arrive enrolls the caller.
func (t *turn) arrive(ctx context.Context, acc *Account) error {
	t.enroll(t.by.User, RoleMember, nil)
	t.report(AfterMemberJoin, wayApply, []UserID{t.by.User})
	who := person(t.by.User, acc, nil)
	who.Role = RoleMember
	return t.tell(ctx, t.rules().tips.coming, Tip{
		Kind: TipJoin, Members: []Person{who}, MemberNum: t.group.Members,
	})
}

// QuitGroup leaves a group. The last one to leave disbands it (spec/21 §3).
func (s *Service) QuitGroup(ctx context.Context, by Actor, id GroupID) error {
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return err
	}
	if !g.Type.rules().members {
		return s.unwatch(ctx, by, g)
	}
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error { return t.quit(ctx) })
}

func (t *turn) quit(ctx context.Context) error {
	m, err := t.member(ctx, t.by.User)
	switch {
	case err != nil:
		return err
	case m == nil:
		return Refuse(CodeGroupNotAllowed, "not a member")
	}
	if err := mayQuit(t.app, t.group.Type, m.Role); err != nil {
		return err
	}
	acc, err := t.store.Account(ctx, t.app.ID, t.by.User)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	if m.Role == RoleOwner {
		t.group.Owner = ""
		t.profileChanged()
	}
	t.notify(t.by.User, Notice{Kind: NoticeQuit})
	t.report(AfterMemberExit, wayQuit, []UserID{t.by.User})
	t.expel(t.by.User)
	if t.group.Members == 0 {
		t.disband(nil)
		return nil
	}
	return t.tell(ctx, t.rules().tips.coming, Tip{
		Kind: TipQuit, Members: []Person{person(t.by.User, acc, m)}, MemberNum: t.group.Members,
	})
}
