package broker_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// pausing is a core that acts between a session's entry into the table and the
// CONNACK: the door asks Login once before Attach, and once between the two.
type pausing struct {
	broker.Core
	user   chat.UserID
	logins int    // of user, since act was set
	act    func() // nil: nothing to do
}

// Login implements hooks.Core.
func (p *pausing) Login(ctx context.Context, a chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error) {
	if p.act != nil && u == p.user {
		if p.logins++; p.logins == 2 {
			p.act()
		}
	}
	return p.Core.Login(ctx, a, u, t)
}

// passing is a deliverer that reports what has been through the broker.
type passing struct {
	*broker.Broker
	messages chan chat.Seq
	events   chan *chat.UserEvent
}

// Deliver implements chat.Deliverer.
func (p passing) Deliver(m *chat.Message, session uint64) {
	p.Broker.Deliver(m, session)
	p.messages <- m.Seq
}

// UserEvent implements chat.Deliverer.
func (p passing) UserEvent(e *chat.UserEvent) {
	p.Broker.UserEvent(e)
	p.events <- e
}

// B12: nothing is sent before the CONNACK. The session has packets to repeat and
// messages to catch up with by then, and a message, an event and a typing signal are
// delivered to it at that moment. Everything except the typing signal, which is not
// kept, comes afterwards in order.
func TestConnackComesFirst(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		t.Run("after an absence", func(t *testing.T) { connackFirst(t, version, true) })
		t.Run("by takeover", func(t *testing.T) { connackFirst(t, version, false) })
	})
}

func connackFirst(t *testing.T, version byte, absent bool) {
	const window, backlog = 20, 30 // a client that names no Receive Maximum has 20 in flight
	core := &pausing{user: "ann"}
	h := open(t, func(o *broker.Options) { core.Core, o.Service = o.Service, core })
	who := hello{user: "ann", client: "phone", version: version, keep: true, manual: true}
	old := h.enter(who)
	old.subscribe(1, "im/#")
	h.burst("bob", chat.ToUser("ann"), backlog)
	for range window {
		old.want(packets.Publish)
	}
	if absent {
		old.leave()
		h.away("ann")
	}

	through := passing{h.b, make(chan chat.Seq, 2*backlog), make(chan *chat.UserEvent, 1)}
	h.svc.Attach(through)
	var acted atomic.Bool
	core.act = func() {
		acted.Store(true)
		h.deliverToAnn(through)
		if h.b.CatchesUp(app, "ann") {
			t.Error("ann is served from the log before the CONNACK")
		}
	}
	who.manual = false
	ann := h.enter(who) // fails unless CONNACK is the first packet
	if !acted.Load() {
		t.Fatal("nothing was delivered before the CONNACK: the test proves nothing")
	}
	if !ann.ack.SessionPresent {
		t.Error("the session is lost")
	}
	ann.catchesUp(t, window, backlog+1, 2) // the mark is told as ann's event, and as the conversation's
}

// deliverToAnn has a message, an event and a typing signal delivered, and
// returns when the broker has had all three. It runs on the broker's goroutine.
func (h *house) deliverToAnn(through passing) {
	ctx := context.Background()
	bob := chat.Actor{App: app, User: "bob"}
	sent, err := h.svc.Message.SendWait(ctx, bob, textTo(chat.ToUser("ann"), "now"))
	if err != nil {
		h.Errorf("send: %v", err)
		return
	}
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	if err := h.svc.Inbox.MarkRead(ctx, admin, "ann", chat.ToUser("bob"), 1); err != nil {
		h.Errorf("mark read: %v", err)
		return
	}
	for <-through.messages != sent.Seq { // the last of the backlog may have been on its way
	}
	<-through.events                                                    // the peers' event is delivered before it
	if err := h.svc.Message.Typing(ctx, bob, "ann", true); err != nil { // delivered when it returns
		h.Errorf("typing: %v", err)
	}
}

// catchesUp checks that first the window is repeated, then the rest comes, in
// order up to the last message, among as many read events, and nothing else. What
// was in the window may come once more from the log: how far the old connection
// was served is known from below.
func (d *device) catchesUp(t *testing.T, window, last chat.Seq, events int) {
	t.Helper()
	for want := chat.Seq(1); want <= last || events > 0; {
		pk := d.want(packets.Publish)
		m := parse(t, pk.Payload)
		switch {
		case pk.TopicName == "im/event/read" && want > window && events > 0:
			events--
		case pk.TopicName == "im/in/c2c/bob" && m.MsgSeq == want && pk.FixedHeader.Dup == (want <= window):
			want++
		case pk.TopicName == "im/in/c2c/bob" && m.MsgSeq <= window && want > window:
		default:
			t.Fatalf("want message %d, got %q %q, DUP %v", want, pk.TopicName, pk.Payload, pk.FixedHeader.Dup)
		}
	}
	d.quiet()
}
