package chat

import "context"

// The ways of spec/30 §6.4: JoinType and ExitType.
const (
	wayApply   = "Apply"
	wayInvited = "Invited"
	wayQuit    = "Quit"
	wayKicked  = "Kicked"
)

// JoinGroup makes the caller a member (spec/21 §3). Applications that need an
// approval are refused (10007), so joined is true whenever err is nil; text would go with
// an application. Watching an AVChatRoom that one watches already is no error.
func (s *Service) JoinGroup(ctx context.Context, by Actor, id GroupID, text string) (joined bool, err error) {
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
	full := s.roomForGroup(ctx, app, g.Type, by.User)
	err = s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		return t.join(ctx, acc, full)
	})
	return err == nil, err
}

// join enrolls the caller. noRoom is what the cap on his groups says; it
// comes last (spec/40 §14).
func (t *turn) join(ctx context.Context, acc *Account, noRoom error) error {
	if err := may(t.app, t.group.Type, Apply, NotMember); err != nil {
		return err
	}
	m, err := t.member(ctx, t.by.User)
	switch {
	case err != nil:
		return err
	case m != nil:
		return Refuse(CodeAlreadyMember, "")
	}
	if err := mayApply(t.app, t.group); err != nil {
		return err
	}
	if t.group.full() {
		return Refuse(CodeGroupFull, "")
	}
	if noRoom != nil {
		return noRoom
	}
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
