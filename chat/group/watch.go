package group

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// viewerBytes is about what a viewer's coming or going writes.
const viewerBytes = 128

// watch makes the caller a viewer of an AVChatRoom. Viewers come and go in
// crowds and change no rule for others, so the step shares its batch.
func (s *Service) watch(ctx context.Context, app *chat.App, by chat.Actor, g *chat.Group, acc *chat.Account) error {
	fresh, back := false, false // once they are in the room, also when the turn is prepared again
	err := s.ledger.Share(ctx, g.Conv().Shard(), 0, viewerBytes, s.read.turn(app, by, g.ID,
		func(ctx context.Context, t *Turn) error {
			if _, err := grouptype.MayApply(app, t.group); err != nil {
				return err
			}
			if err := t.admits(ctx, t.group, by.User); err != nil {
				return err
			}
			// The audience is told even of somebody who is in it already: that is cheap, and
			// a client that asks again is not sure.
			t.Commit.Viewers = &chat.ViewerChange{Joined: []chat.UserID{by.User}}
			fresh = t.rooms.Enter(t.conv(), by.User, t.Sec()*1000) || fresh
			back = t.rooms.Returns(t.conv(), by.User, t.Sec()) || back
			if !fresh {
				return nil
			}
			t.group.Members = t.rooms.Count(t.conv(), t.Sec())
			t.addWebhook(chat.AfterMemberJoin, wayApply, []chat.UserID{by.User})
			t.viewersOnline(back, by.User)
			return t.tellRoom(ctx, chat.TipJoin, person(by.User, acc, nil))
		}))
	if fresh && refused(ctx, err) {
		s.read.rooms.Leave(g.Conv(), by.User)
	}
	return err
}

// refused reports whether the store has refused a step, which then has not happened; who
// waits no longer does not know.
func refused(ctx context.Context, err error) bool {
	return errors.Is(err, chat.ErrBusy) && ctx.Err() == nil
}

// unwatch ends the caller's watching.
func (s *Service) unwatch(ctx context.Context, by chat.Actor, g *chat.Group) error {
	app, err := s.read.App(by.App)
	if err != nil {
		return err
	}
	acc, err := s.read.Account(ctx, by.App, by.User)
	if err != nil {
		return err
	}
	gone, at := false, int64(0) // once they have left the room, also when the turn is prepared again; and when
	err = s.ledger.Share(ctx, g.Conv().Shard(), 0, viewerBytes, s.read.turn(app, by, g.ID,
		func(ctx context.Context, t *Turn) error {
			role, err := t.roleOf(ctx, by.User)
			if err != nil {
				return err
			}
			if err := grouptype.MayQuit(app, t.group.Type, role); err != nil && !gone {
				return err
			}
			if role == chat.RoleAdmin { // of the rows only admins and the owner have one
				members.Remove(t.Turn, string(by.User))
				t.unmirror(by.User)
			}
			gone, at = t.rooms.Leave(t.conv(), by.User) || gone, t.Sec()*1000
			t.Commit.Viewers = &chat.ViewerChange{Left: []chat.UserID{by.User}}
			t.group.Members = t.rooms.Count(t.conv(), t.Sec())
			t.addWebhook(chat.AfterMemberExit, wayQuit, []chat.UserID{by.User})
			t.viewersOffline(by.User)
			return t.tellRoom(ctx, chat.TipQuit, person(by.User, acc, nil))
		}))
	if gone && refused(ctx, err) {
		s.read.rooms.Enter(g.Conv(), by.User, at)
	}
	return err
}

// tellRoom adds a tip that somebody came or went, unless there were many just
// now: a tip costs one delivery per viewer.
func (t *Turn) tellRoom(ctx context.Context, kind chat.TipKind, who chat.Person) error {
	if !t.rooms.MayTell(t.conv(), t.Sec()) {
		return nil
	}
	return t.addTip(ctx, t.rules().Tips.Coming, chat.Tip{
		Kind: kind, Members: []chat.Person{who}, MemberNum: t.group.Members,
	})
}
