package broker_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

var theAdmin = chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin}

// A ticket that a connection goes by at a kick opens no other, whatever its date;
// so does one that replaced it by login.refresh.
func TestKickRevokesTheTicketInUse(t *testing.T) {
	for what, refreshed := range map[string]bool{"from CONNECT": false, "from login.refresh": true} {
		t.Run(what, func(t *testing.T) {
			h := open(t, nil)
			ahead, err := ticket.Mint(uint32(app), "ann", secret, h.now().Add(50*time.Second), h.lifetime)
			if err != nil {
				t.Fatal(err)
			}
			first := ahead
			if refreshed {
				first = h.sig(app, "ann")
			}
			d := h.listener(hello{user: "ann", password: first})
			if refreshed {
				d.publish(0, "im/req/login.refresh/1", `{"UserSig":"`+ahead+`"}`)
				d.message("im/res/1")
			}
			if err := h.svc.People.Kick(context.Background(), theAdmin, "ann"); err != nil {
				t.Fatal(err)
			}
			d.message("im/event/kick")
			wantEnd(t, d, 0x98)
			for range 2 {
				d := h.dial(hello{user: "ann", password: ahead})
				if got := fmt.Sprintf("%x %.5s", d.ack.ReasonCode, d.ack.Properties.ReasonString); got != "86 70052" {
					t.Errorf("CONNACK %s, want 86 70052", got)
				}
				h.wait(2 * time.Minute)
			}
			h.enter(hello{user: "ann"})
		})
	}
}

// A session ends when the key is gone that its ticket was signed with; those of
// other keys go on.
func TestSessionsEndWithTheirKey(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		var keys atomic.Pointer[ticket.App]
		other := strings.Repeat("f", 64)
		keys.Store(&ticket.App{ID: uint32(app), Keys: []ticket.Key{{ID: "1", Secret: secret}, {ID: "2", Secret: other}}})
		h := open(t, func(o *broker.Options) {
			o.Tickets = ticket.NewVerifier(ticket.Options{
				Now: o.Now, Apps: func(uint32) (*ticket.App, bool) { return keys.Load(), true },
			})
		})
		fresh, err := ticket.Mint(uint32(app), "bob", other, h.now(), h.lifetime)
		if err != nil {
			t.Fatal(err)
		}
		ann, cat := h.listener(hello{user: "ann", version: version}), h.listener(hello{user: "cat", version: version})
		bob := h.listener(hello{user: "bob", password: fresh, version: version})
		renewed, err := ticket.Mint(uint32(app), "cat", other, h.now(), h.lifetime)
		if err != nil {
			t.Fatal(err)
		}
		cat.publish(0, "im/req/login.refresh/1", `{"UserSig":"`+renewed+`"}`)
		cat.message("im/res/1")
		keys.Store(&ticket.App{ID: uint32(app), Keys: []ticket.Key{{ID: "2", Secret: other}}})
		if m := ann.message("im/event/kick"); m.Reason != string(chat.KickTicketRevoked) {
			t.Errorf("kick says %+v", m)
		}
		wantEnd(t, ann, 0x87)
		bob.quiet()
		cat.quiet()
	})
}

// sends is a core that tells how every message fared.
type sends struct {
	*ears
	answers chan error
}

func (s *sends) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	s.ears.Send(ctx, by, d, func(r chat.Receipt, err error) {
		done(r, err)
		s.answers <- err
	})
}

// Neither the session nor the Will of a deleted account is the next holder's.
func TestNextHolderOfANameGetsNoSessionAndNoWill(t *testing.T) {
	answers := make(chan error, 8)
	h := open(t, func(o *broker.Options) { o.Service = &sends{o.Service.(*ears), answers} })
	bob := h.listener(hello{user: "bob"})
	h.listener(hello{user: "ann", client: "x", keep: true, change: func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "im/text/c2c/bob", []byte("last words")
		pk.Connect.WillProperties.WillDelayInterval = 60
	}})
	if _, err := h.svc.DeleteAccounts(context.Background(), theAdmin, []chat.UserID{"ann"}); err != nil {
		t.Fatal(err)
	}
	h.away("ann")
	h.wait(10 * time.Second)
	ann := h.enter(hello{user: "ann", client: "y", keep: true})
	h.wait(time.Minute)
	if err := await(t, answers); chat.CodeOf(err) != chat.CodeTicketRevoked {
		t.Errorf("the Will: %v, want it refused", err)
	}
	ann.publish(1, "im/text/c2c/bob", "first words")
	if m := bob.message("im/in/c2c/ann"); m.text() != "first words" {
		t.Errorf("bob hears %q", m.text())
	}
	if again := h.enter(hello{user: "ann", client: "x", keep: true}); again.ack.SessionPresent {
		t.Error("the session is still there")
	}
}
