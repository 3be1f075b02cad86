package chat

import "context"

// watch makes the caller a viewer of an AVChatRoom. Viewers come and go in
// crowds and change no rule for others, so the step shares its batch.
func (s *Service) watch(ctx context.Context, app *App, by Actor, g *Group, acc *Account) error {
	return s.wait(ctx, &step{
		conv: g.Conv(), bytes: 128,
		prepare: s.turnOf(app, by, g.ID, func(ctx context.Context, t *turn) error {
			if _, err := mayApply(app, t.group); err != nil {
				return err
			}
			// The audience is told even of somebody who is in it: telling is cheap, and
			// a client that repeats itself is not sure.
			t.commit.Viewers = &ViewerChange{Joined: []UserID{by.User}}
			if !t.rooms.enter(t.commit.Conv, by.User) {
				return nil
			}
			t.group.Members = t.rooms.count(t.commit.Conv)
			t.report(AfterMemberJoin, wayApply, []UserID{by.User})
			return t.tellRoom(ctx, TipJoin, person(by.User, acc, nil))
		}),
	})
}

// unwatch ends the caller's watching.
func (s *Service) unwatch(ctx context.Context, by Actor, g *Group) error {
	app, err := s.App(by.App)
	if err != nil {
		return err
	}
	acc, err := s.store.Account(ctx, by.App, by.User)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	return s.wait(ctx, &step{
		conv: g.Conv(), bytes: 128,
		prepare: s.turnOf(app, by, g.ID, func(ctx context.Context, t *turn) error {
			role, err := t.role(ctx, t.group, by.User)
			if err != nil {
				return err
			}
			if err := mayQuit(app, t.group.Type, role); err != nil {
				return err
			}
			if role == RoleAdmin {
				t.commit.Leaves = []UserID{by.User}
			}
			t.rooms.leave(t.commit.Conv, by.User)
			t.commit.Viewers = &ViewerChange{Left: []UserID{by.User}}
			t.group.Members = t.rooms.count(t.commit.Conv)
			t.report(AfterMemberExit, wayQuit, []UserID{by.User})
			return t.tellRoom(ctx, TipQuit, person(by.User, acc, nil))
		}),
	})
}

// tellRoom tells the room that somebody came or went, if it is not told so
// too often: a tip costs one delivery per viewer.
func (t *turn) tellRoom(ctx context.Context, kind TipKind, who Person) error {
	if !t.rooms.mayTell(t.commit.Conv, t.ms/1000) {
		return nil
	}
	return t.tell(ctx, t.rules().tips.coming, Tip{
		Kind: kind, Members: []Person{who}, MemberNum: t.group.Members,
	})
}
