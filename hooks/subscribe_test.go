package hooks

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// The filters of spec/00 §4: the code of SUBACK in MQTT 5, where the granted QoS is
// that asked for, at most 1. A 3.1.1 client is told 80 for every refusal.
func TestSubscribe(t *testing.T) {
	for _, c := range []struct {
		filter string
		qos    byte
		code   byte
	}{
		{"im/#", 0, 0},
		{"im/#", 1, 1},
		{"im/#", 2, 1}, // nothing is sent with QoS 2
		{"#", 1, 1},
		{"+/#", 1, 1},
		{"im/in/#", 1, 1},
		{"im/in/group/+", 1, 1},
		{"im/in/c2c/bob", 1, 1},
		{"im/in/group/theirs", 1, 1}, // silent until ann joins
		{"im/in/group/none", 1, 1},
		{"im/text/#", 1, 1},
		{"im/ack", 0, 0},
		{"im/err", 0, 0},
		{"im/res/+", 0, 0},
		{"im/event/#", 1, 1},
		{"im/event/recall", 0, 0},
		{"im/event/typing/bob", 0, 0},

		{"im/event/presence/bob", 1, 1},
		{"im/event/presence/+", 1, 1}, // brings those of status.watch
		{"im/event/nothing", 1, 0x87},
		{"other/x", 1, 0x87},
		{"1400000001/bob/im/#", 1, 0x87},
		{"im/send/#", 1, 0x87},
		{"im", 1, 0x87},
		{"$share/workers/im/#", 1, 0x9E},
		{"$SYS/#", 1, 0x87},
		{"app/#", 1, 0x87},
		{"im/#/x", 1, 0x8F},
		{"im/in+", 1, 0x8F},
		{"im/in/c2c/%zz", 1, 0x8F},
		{"", 1, 0x8F},
	} {
		versions(t, func(t *testing.T, version byte) {
			d := open(t, setup{}).dial(login{version: version})
			d.want("CONNACK 00")
			d.subscribe(c.qos, c.filter)
			code := c.code
			if version == 4 && code > 2 {
				code = 0x80
			}
			d.want(fmt.Sprintf("SUBACK %02x", code))
			if got := d.link.session.Filters().Has(c.filter); got != (code < 0x80) {
				t.Errorf("%q: granted %v", c.filter, got)
			}
		})
	}
}

// Filters are answered each for itself, in their order [MQTT-3.8.4-5].
func TestSubscribeToMany(t *testing.T) {
	d := open(t, setup{}).dial(login{})
	d.want("CONNACK 00")
	d.subscribe(1, "im/err", "elsewhere", "im/in/#", "$share/a/im/#")
	if got := d.want("SUBACK 01 87 01 9e"); got.id != 1 || got.reason != "elsewhere: no topic matches the filter" {
		t.Errorf("answers packet %d because of %q", got.id, got.reason)
	}
	if got := d.link.session.Filters().Len(); got != 2 {
		t.Errorf("%d filters", got)
	}
}

// The reason of a refusal is left out for who wants none.
func TestReasonsOfRefusedFilters(t *testing.T) {
	for _, c := range []struct {
		what  string
		login login
		want  string
	}{
		{"MQTT 5", login{}, "elsewhere: no topic matches the filter"},
		{"3.1.1", login{version: 4}, ""},
		{"no reasons wanted", login{change: func(pk *packets.Packet) {
			pk.Properties.RequestProblemInfoFlag, pk.Properties.RequestProblemInfo = true, 0
		}}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := open(t, setup{}).enter(c.login)
			d.subscribe(0, "elsewhere")
			if got := d.next(); got.reason != c.want || !strings.HasPrefix(got.line, "SUBACK 8") {
				t.Errorf("%s because of %q, want %q", got.line, got.reason, c.want)
			}
		})
	}
}

// No reason makes a packet longer than the client takes [MQTT-3.9.2-1].
func TestReasonsFit(t *testing.T) {
	h := open(t, setup{})
	reasons := 0
	for size := 80; size > 50; size-- {
		d := h.enter(login{change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = uint32(size) }})
		d.subscribe(0, "elsewhere, and some more of it")
		got := d.want("SUBACK 87")
		if got.reason != "" {
			reasons++
		}
		if length := 2 + got.packet.FixedHeader.Remaining; length > size {
			t.Errorf("%d bytes for a client that takes %d", length, size)
		}
	}
	if reasons == 0 || reasons == 30 {
		t.Errorf("%d of 30 have a reason", reasons)
	}
}

// A session has room for so many filters (spec/00 §9). One that is there already
// takes no more room, nor does one that is refused.
func TestFiltersAreBounded(t *testing.T) {
	h := open(t, setup{options: func(o *Options) { o.MaxFilters = 3 }})
	d := h.dial(login{})
	d.want("CONNACK 00")
	d.subscribe(0, "im/err", "elsewhere", "im/ack")
	d.want("SUBACK 00 87 00")
	d.subscribe(0, "im/err", "im/in/#", "im/res/#")
	if got := d.want("SUBACK 00 00 97"); got.reason != "im/res/#: too many filters" {
		t.Errorf("the reason is %q", got.reason)
	}
	d.subscribe(1, "im/in/#")
	d.want("SUBACK 01")
	d.unsubscribe("im/err")
	d.want("UNSUBACK 00")
	d.subscribe(0, "im/res/#")
	d.want("SUBACK 00")
	old := open(t, setup{options: func(o *Options) { o.MaxFilters = 1 }}).dial(login{version: 4})
	old.want("CONNACK 00")
	old.subscribe(0, "im/err", "im/ack")
	old.want("SUBACK 00 80")
}

