package message

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// memberOf is somebody's place in a group, nil when they have none; it only reads.
type memberOf func(context.Context, chat.AppID, chat.GroupID, chat.UserID) (*chat.Member, error)

// tellApart tells only those who see m of the one event of the commit, when not
// everybody does: each as an event of theirs, so that the conversation's have no hole for the
// others.
func tellApart(ctx context.Context, t *ledger.Turn, m *chat.Message, kind chat.UserEventKind, member memberOf) error {
	if m.ForAll() {
		return nil
	}
	told := *t.Commit.Events[0]
	t.Commit.Events = nil
	users := append([]chat.UserID{m.From}, m.To...)
	if m.Conv.Kind == chat.C2C {
		users = append(users, m.Peer())
	}
	for i, u := range users {
		if !m.VisibleTo(u) || slices.Contains(users[:i], u) {
			continue
		}
		if m.Conv.Kind == chat.InGroup {
			there, err := member(ctx, m.Conv.App, m.Conv.Group(), u)
			if err != nil {
				return err
			}
			if there == nil {
				continue
			}
		}
		t.Commit.Notices = append(t.Commit.Notices, &chat.UserEvent{
			App: m.Conv.App, User: u, Time: t.Ms, Kind: kind, Conv: m.Conv,
			Told: &told, Expires: told.Expires,
		})
	}
	return nil
}
