package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A server that is drained tells everybody to go, lets nobody in, and loses nobody's session; it
// can be opened again.
func TestDrain(t *testing.T) {
	h := open(t, nil)
	kept := hello{user: "ann", client: "phone", keep: true}
	ann, old := h.listener(kept), h.enter(hello{user: "bob", version: 4})
	if got := h.b.Linked(); got != 2 {
		t.Errorf("%d are connected, want 2", got)
	}
	if err := h.b.Drain(t.Context(), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := h.b.Linked(); got != 0 {
		t.Errorf("%d are connected after it", got)
	}
	if last := ann.end(); last.FixedHeader.Type != packets.Disconnect || last.ReasonCode != packets.ErrServerShuttingDown.Code {
		t.Errorf("the last packet is of type %d, code %#x", last.FixedHeader.Type, last.ReasonCode)
	}
	if pk := old.end(); pk.FixedHeader.Type == packets.Disconnect {
		t.Error("a 3.1.1 client was sent DISCONNECT")
	}
	for version, want := range map[byte]byte{4: 3, 5: 0x88} {
		if d := h.dial(hello{user: "cat", version: version}); d.ack.ReasonCode != want {
			t.Errorf("version %d is answered %#x, want %#x", version, d.ack.ReasonCode, want)
		}
	}
	h.b.Reopen()
	if ann = h.enter(kept); !ann.ack.SessionPresent {
		t.Error("the session is gone")
	}
}

// A drain that is called off leaves those who are there, and lets others in.
func TestDrainCalledOff(t *testing.T) {
	h := open(t, nil)
	ann := h.listener(hello{user: "ann"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.b.Drain(ctx, time.Hour) }()
	for h.dial(hello{user: "bob"}).ack.ReasonCode == 0 { // until it has begun
	}
	cancel()
	if err := await(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	h.enter(hello{user: "cat"})
	ann.quiet()
}
