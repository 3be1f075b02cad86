package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// What an app is told of the viewers of its AVChatRooms (spec/30 §6.4), if it has the
// switch LiveMemberList. A viewer is a user, whatever number of devices they have.

// The words of EventType and EventCause.
const (
	stateOnline      = "Online"
	stateOffline     = "Offline"
	causeJoin        = "Join"
	causeQuit        = "Quit"
	causeInterrupted = "HeartbeatInterrupt"
	causeRecovered   = "HeartbeatRecover"
)

// viewersOnline tells the app of users who watch from now on.
func (t *Turn) viewersOnline(back bool, users ...chat.UserID) {
	cause := causeJoin
	if back {
		cause = causeRecovered
	}
	t.viewerState(stateOnline, cause, users)
}

// viewersOffline tells the app of users who have left the room.
func (t *Turn) viewersOffline(users ...chat.UserID) { t.viewerState(stateOffline, causeQuit, users) }

func (t *Turn) viewerState(state, cause string, users []chat.UserID) {
	if t.app.Switches.LiveMemberList {
		t.Tell(chat.ViewerState, func(e *chat.Event) { e.Action, e.Reason, e.Users = state, cause, users })
	}
}

// LeaveRooms takes by out of the AVChatRooms they watch, the owner too. broken says that
// they may not have wanted it: their last session is gone without a logout. Other viewers
// are not told that somebody's connection ended: a choice, rooms being large.
func (s *Service) LeaveRooms(by chat.Actor, broken bool) {
	app := s.read.AppEvenDisabled(by.App)
	for _, conv := range s.read.rooms.Watched(by.App, by.User) {
		err := s.ledger.Go(conv.Shard(), true, leaveRoom(s.read.rooms, app, by, conv, broken), nil)
		if err != nil {
			s.ledger.Log().Warn("viewer stays in room", "app", by.App, "user", by.User, "group", conv.A, "err", err)
		}
	}
}

// leaveRoom is the turn that takes by out of one room. app is nil if there is none.
func leaveRoom(rooms *audience.Rooms, app *chat.App, by chat.Actor, conv chat.Conversation, broken bool) func(context.Context, *ledger.Turn) error {
	left := false // also when the turn is prepared again
	return func(_ context.Context, t *ledger.Turn) error {
		if left = rooms.Leave(conv, by.User) || left; !left {
			return nil
		}
		t.Commit.Viewers = &chat.ViewerChange{Left: []chat.UserID{by.User}}
		if app == nil || !app.Switches.LiveMemberList || !t.Wants(app, chat.ViewerState) {
			return nil
		}
		e := t.Read.Event(by, chat.ViewerState, conv)
		e.Group, e.Users = &chat.Group{App: app.ID, ID: conv.Group()}, []chat.UserID{by.User}
		e.Action, e.Reason = stateOffline, causeQuit
		if broken {
			e.Reason = causeInterrupted
			rooms.Lose(conv, by.User, t.Sec())
		}
		t.AddWebhook(app, e)
		return nil
	}
}
