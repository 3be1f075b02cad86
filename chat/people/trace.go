package people

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// pushFor is how long a mobile platform is PushOnline without a connection (spec/08 §1).
const pushFor = 7 * day // seconds

const day = 24 * 60 * 60 // seconds

// trace is what is known of a user's state beside their connections. Who has none has
// never logged in. It is written at the first login of a day, when a mobile platform has lost
// its last connection, at a logout, and with the custom status; never for a message.
type trace struct {
	Day int64 // of the last login, in days since 1970 (UTC)
	// Lost is for each of the mobile platforms when it lost its last connection, Unix
	// seconds; 0: it has logged out, or never was in. It is set by a login too, so that a
	// server that was killed has it.
	Lost [3]int64
	// Status is the custom status, and for as long as the user is not Offline.
	Status string
	Seen   int64 // the last day on which a connection came, or the last one went
}

// mobiles are the platforms that are PushOnline after a loss, in the order of Lost. Mac is
// none: a choice (spec/08 §1).
var mobiles = [...]chat.Platform{chat.PlatformIOS, chat.PlatformAndroid, chat.PlatformIPad}

var traces = ledger.Table(record.Trace, func(f *record.Fields, t *trace) {
	record.Int(f, 1, &t.Day)
	for i := range t.Lost {
		record.Int(f, 2+i, &t.Lost[i])
	}
	record.Text(f, 5, &t.Status)
	record.Int(f, 6, &t.Seen)
})

// pushes reports whether platform i is reached by pushes alone, were it not connected.
func (t *trace) pushes(i int, now int64) bool { return t.Lost[i] != 0 && now < t.Lost[i]+pushFor }

// away reports whether the user is Offline, having no connection.
func (t *trace) away(now int64) bool {
	for i := range mobiles {
		if t.pushes(i, now) {
			return false
		}
	}
	return true
}

// passage is a change of a user's state.
type passage struct {
	by      chat.Actor
	action  string // of State.StateChange
	reason  string
	kicked  []chat.Platform
	status  *string // what the custom status is set to
	wait    bool    // until it is durable
	devices func() []chat.Device
}

// after is the trace behind the passage; t is what it was. now is in Unix seconds.
func (p *passage) after(t trace, now int64) trace {
	connected := p.devices()
	has := func(platform chat.Platform) bool {
		return slices.ContainsFunc(connected, func(d chat.Device) bool { return d.Platform == platform })
	}
	mine, today := slices.Index(mobiles[:], p.by.Platform), now/day
	switch {
	case p.action == actionLogin:
		if len(connected) <= 1 && t.away(now) {
			t.Status = "" // of before the user was Offline
		}
		t.Day, t.Seen = today, today
		for i, platform := range mobiles {
			if slices.Contains(p.kicked, platform) && !has(platform) {
				t.Lost[i] = 0
			}
		}
		if mine >= 0 && now > t.Lost[mine]+pushFor/2 {
			t.Lost[mine] = now
		}
	case p.status != nil:
		t.Status = *p.status
	case mine >= 0 && !has(p.by.Platform):
		if t.Lost[mine] = now; p.action == actionLogout {
			t.Lost[mine] = 0
		}
	}
	if p.status == nil && len(connected) == 0 {
		t.Seen = today
	}
	if p.action != actionLogin && len(connected) == 0 && t.away(now) {
		t.Status = ""
	}
	return t
}

// leaves reports whether the passage leaves the trace as it is, and nobody is to be told.
func (p *passage) leaves(ctx context.Context, r *ledger.Reader, app *chat.App, wants bool) (bool, error) {
	if wants {
		return false, nil
	}
	was, err := traces.Get(ctx, r, chat.UserShard(app.ID, p.by.User), "")
	return was != nil && p.after(*was, r.NowSec()) == *was, err
}

// stayed reports whether the user has a connection since before a day: then they were
// counted when it began.
func (p *passage) stayed(today int64) bool {
	return slices.ContainsFunc(p.devices(), func(d chat.Device) bool { return d.Since < today*day*1000 })
}

// turn writes the trace behind the passage, unless the account is not the caller's any
// more, and tells the app.
func (p *passage) turn(ctx context.Context, t *ledger.Turn, app *chat.App) error {
	acc, err := t.Read.Account(ctx, t.Shard.App, t.Shard.User())
	if err != nil {
		return err
	}
	told := p.status == nil
	if acc != nil && acc.Holder == p.by.Holder {
		was, err := traces.Get(ctx, t.Read, t.Shard, "")
		if err != nil {
			return err
		}
		if was == nil {
			was = &trace{}
		}
		next := p.after(*was, t.Sec())
		told = told || next.Status != was.Status
		if next != *was {
			traces.Put(t, "", &next)
		}
		if next.Day != was.Day {
			t.Count(chat.FigureLoginUsers, 1)
		}
		if next.Seen != was.Seen && p.action == actionLogin && !p.stayed(next.Seen) {
			t.Count(chat.FigureActive, 1)
		}
	}
	if told && t.Wants(app, chat.StateChange) {
		t.AddWebhook(app, p.event(t.Ms))
	}
	if len(t.Commit.Rows) == 0 {
		t.Commit.Rules = 0 // decided under no rule
	}
	return nil
}

// event is the webhook event of the passage.
func (p *passage) event(ms int64) *chat.Event {
	e := &chat.Event{
		App: p.by.App, Kind: chat.StateChange, Time: ms, Key: stateKey(p.by.App, p.by.User),
		By: p.by.User, IP: p.by.IP, From: p.by.Platform, Trace: p.by.Trace, Users: []chat.UserID{p.by.User},
		Action: p.action, Reason: p.reason, Kicked: p.kicked,
	}
	if p.status != nil {
		e.Info = *p.status
	}
	return e
}
