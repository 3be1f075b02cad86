package hooks

import (
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A Will passes the checks of a publish when it is sent, and its outcome is
// counted (spec/00 §1). What is wrong with its form is refused at CONNECT; see
// TestConnectRefuses.
func TestWill(t *testing.T) {
	for _, c := range []struct {
		topic, payload string
		counted        string
		told           string
	}{
		{"im/text/c2c/bob", "bye", "ok", `message 3 of ann: [{"MsgType":"TIMTextElem","MsgContent":{"Text":"bye"}}]`},
		{"im/text/group/lobby", "bye", "ok", "message 3 of ann"},
		{"im/send/c2c/bob", `{` + textBody + `}`, "ok", "message 3 of ann"},
		{"im/text/c2c/nobody", "bye", "not-found", ""},
		{"im/text/group/theirs", "bye", "denied", ""},
		{"im/text/group/hushed", "bye", "denied", ""},
	} {
		versions(t, func(t *testing.T, version byte) {
			h := open(t, setup{})
			d := h.dial(login{version: version, change: func(pk *packets.Packet) { setWill(pk, c.topic, c.payload) }})
			d.want("CONNACK 00")
			d.link.Will.Fire()
			h.counts.await(t, "publish "+c.counted)
			h.close()
			if told := h.told.String(); !strings.Contains(told, c.told) || (c.told == "") != (told == "") {
				t.Errorf("%s: devices are told %q, want %q", c.topic, told, c.told)
			}
		})
	}
}

// A Will on im/status sets the custom status; one that is none is refused at CONNECT.
func TestWillThatIsAStatus(t *testing.T) {
	for _, c := range []struct{ status, connack string }{
		{"away", "CONNACK 00"},
		{"", "CONNACK 00"},
		{strings.Repeat("x", 101), "CONNACK 99"},
		{"\xff", "CONNACK 99"},
	} {
		h := open(t, setup{})
		d := h.dial(login{change: func(pk *packets.Packet) { setWill(pk, "im/status", c.status) }})
		if d.want(c.connack); c.connack == "CONNACK 00" {
			d.link.Will.Fire()
			h.counts.await(t, "publish ok")
		}
	}
}

// The delay of a Will is the client's, cut to a day.
func TestWillDelay(t *testing.T) {
	for asked, want := range map[uint32]time.Duration{0: 0, 60: time.Minute, 90_000: 24 * time.Hour} {
		h := open(t, setup{})
		d := h.dial(login{change: func(pk *packets.Packet) {
			setWill(pk, "im/text/c2c/bob", "bye")
			pk.Connect.WillProperties.WillDelayInterval = asked
		}})
		d.want("CONNACK 00")
		if got := d.link.Will.Delay; got != want {
			t.Errorf("%d s: a delay of %v, want %v", asked, got, want)
		}
	}
	d := open(t, setup{}).dial(login{})
	d.want("CONNACK 00")
	if d.link.Will != nil {
		t.Error("a Will that nobody left")
	}
}

// The text of a Will is the client's to keep: a topic that is used once more
// does not change it.
func TestWillIsItsOwn(t *testing.T) {
	h := open(t, setup{})
	d := h.enter(login{change: func(pk *packets.Packet) { setWill(pk, "im/text/c2c/bob", "bye") }})
	d.publish(1, "im/text/c2c/cat", strings.Repeat("x", 200))
	d.want("im/ack", "PUBACK 00")
	d.link.Will.Fire()
	h.counts.awaitTotal(t, "publish ok", 2)
	h.close()
	if got := h.told.kept("message 3 of ann"); len(got) != 1 || !strings.Contains(got[0], `"bye"`) {
		t.Errorf("devices are told %q", got)
	}
}
