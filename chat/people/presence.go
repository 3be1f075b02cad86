package people

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// StateChanged queues the webhook event State.StateChange (spec/30 §6.1) if anybody is
// to be told. Events of one user pass through the user's lane and so keep
// their order. Nobody waits for them, and a full lane drops them; the state itself can
// always be queried.
func (s *Service) StateChanged(by chat.Actor, action, reason string, pushedOut []chat.Platform) {
	app := s.read.AppEvenDisabled(by.App)
	if app == nil || !s.ledger.Wants(app, chat.StateChange) {
		return
	}
	e := &chat.Event{
		App: by.App, Kind: chat.StateChange, Time: s.read.NowMs(), Key: stateKey(by.App, by.User),
		By: by.User, IP: by.IP, From: by.Platform, Users: []chat.UserID{by.User},
		Action: action, Reason: reason, Kicked: pushedOut,
	}
	log := s.ledger.Log()
	err := s.ledger.Go(chat.UserShard(by.App, by.User), false, func(_ context.Context, t *ledger.Turn) error {
		t.Commit.Rules = 0 // decided under no rule
		t.AddWebhook(app, e)
		return nil
	}, func(err error) {
		if err != nil {
			log.Warn("state change not recorded", "app", by.App, "user", by.User, "err", err)
		}
	})
	if err != nil {
		log.Warn("state change dropped", "app", by.App, "user", by.User, "err", err)
	}
}

// stateKey orders the state changes of a user; it differs from every
// conversation's key.
func stateKey(app chat.AppID, u chat.UserID) string {
	return strconv.FormatUint(uint64(app), 10) + "/state/" + string(u)
}

// Presences returns the states of users (spec/08). A user who does not exist is among
// the failures with 70107. Anybody may ask (spec/00 §4).
func (s *Service) Presences(ctx context.Context, by chat.Actor, list []chat.UserID) (states []chat.Presence, failures []chat.ItemResult, err error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, nil, err
	}
	accounts, err := s.read.Accounts(ctx, by.App, list)
	if err != nil {
		return nil, nil, err
	}
	for i, u := range list {
		if accounts[i] == nil {
			failures = append(failures, resultOf(u, chat.Refuse(chat.CodeNoAccount, "")))
			continue
		}
		states = append(states, s.presence(by.App, u))
	}
	return states, failures, nil
}

// presence is a user's state: Online if a device is connected (spec/08 §1).
func (s *Service) presence(app chat.AppID, u chat.UserID) chat.Presence {
	p := chat.Presence{User: u, State: chat.Offline, Devices: s.ledger.Deliverer().Devices(app, u)}
	if len(p.Devices) > 0 {
		p.State = chat.Online
	}
	return p
}
