package push

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// toldAtOnce is how many pushes a webhook event tells of (spec/30 §6.5).
const toldAtOnce = 100

// pushesKey orders the webhook events about pushes of an app; it differs from every
// conversation's key.
const pushesKey = "/pushes"

// keepTraces keeps what became of pushes; for 30 days.
func keepTraces(t *ledger.Turn, list []Settlement) {
	for _, one := range list {
		v := Traced{
			User: one.User, Client: one.Client, Channel: one.Channel, TaskID: one.TaskID,
			Stage: one.Stage, Code: one.Code, Info: one.Info, Time: one.Time,
			Kind: one.Conv.Kind, A: one.Conv.A, B: one.Conv.B, Seq: one.Seq,
		}
		traces.PutUntil(t, traceKey(one.PushID, one.User, one.Client), &v, t.Sec()+tracedFor)
	}
}

// tell tells the app what became of pushes of chat messages.
func tell(t *ledger.Turn, app *chat.App, list []Settlement) {
	if app == nil || !t.Wants(app, chat.OfflinePush) {
		return
	}
	told := make([]chat.PushTold, 0, len(list))
	for i := range list {
		if list[i].TaskID == "" {
			told = append(told, list[i].told())
		}
	}
	for chunk := range slices.Chunk(told, toldAtOnce) {
		t.AddWebhook(app, &chat.Event{
			App: app.ID, Kind: chat.OfflinePush, Key: fmt.Sprint(app.ID) + pushesKey, Time: t.Ms, Pushes: chunk,
		})
	}
}

// told is it as the app is told.
func (one *Settlement) told() chat.PushTold {
	p := chat.PushTold{
		From: one.From, To: one.User, Group: one.Conv.Group(), Seq: uint64(one.Seq), PushID: one.PushID,
		Platform: one.Channel.Number(), Stage: int(one.Stage), Code: one.Code, Info: one.Info, Time: one.Time,
	}
	if m := one.Message; m != nil {
		p.From, p.Random, p.MsgTime = m.From, m.Random, m.Seconds()
		if m.Conv.Kind == chat.C2C {
			p.Key, p.Seq = m.Key(), uint64(m.MsgKey().Seq)
		}
	}
	return p
}

// maxPushID bounds a PushId, in bytes.
const maxPushID = 128

// Clicked notes that the user has opened a push on the caller's device (spec/00 §5): once.
// Of a push that this device has not had, or that lies 30 days back, nothing is noted.
func (s *Service) Clicked(ctx context.Context, by chat.Actor, pushID string) error {
	app, err := s.read.App(by.App)
	if err != nil {
		return err
	}
	if err := ownDevice(by); err != nil {
		return err
	}
	if pushID == "" || len(pushID) > maxPushID {
		return chat.Refuse(chat.CodeAccountParameter, "PushId has 1 to %d bytes", maxPushID)
	}
	shard, key := chat.AppShard(by.App), traceKey(pushID, by.User, by.Device)
	was, err := traces.Get(ctx, s.read, shard, key)
	if err != nil || was == nil || was.Clicked != 0 {
		return err
	}
	one := Settlement{
		User: by.User, Client: by.Device, Channel: was.Channel, PushID: pushID, TaskID: was.TaskID,
		Conv: chat.Conversation{App: by.App, Kind: was.Kind, A: was.A, B: was.B}, Seq: was.Seq, Stage: StageClicked, Time: s.read.NowSec(),
	}
	if was.TaskID == "" && was.Kind != 0 {
		m, err := s.read.Message(ctx, one.Conv, one.Seq)
		if err != nil && !chat.IsHole(err) {
			return err
		}
		if one.Message = m; m != nil {
			one.From = m.From
		}
	}
	also := s.settled
	return s.ledger.Share(ctx, shard, 0, 256, func(ctx context.Context, t *ledger.Turn) error {
		return click(ctx, t, app, key, one, also)
	})
}

// click is the turn of Clicked.
func click(ctx context.Context, t *ledger.Turn, app *chat.App, key string, one Settlement, also func(*ledger.Turn, []Settlement)) error {
	was, err := traces.Get(ctx, t.Read, t.Shard, key)
	if err != nil || was == nil || was.Clicked != 0 {
		return err
	}
	next := *was
	next.Clicked = one.Time
	traces.PutUntil(t, key, &next, was.Time+tracedFor)
	list := []Settlement{one}
	if also != nil {
		also(t, list)
	}
	tell(t, app, list)
	t.Commit.Rules = 0
	return nil
}

// Count names a number of pushes: what was done with them, by which channel, and why.
type Count struct {
	Channel ChannelName
	What    Counted
	Reason  string // CountRetried and CountDropped
}

// Counted is what was done with a push.
type Counted uint8

// What is counted.
const (
	CountQueued Counted = iota
	CountSent
	CountRetried
	CountDropped
)

// Backlog is what waits in a channel of an app, as it was when the queue was looked at last.
type Backlog struct {
	App     chat.AppID
	Channel ChannelName
	Waiting int64
	Oldest  int64 // when the oldest was put there, Unix milliseconds; 0: nothing waits
	Paused  bool
}

// figures are numbers for the operator.
type figures struct {
	countMu  sync.Mutex
	counts   map[Count]uint64
	backlogs map[place]Backlog
}

func (f *figures) count(at place, what Counted, reason string) {
	f.countMu.Lock()
	defer f.countMu.Unlock()
	if f.counts == nil {
		f.counts = map[Count]uint64{}
	}
	f.counts[Count{at.channel, what, reason}]++
}

// Counts are the numbers of pushes since the start.
func (s *Service) Counts() map[Count]uint64 {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	list := make(map[Count]uint64, len(s.counts))
	for k, v := range s.counts {
		list[k] = v
	}
	return list
}

// Backlogs are what waits in each channel that has ever had something.
func (s *Service) Backlogs() []Backlog {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	list := make([]Backlog, 0, len(s.backlogs))
	for _, b := range s.backlogs {
		list = append(list, b)
	}
	return list
}

// note notes what waits in a channel. While it is paused that is not looked at again.
func (c *courier) note(waiting, oldest int64, paused bool) {
	f := &c.s.figures
	f.countMu.Lock()
	defer f.countMu.Unlock()
	if f.backlogs == nil {
		f.backlogs = map[place]Backlog{}
	}
	if was := f.backlogs[c.at]; paused {
		waiting, oldest = max(waiting, was.Waiting), was.Oldest
	}
	f.backlogs[c.at] = Backlog{c.at.app, c.at.channel, waiting, oldest, paused}
}

// noteQueued counts what was put into the queue, and wakes those who send it.
func (s *Service) noteQueued(app chat.AppID, list []queued) {
	for _, c := range ChannelNames {
		n := 0
		for _, q := range list {
			if q.channel == c {
				n++
				s.count(place{app, c}, CountQueued, "")
			}
		}
		if n > 0 {
			s.courier(app, c).nudge()
		}
	}
}
