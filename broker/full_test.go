package broker_test

import (
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// fullHouse is a house whose log a test reads.
func fullHouse(t *testing.T) (*house, *pages) {
	t.Helper()
	log := &pages{}
	return open(t, func(o *broker.Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) }), log
}

// noError checks that a full disk is no error of the broker's: the store tells of it.
func (p *pages) noError(t *testing.T) {
	t.Helper()
	if text := p.String(); strings.Contains(text, "ERROR") || strings.Contains(text, "WARN") {
		t.Errorf("an operator reads:\n%s", text)
	}
}

// While the disk is full nothing is promised that is not kept, sessions that are stored
// are served, and what could not be saved is saved as soon as there is room.
func TestFullDiskAndSessions(t *testing.T) {
	h, log := fullHouse(t)
	who := hello{user: "ann", client: "phone", keep: true}
	ann := h.listener(who)
	h.say("bob", chat.ToUser("ann"), "before")
	ann.message("im/in/c2c/bob")
	h.disk.full.Store(true)

	if d := h.dial(hello{user: "bob", client: "new", keep: true}); d.ack.ReasonCode != packets.ErrQuotaExceeded.Code {
		t.Errorf("a session that cannot be kept: %#x %s", d.ack.ReasonCode, d.ack.Properties.ReasonString)
	}
	if got := ann.subscribe(1, "im/in/c2c/cat"); got[0] < 0x80 {
		t.Errorf("a filter that cannot be kept: granted %#x", got)
	}
	ann.unsubscribed(packets.ErrImplementationSpecificError.Code, "im/#")
	ann.publish(1, "im/text/c2c/bob", "x")
	if m := ann.message("im/err"); m.ErrorCode != 60011 {
		t.Errorf("a message: %+v, want 60011", m)
	}
	if pk := ann.want(packets.Puback); pk.ReasonCode != packets.ErrQuotaExceeded.Code {
		t.Errorf("PUBACK %#x", pk.ReasonCode)
	}
	h.enter(hello{user: "bob", client: "passing"}) // needs no disk
	ann.leave()
	h.away("ann")
	ann = h.resumed(who)
	ann.leave()
	h.away("ann")

	saves := h.disk.saves.Load()
	h.disk.full.Store(false)
	h.wait(time.Minute)
	h.until("the session is not saved", func() bool { return h.disk.saves.Load() > saves })
	h.kill()
	h.resumed(who)
	if d := h.enter(hello{user: "bob", client: "new", keep: true}); d.ack.SessionPresent {
		t.Error("a session that was refused is there")
	}
	log.noError(t)
}

// A PUBREL that comes while the disk is full is answered when there is room.
func TestFullDiskAndPubrel(t *testing.T) {
	h, log := fullHouse(t)
	ann := h.enter(hello{user: "ann", client: "phone", keep: true})
	id := ann.publish(2, "im/text/c2c/bob", "x")
	ann.want(packets.Pubrec)
	h.disk.full.Store(true)
	ann.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: id})
	ann.quiet()
	h.disk.full.Store(false)
	if pk := ann.want(packets.Pubcomp); pk.PacketID != id || pk.ReasonCode != 0 {
		t.Errorf("PUBCOMP %d %#x", pk.PacketID, pk.ReasonCode)
	}
	log.noError(t)
}

// A session that ends while the disk is full does not come back after a crash that
// follows when there is room.
func TestFullDiskAndTheEndOfASession(t *testing.T) {
	h, log := fullHouse(t)
	who := hello{user: "ann", client: "phone", keep: true}
	h.listener(who).leave()
	h.away("ann")
	h.stop()
	h.start() // it is in the store alone
	h.disk.full.Store(true)
	clean := who
	clean.keep = false
	h.enter(clean).leave()
	h.away("ann")
	h.disk.full.Store(false)
	h.until("the session is still stored", func() bool { return left(t, h) == 0 })
	h.kill()
	if d := h.enter(who); d.ack.SessionPresent {
		t.Error("the session is back")
	}
	log.noError(t)
}

// until waits for what the keeper of a server does.
func (h *house) until(not string, done func() bool) {
	h.Helper()
	for deadline := time.Now().Add(patience); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			h.Fatal(not)
		}
	}
}

// unsubscribed sends UNSUBSCRIBE and checks the answer.
func (d *device) unsubscribed(want byte, filter string) {
	d.Helper()
	d.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: d.id(),
		Filters: packets.Subscriptions{{Filter: filter}},
	})
	if got := d.want(packets.Unsuback).ReasonCodes; len(got) != 1 || got[0] != want {
		d.Errorf("UNSUBACK %#x, want %#x", got, want)
	}
}

// left counts the sessions in the store.
func left(t *testing.T, h *house) int {
	t.Helper()
	list, err := h.store.AllSessions(t.Context(), nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
