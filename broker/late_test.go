package broker_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// hasty is a core to which something happens as soon as it has let a user in.
type hasty struct {
	*ears
	then atomic.Pointer[func()]
}

// Login implements hooks.Core.
func (a *hasty) Login(ctx context.Context, id chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error) {
	acc, err := a.ears.Login(ctx, id, u, t)
	if then := a.then.Swap(nil); then != nil {
		(*then)()
	}
	return acc, err
}

// A kick or ban during CONNECT finds no connection to close. The client must still
// be refused, and leave nothing behind.
func TestKickDuringConnect(t *testing.T) {
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	for what, c := range map[string]struct {
		happens func(*house) error
		v3, v5  byte
	}{
		"kick": {func(h *house) error { return h.svc.People.Kick(context.Background(), admin, "ann") }, 4, 0x86},
		"ban":  {func(h *house) error { return h.ban("ann") }, 5, 0x8a},
	} {
		t.Run(what, func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				var core *hasty
				h := open(t, func(o *broker.Options) {
					core = &hasty{ears: o.Service.(*ears)}
					o.Service = core
				})
				bob := h.listener(hello{user: "bob"})
				failed := make(chan error, 1)
				then := func() { failed <- c.happens(h) }
				core.then.Store(&then)
				d := h.dial(hello{user: "ann", client: "phone", version: version, keep: true, change: func(pk *packets.Packet) {
					pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", []byte("my will")
				}})
				if err := await(t, failed); err != nil {
					t.Fatal(err)
				}
				want := c.v3
				if version == 5 {
					want = c.v5
				}
				if d.ack.ReasonCode != want || d.ack.SessionPresent {
					t.Errorf("CONNACK %#x, session %v; want %#x without", d.ack.ReasonCode, d.ack.SessionPresent, want)
				}
				if last := d.end(); last.FixedHeader.Type != 0 {
					t.Errorf("%s after the refusal", name(last, true))
				}
				if got := h.b.Devices(app, "ann"); len(got) != 0 {
					t.Errorf("devices %+v", got)
				}
				bob.quiet() // no Will
				if st, err := h.store.Session(t.Context(), app, "ann", "phone"); err != nil || st != nil {
					t.Errorf("session %v, %v", st, err)
				}
			})
		})
	}
}
