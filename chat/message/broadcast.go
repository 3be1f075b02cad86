package message

import (
	"context"
	"maps"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// broadcastsASecond bounds the broadcasts of an app (spec/22b §12).
const broadcastsASecond = 1

// Broadcast sends a message to every AVChatRoom of the app that somebody watches
// (spec/22b §12), for administrators of the app with the switch LiveBroadcast: 10007
// otherwise. 10023 when there was one in the same second. The same sender and Random within 5
// minutes are a repetition, which gets the first answer. No webhook is called. It returns
// the highest number that the message got in a room, 0 when nobody watches any.
func (s *Service) Broadcast(ctx context.Context, by chat.Actor, d chat.Draft) (chat.Seq, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return 0, err
	}
	switch {
	case !by.Admin():
		return 0, chat.Refuse(chat.CodeGroupNotAllowed, "for administrators of the app")
	case !app.Switches.LiveBroadcast:
		return 0, chat.Refuse(chat.CodeGroupNotAllowed, "the switch live_broadcast is off")
	case d.Random == nil:
		return 0, chat.Refuse(chat.CodeGroupParameter, "Random is missing")
	case len(d.Only) > 0:
		return 0, chat.Refuse(chat.CodeGroupParameter, "To_Account is not for broadcasts")
	}
	if err := checkDraft(&d, &app.Limits); err != nil {
		return 0, formError(chat.InGroup, err)
	}
	if d.Body, err = s.passed(ctx, by.App, d.Body); err != nil {
		return 0, err
	}
	if _, err := s.fit(ctx, by, app, chat.Conversation{}, d.Body, d.Cloud, nowhere); err != nil {
		return 0, formError(chat.InGroup, err)
	}
	from, err := author(app, by, &d)
	if err != nil {
		return 0, err
	}
	key := broadcast{by.App, from, *d.Random}
	seq, repeated, err := s.broadcasts.begin(key, s.ledger.NowSec())
	if err != nil || repeated {
		return seq, err
	}
	seq, err = s.toRooms(ctx, by, d)
	s.broadcasts.end(key, seq, err)
	return seq, err
}

// toRooms sends a draft to all rooms and waits for all. A room that has gone
// meanwhile, or refuses the sender, goes without.
func (s *Service) toRooms(ctx context.Context, by chat.Actor, d chat.Draft) (chat.Seq, error) {
	d.SkipBefore, d.SkipAfter, d.Checked = true, true, true
	rooms := s.groups.BusyRooms(by.App)
	targets := make([]chat.Target, len(rooms))
	for i, id := range rooms {
		targets[i] = chat.ToGroup(id)
	}
	var highest chat.Seq
	for _, a := range s.sendEach(ctx, by, d, targets) {
		if a.err != nil && chat.IsFault(a.err) {
			return 0, a.err
		}
		highest = max(highest, a.receipt.Seq)
	}
	return highest, nil
}

// broadcasts remembers the broadcasts of the last minutes, and how many each app
// has made in this second.
type broadcasts struct {
	mu     sync.Mutex
	known  map[broadcast]*broadcasted
	second int64 // of made, Unix seconds
	made   map[chat.AppID]int
}

type broadcast struct {
	app    chat.AppID
	from   chat.UserID
	random uint32
}

// broadcasted is what a broadcast has led to. While it is under way a repetition
// is answered with number 0.
type broadcasted struct {
	seq   chat.Seq
	since int64 // Unix seconds
}

func newBroadcasts() *broadcasts {
	return &broadcasts{known: map[broadcast]*broadcasted{}, made: map[chat.AppID]int{}}
}

// begin admits a broadcast, unless it is a repetition: then it gives the number of
// the first.
func (b *broadcasts) begin(key broadcast, now int64) (seq chat.Seq, repeated bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const window = duplicateWindow
	maps.DeleteFunc(b.known, func(_ broadcast, one *broadcasted) bool { return now-one.since > window })
	if first := b.known[key]; first != nil {
		return first.seq, true, nil
	}
	if b.second != now {
		b.second = now
		clear(b.made)
	}
	if b.made[key.app] >= broadcastsASecond {
		return 0, false, chat.Refuse(chat.CodeGroupRate, "there was a broadcast in this second")
	}
	b.made[key.app]++
	b.known[key] = &broadcasted{since: now}
	return 0, false, nil
}

// end notes what became of a broadcast. One that failed may be tried again.
func (b *broadcasts) end(key broadcast, seq chat.Seq, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		delete(b.known, key)
	} else if one := b.known[key]; one != nil {
		one.seq = seq
	}
}