// One packet brings 100 filters at most; what stands behind them is refused, each.
func TestFiltersOfOnePacketAreBounded(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		d := open(t, setup{}).dial(login{version: version})
		d.want("CONNACK 00")
		var filters []string
		for i := range 103 {
			filters = append(filters, fmt.Sprint("im/in/group/g", i))
		}
		d.subscribe(0, filters...)
		refused := map[byte]string{4: " 80", 5: " 97"}[version]
		d.want("SUBACK" + strings.Repeat(" 00", 100) + strings.Repeat(refused, 3))
		if n := d.link.session.Filters().Len(); n != 100 {
			t.Errorf("%d filters", n)
		}
	})
}

// The filters of a session are bounded in number and in bytes as sent; one that is
// there takes no more room, nor does one that comes twice.
func TestFiltersOfASessionAreBounded(t *testing.T) {
	long := func(i int) string { return "im/res/" + fmt.Sprintf("%01017d", i) } // 1,024 bytes
	for name, filter := range map[string]func(i int) string{
		"number": func(i int) string { return fmt.Sprint("im/in/group/g", i) },
		"bytes":  long,
	} {
		t.Run(name, func(t *testing.T) {
			most := map[string]int{"number": 1000, "bytes": 64}[name]
			d := open(t, setup{}).dial(login{})
			d.want("CONNACK 00")
			for i := range most {
				d.subscribe(0, filter(i), filter(i))
				d.want("SUBACK 00 00")
			}
			d.subscribe(1, filter(most), filter(0))
			d.want("SUBACK 97 01")
			d.unsubscribe(filter(1), filter(1))
			d.want("UNSUBACK 00 11")
			d.subscribe(0, filter(most), filter(most+1))
			d.want("SUBACK 00 97")
		})
	}
}

// A granted filter does not keep the packet in memory that it came in.
func TestFiltersDoNotKeepTheirPacket(t *testing.T) {
	d := open(t, setup{}).dial(login{})
	d.want("CONNACK 00")
	before := liveHeap()
	junk := strings.Repeat("x", 60_000)
	for i := range 200 {
		d.subscribe(0, fmt.Sprint("im/in/group/g", i), junk, junk)
		d.want("SUBACK 00 8f 8f")
	}
	if grown := liveHeap() - before; grown > 2<<20 {
		t.Errorf("200 filters hold %d KiB", grown>>10)
	}
	runtime.KeepAlive(d)
}

// liveHeap is what is reachable, in bytes.
func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestUnsubscribe(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		d := open(t, setup{}).dial(login{version: version})
		d.want("CONNACK 00")
		d.subscribe(1, "im/#", "im/err", "im/ack")
		d.want("SUBACK 01 01 01")
		d.unsubscribe("im/#", "nothing", "im/ack")
		if got := d.want("UNSUBACK 00 11 00"); got.id != 2 {
			t.Errorf("answers packet %d", got.id)
		}
		set := d.link.session.Filters()
		if set.Len() != 1 || !set.Has("im/err") {
			t.Errorf("left: %d filters", set.Len())
		}
		d.unsubscribe("nothing")
		d.want("UNSUBACK 11")
	})
}

func (c *client) unsubscribe(filters ...string) {
	c.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 2}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f})
	}
	c.send(pk)
}

// Answers come only on topics that were asked for.
func TestAnswersFollowTheFilters(t *testing.T) {
	d := open(t, setup{}).dial(login{})
	d.want("CONNACK 00")
	d.subscribe(0, "im/err", "im/res/a/+")
	d.want("SUBACK 00 00")
	d.publish(1, "im/text/c2c/bob", "x")
	d.want("PUBACK 00")
	d.publish(1, "im/nowhere", "x")
	d.want("im/err 60009", "PUBACK 90")
	for _, answer := range []string{"im/res/a/1", "im/res/b/1"} {
		pk := publishOf(1, 9, "im/req/help", "")
		pk.Properties.ResponseTopic = answer
		d.send(pk)
		want := []string{answer + " 0", "PUBACK 00"}
		if answer == "im/res/b/1" {
			want = want[1:]
		}
		d.want(want...)
	}
}

// An outbound packet id is free once the client has acknowledged it.
func TestPubackFreesTheId(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		d := open(t, setup{}).enter(login{version: version})
		d.ack(packets.Puback, 5)
		if version == 5 {
			d.raw([]byte{packets.Puback << 4, 4, 0, 6, 0x10, 0}) // with a reason code and properties
		} else {
			d.ack(packets.Puback, 6)
		}
		d.quiet()
		if got := d.link.session.(*session).acked(); !slices.Equal(got, []uint16{5, 6}) {
			t.Errorf("freed %v, want 5 and 6", got)
		}
	})
}

// Filters that cannot be made durable are not acknowledged: the connection ends, and
// the client asks again.
func TestFiltersThatCannotBeKept(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		for _, packet := range []byte{packets.Subscribe, packets.Unsubscribe} {
			h := open(t, setup{})
			h.mayFault = true
			c := h.enter(login{version: version, keep: true})
			c.link.session.(*session).fail(errors.New("disk is gone"))
			pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packet, Qos: 1}, PacketID: 9}
			pk.Filters = packets.Subscriptions{{Filter: "im/#"}}
			c.send(pk)
			c.want("DISCONNECT 80", "closed")
			<-c.over
			if h.log.count("disk is gone") != 1 {
				t.Errorf("the log says %q", h.log)
			}
		}
	})
}
