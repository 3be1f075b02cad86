package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// The ways of spec/30 §6.4: JoinType and ExitType.
const (
	wayApply   = "Apply"
	wayInvited = "Invited"
	wayQuit    = "Quit"
	wayKicked  = "Kicked"
)

// Join makes the caller a member or, where the group wants to be asked,
// leaves their join request with text and returns joined false (spec/21 §3). A repeated
// request changes the text. Watching an AVChatRoom twice is no error.
func (s *Service) Join(ctx context.Context, by chat.Actor, id chat.GroupID, text string) (joined bool, err error) {
	if len(text) > maxApplyText {
		return false, chat.Refuse(chat.CodeGroupParameter, "ApplyMsg is longer than %d bytes", maxApplyText)
	}
	app, err := s.read.App(by.App)
	if err != nil {
		return false, err
	}
	g, err := s.read.group(ctx, by.App, id)
	if err != nil {
		return false, err
	}
	acc, err := s.read.account(ctx, by.App, by.User)
	if err != nil {
		return false, err
	}
	noRoom := s.read.roomForGroup(ctx, app, g.Type, by.User)
	if noRoom == nil {
		if err := s.askApply(ctx, app, by, g); err != nil {
			return false, err
		}
	}
	if !grouptype.Of(g.Type).Members {
		err = s.watch(ctx, app, by, g, acc)
		return err == nil, err
	}
	deciders := []chat.UserID{g.Owner}
	if g.ApplyJoin == chat.JoinPermission {
		if deciders, err = s.read.askedAbout(ctx, g, by.User); err != nil {
			return false, err
		}
	}
	waits := false
	err = s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		must, err := t.mayJoin(ctx, noRoom)
		if err != nil {
			return err
		}
		if waits = must; must {
			return t.apply(ctx, text, deciders)
		}
		return t.arrive(ctx, acc)
	})
	if err != nil {
		s.tellFull(by, id, err)
		return false, err
	}
	return !waits, nil
}

// tellFull tells the app of a join that failed because the group is full. Nobody
// waits for that.
func (s *Service) tellFull(by chat.Actor, id chat.GroupID, why error) {
	app, err := s.read.App(by.App)
	if err != nil || chat.CodeOf(why) != chat.CodeGroupFull || !s.ledger.Wants(app, chat.AfterGroupFull) {
		return
	}
	err = s.ledger.Go(chat.GroupShard(by.App, id), true, s.read.turn(app, by, id, func(_ context.Context, t *Turn) error {
		t.addWebhook(chat.AfterGroupFull, "", nil)
		return nil
	}), nil)
	if err != nil {
		s.ledger.Log().Warn("full group not told", "app", by.App, "group", id, "err", err)
	}
}

// mayJoin decides whether the caller may come in, and whether they must wait.
// noRoom is what the cap on their groups says; it comes last (spec/40 §14).
func (t *Turn) mayJoin(ctx context.Context, noRoom error) (waits bool, err error) {
	if err := grouptype.May(t.app, t.group.Type, grouptype.Apply, chat.NotMember); err != nil {
		return false, err
	}
	m, err := t.memberOf(ctx, t.by.User)
	switch {
	case err != nil:
		return false, err
	case m != nil:
		return false, chat.Refuse(chat.CodeAlreadyMember, "")
	}
	if waits, err = grouptype.MayApply(t.app, t.group); err != nil {
		return false, err
	}
	if err := t.admits(ctx, t.group, t.by.User); err != nil {
		return false, err
	}
	if full(t.group) {
		return false, chat.Refuse(chat.CodeGroupFull, "")
	}
	return waits, noRoom
}

// arrive enrolls the caller.
func (t *Turn) arrive(ctx context.Context, acc *chat.Account) error {
	t.enroll(t.by.User, chat.RoleMember, nil)
	t.addWebhook(chat.AfterMemberJoin, wayApply, []chat.UserID{t.by.User})
	who := person(t.by.User, acc, nil)
	who.Role = chat.RoleMember
	return t.addTip(ctx, t.rules().Tips.Coming, chat.Tip{
		Kind: chat.TipJoin, Members: []chat.Person{who}, MemberNum: t.group.Members,
	})
}

// Quit leaves a group. The last one to leave disbands it (spec/21 §3).
func (s *Service) Quit(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	g, err := s.read.group(ctx, by.App, id)
	if err != nil {
		return err
	}
	if !grouptype.Of(g.Type).Members {
		return s.unwatch(ctx, by, g)
	}
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error { return t.quit(ctx) })
}

func (t *Turn) quit(ctx context.Context) error {
	m, err := t.memberOf(ctx, t.by.User)
	switch {
	case err != nil:
		return err
	case m == nil:
		return chat.Refuse(chat.CodeGroupNotAllowed, "not a member")
	}
	if err := grouptype.MayQuit(t.app, t.group.Type, m.Role); err != nil {
		return err
	}
	acc, err := t.Account(ctx, t.app.ID, t.by.User)
	if err != nil {
		return err
	}
	if m.Role == chat.RoleOwner {
		t.group.Owner = ""
		t.profileChanged()
	}
	t.addNotice(t.by.User, chat.Notice{Kind: chat.NoticeQuit})
	t.addWebhook(chat.AfterMemberExit, wayQuit, []chat.UserID{t.by.User})
	if err := t.expel(ctx, t.by.User); err != nil {
		return err
	}
	if t.group.Members == 0 {
		return t.disband(ctx, nil)
	}
	return t.addTip(ctx, t.rules().Tips.Coming, chat.Tip{
		Kind: chat.TipQuit, Members: []chat.Person{person(t.by.User, acc, m)}, MemberNum: t.group.Members,
	})
}
