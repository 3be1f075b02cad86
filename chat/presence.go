package chat

import (
	"context"
	"strconv"
)

// Online reports a new connection of by's device, and which platforms it
// pushed out.
func (s *Service) Online(_ context.Context, by Actor, pushedOut []Platform) {
	s.stateChanged(by, "Login", "Register", pushedOut)
}

// Offline reports that by's device is gone: action and reason are those of
// State.StateChange (spec/30 §6.1). last says that the user has no session left, connected or
// resumable: he leaves the AVChatRooms he watches. An empty action reports that
// a session which was told of before has now expired.
func (s *Service) Offline(_ context.Context, by Actor, action, reason string, last bool) {
	if action != "" {
		s.stateChanged(by, action, reason, nil)
	}
	if last {
		s.leaveRooms(by)
	}
}

// leaveRooms takes a user out of the AVChatRooms he watches, its owner too.
// Nobody is told that somebody's connection ended: a choice, rooms being large.
func (s *Service) leaveRooms(by Actor) {
	for _, conv := range s.rooms.watched(by.App, by.User) {
		err := s.lanes.enqueue(&step{
			conv: conv, alone: true, bytes: 64,
			prepare: func(context.Context) (*Commit, error) {
				if !s.rooms.leave(conv, by.User) {
					return nil, nil
				}
				return &Commit{Conv: conv, Viewers: &ViewerChange{Left: []UserID{by.User}}}, nil
			},
		})
		if err != nil {
			s.log.Warn("viewer stays in room", "app", by.App, "user", by.User, "group", conv.A, "err", err)
		}
	}
}

// stateChanged tells the app, if it wants to know. Events of one user pass
// through one lane and so keep their order; nobody waits for them, and a full lane drops them:
// the state itself is told to whoever asks.
func (s *Service) stateChanged(by Actor, action, reason string, pushedOut []Platform) {
	app := s.apps.App(by.App)
	if app == nil || !app.Webhook.On(StateChange) {
		return
	}
	conv := C2COf(by.App, by.User, by.User)
	e := &Event{
		App: by.App, Kind: StateChange, Time: s.nowMs(), Key: stateKey(by.App, by.User),
		By: by.User, IP: by.IP, From: by.Platform, Users: []UserID{by.User},
		Action: action, Reason: reason, Kicked: pushedOut,
	}
	err := s.lanes.enqueue(&step{
		conv: conv, bytes: 128,
		prepare: func(context.Context) (*Commit, error) {
			return &Commit{Conv: conv, Outbox: []*Event{e}}, nil
		},
		finish: func(err error) {
			if err != nil {
				s.log.Warn("state change not recorded", "app", by.App, "user", by.User, "err", err)
			}
		},
	})
	if err != nil {
		s.log.Warn("state change dropped", "app", by.App, "user", by.User, "err", err)
	}
}

// stateKey orders the state changes of a user; it differs from every
// conversation's key.
func stateKey(app AppID, u UserID) string {
	return strconv.FormatUint(uint64(app), 10) + "/state/" + string(u)
}

// Presences tells the state of users (spec/08); one that does not exist is
// among the failures with 70107. Anybody may ask, as anybody may watch (spec/00 §4).
func (s *Service) Presences(ctx context.Context, by Actor, list []UserID) (states []Presence, failures []ItemResult, err error) {
	if _, err := s.App(by.App); err != nil {
		return nil, nil, err
	}
	for _, u := range list {
		acc, err := s.account(ctx, by.App, u)
		if err != nil {
			return nil, nil, err
		}
		if acc == nil {
			failures = append(failures, resultOf(u, Refuse(CodeNoAccount, "")))
			continue
		}
		states = append(states, s.presence(by.App, u))
	}
	return states, failures, nil
}

// presence adds up a user's devices: Online if one is connected (spec/08 §1).
func (s *Service) presence(app AppID, u UserID) Presence {
	p := Presence{User: u, State: Offline, Devices: s.deliverer().Devices(app, u)}
	if len(p.Devices) > 0 {
		p.State = Online
	}
	return p
}
