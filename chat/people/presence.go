package people

import (
	"context"
	"slices"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// The actions of State.StateChange that are looked at here (spec/30 §6.1).
const (
	actionLogin  = "Login"
	actionLogout = "Logout"
)

// StateChanged notes that a connection of a user has come or gone, which is durable
// where the state needs it, queues the webhook event State.StateChange (spec/30 §6.1) if anybody is
// to be told, and has those told who watch the user. Changes of one user pass through the user's lane and so keep
// their order. Nobody waits for them but who logs out, and a full lane drops them. action and reason are those of the event.
func (s *Service) StateChanged(ctx context.Context, by chat.Actor, action, reason string, pushedOut []chat.Platform) {
	p := &passage{by: by, action: action, reason: reason, kicked: pushedOut, wait: action == actionLogout}
	if err := s.pass(ctx, p); err != nil {
		s.ledger.Log().Warn("state change dropped", "app", by.App, "user", by.User, "err", err)
	}
}

// pass lets a passage happen.
func (s *Service) pass(ctx context.Context, p *passage) error {
	app := s.read.AppEvenDisabled(p.by.App)
	if app == nil {
		return nil
	}
	out, u := s.ledger.Deliverer(), p.by.User
	if p.action == actionLogin {
		s.ledger.Count(app.ID, chat.FigureLogins, 1)
		s.ledger.Came(app.ID)
	}
	p.devices = func() []chat.Device {
		list := staying(out.Devices(app.ID, u))
		if p.action == actionLogout { // it is there until that is durable
			list = slices.DeleteFunc(list, func(d chat.Device) bool { return d.Client == p.by.Device })
		}
		return list
	}
	switch same, err := p.leaves(ctx, s.read, app, s.ledger.Wants(app, chat.StateChange)); {
	case err != nil:
		return err
	case same:
		out.StateMoved(app.ID, u)
		return nil
	}
	turn := func(ctx context.Context, t *ledger.Turn) error { return p.turn(ctx, t, app) }
	shard := chat.UserShard(app.ID, u)
	if p.wait {
		err := s.ledger.Share(ctx, shard, 0, 128, turn)
		out.StateMoved(app.ID, u)
		return err
	}
	log := s.ledger.Log()
	return s.ledger.Go(shard, false, turn, func(err error) {
		if err != nil {
			log.Warn("state change not recorded", "app", app.ID, "user", u, "err", err)
		}
		out.StateMoved(app.ID, u)
	})
}

// stateKey orders the state changes of a user; it differs from every
// conversation's key.
func stateKey(app chat.AppID, u chat.UserID) string {
	return strconv.FormatUint(uint64(app), 10) + "/state/" + string(u)
}

// SetStatus sets the caller's custom status, "" for none: at most chat.MaxStatusBytes of
// UTF-8, else 70402 (spec/08 §4). It ends when they go Offline; of who is Offline already, by a
// Will, there is none.
func (s *Service) SetStatus(ctx context.Context, by chat.Actor, text string) error {
	if err := chat.CheckStatus(text); err != nil {
		return err
	}
	if _, err := s.read.App(by.App); err != nil {
		return err
	}
	return s.pass(ctx, &passage{by: by, action: chat.StatusChange, status: &text, wait: true})
}

// LeaveStatus is SetStatus for a user whose connection has ended: it does not wait.
func (s *Service) LeaveStatus(ctx context.Context, by chat.Actor, text string) error {
	if err := chat.CheckStatus(text); err != nil {
		return err
	}
	return s.pass(ctx, &passage{by: by, action: chat.StatusChange, status: &text})
}

// Presences returns the states of users (spec/08), in the order asked. A user who does
// not exist is among the failures with 70107. Anybody may ask (spec/00 §4).
func (s *Service) Presences(ctx context.Context, by chat.Actor, list []chat.UserID) (states []chat.Presence, failures []chat.ItemResult, err error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, nil, err
	}
	accounts, err := s.read.Accounts(ctx, by.App, list)
	if err != nil {
		return nil, nil, err
	}
	asks := make([]chat.RowAsk, 0, len(list))
	for i, u := range list {
		if accounts[i] == nil {
			failures = append(failures, resultOf(u, chat.Refuse(chat.CodeNoAccount, "")))
			continue
		}
		asks = append(asks, traces.Ask(chat.UserShard(by.App, u), ""))
	}
	left, err := traces.Of(ctx, s.read, asks)
	if err != nil {
		return nil, nil, err
	}
	there := make([]chat.UserID, len(asks))
	for i, a := range asks {
		there[i] = a.Shard.User()
	}
	reached, err := s.pushes.Reached(ctx, by.App, there)
	if err != nil {
		return nil, nil, err
	}
	out, now := s.ledger.Deliverer(), s.read.NowSec()
	states = make([]chat.Presence, len(asks))
	for i, u := range there {
		states[i] = presence(u, staying(out.Devices(by.App, u)), left[i], reached[i], now)
	}
	return states, failures, nil
}

// presence is the state of a user: Online when a device is connected, else PushOnline
// when a mobile platform is, or a device is reached by pushes, else Offline (spec/08 §1). left
// is nil for who has never logged in. now is in Unix seconds.
func presence(u chat.UserID, devices []chat.Device, left *trace, reached []chat.Pushed, now int64) chat.Presence {
	p := chat.Presence{User: u, State: chat.Unknown, Devices: devices}
	if left != nil {
		p.State = chat.Offline
	}
	for _, d := range devices {
		p.State = chat.Online
		p.Note(d.Platform, chat.Online)
	}
	for i := range mobiles {
		if left == nil || !left.pushes(i, now) {
			continue
		}
		if p.State != chat.Online {
			p.State, p.Until = chat.PushOnline, max(p.Until, left.Lost[i]+pushFor)
		}
		p.Note(mobiles[i], chat.PushOnline)
	}
	for _, by := range reached {
		if p.State != chat.Online {
			p.State, p.Until = chat.PushOnline, max(p.Until, by.Until)
		}
		p.Note(by.Platform, chat.PushOnline)
	}
	if left != nil && (p.State == chat.Online || p.State == chat.PushOnline) {
		p.Status = left.Status
	}
	return p
}

// staying are the devices that have not been told to go.
func staying(list []chat.Device) []chat.Device {
	leaves := func(d chat.Device) bool { return d.Leaving }
	if !slices.ContainsFunc(list, leaves) {
		return list
	}
	return slices.DeleteFunc(list, leaves)
}
