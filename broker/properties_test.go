package broker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// MQTT 5 table 2-4: every property, a value that is good, and the packets of a
// client that may have it. Will is a Will's properties.
var standardProperties = []struct {
	id    byte
	what  string
	value string
	in    string
}{
	{0x01, "Payload Format Indicator", "\x01", "PUBLISH Will"},
	{0x02, "Message Expiry Interval", "\x00\x00\x00\x09", "PUBLISH Will"},
	{0x03, "Content Type", "\x00\x01t", "PUBLISH Will"},
	{0x08, "Response Topic", "\x00\x08im/res/7", "PUBLISH Will"},
	{0x09, "Correlation Data", "\x00\x02\xff\x00", "PUBLISH Will"},
	{0x0b, "Subscription Identifier", "\x07", "SUBSCRIBE"},
	{0x11, "Session Expiry Interval", "\x00\x00\x00\x00", "CONNECT DISCONNECT"},
	{0x12, "Assigned Client Identifier", "\x00\x01t", ""},
	{0x13, "Server Keep Alive", "\x00\x09", ""},
	{0x15, "Authentication Method", "\x00\x01t", "CONNECT"},
	{0x16, "Authentication Data", "\x00\x01\xff", "CONNECT"},
	{0x17, "Request Problem Information", "\x01", "CONNECT"},
	{0x18, "Will Delay Interval", "\x00\x00\x00\x00", "Will"},
	{0x19, "Request Response Information", "\x01", "CONNECT"},
	{0x1a, "Response Information", "\x00\x01t", ""},
	{0x1c, "Server Reference", "\x00\x01t", ""},
	{0x1f, "Reason String", "\x00\x01t", "PUBACK PUBREC PUBREL PUBCOMP DISCONNECT"},
	{0x21, "Receive Maximum", "\x00\x01", "CONNECT"},
	{0x22, "Topic Alias Maximum", "\x00\x00", "CONNECT"},
	{0x23, "Topic Alias", "\x00\x01", "PUBLISH"},
	{0x24, "Maximum QoS", "\x01", ""},
	{0x25, "Retain Available", "\x01", ""},
	{0x26, "User Property", "\x00\x01k\x00\x01v", "CONNECT Will PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE UNSUBSCRIBE DISCONNECT"},
	{0x27, "Maximum Packet Size", "\x00\x00\x10\x00", "CONNECT"},
	{0x28, "Wildcard Subscription Available", "\x01", ""},
	{0x29, "Subscription Identifier Available", "\x01", ""},
	{0x2a, "Shared Subscription Available", "\x01", ""},
	{0x00, "no property", "\x01", ""},
	{0x2b, "no property", "\x01", ""},
	{0x7f, "no property", "\x01", ""},
	{0xa3, "no property", "\x01\x00", ""},
}

// carriers are the packets of a client that have properties, CONNECT apart.
var carriers = []struct {
	name   string
	packet func(props string) string
}{
	{"PUBLISH", func(p string) string { return raw(0x32, "\x00\x0aim/nowhere\x00\x07"+p+"x") }},
	{"PUBACK", func(p string) string { return raw(0x40, "\x00\x07\x00"+p) }},
	{"PUBREC", func(p string) string { return raw(0x50, "\x00\x07\x00"+p) }},
	{"PUBREL", func(p string) string { return raw(0x62, "\x00\x07\x00"+p) }},
	{"PUBCOMP", func(p string) string { return raw(0x70, "\x00\x07\x00"+p) }},
	{"SUBSCRIBE", func(p string) string { return raw(0x82, "\x00\x07"+p+"\x00\x06im/ack\x00") }},
	{"UNSUBSCRIBE", func(p string) string { return raw(0xa2, "\x00\x07"+p+"\x00\x06im/ack") }},
	{"DISCONNECT", func(p string) string { return raw(0xe0, "\x00"+p) }},
}

// raw is a packet.
func raw(head byte, body string) string {
	return string(length([]byte{head}, len(body))) + body
}

// withLength is properties behind their length.
func withLength(props string) string { return string(length(nil, len(props))) + props }

// judge is a client whose packets are judged one by one; it connects anew when one
// has cost it the connection.
type judge struct {
	h *house
	d *device
}

// verdict is the code of the DISCONNECT that a packet is answered with, 0 when the
// connection goes on or ends without one.
func (j *judge) verdict(packet string) byte {
	j.h.Helper()
	if j.d == nil {
		j.d = j.h.enter(hello{user: "ann"})
	}
	_, _ = j.d.sock.Write([]byte(packet + "\xc0\x00"))
	for {
		switch pk, ok := j.d.next(); {
		case !ok:
			j.d = nil
			return 0
		case pk.FixedHeader.Type == packets.Disconnect:
			j.d = nil
			return pk.ReasonCode
		case pk.FixedHeader.Type == packets.Pingresp:
			return 0
		}
	}
}

// welcome is the code of the CONNACK for a CONNECT with these properties, and a
// Will with those, when there are any.
func (h *house) welcome(props, will string) byte {
	h.Helper()
	c := rawConnect{level: 5, flags: 0xc2, props: props}
	if will != "" {
		c.flags, c.will = c.flags|4, []string{will, "im/text/c2c/bob", "x"}
	}
	got := h.answer(c.bytes(h))
	if len(got) < 4 || got[0] != 0x20 {
		h.Fatalf("% x % x: got % x, want a CONNACK", props, will, got)
	}
	return got[3]
}

// Which property may be in which packet, once or more often. What has no place in a
// packet is malformed (MQTT 5 §2.2.2.2), what is there twice a protocol error, and
// so is what only servers send where the packet itself may have it.
func TestPropertiesAndTheirPackets(t *testing.T) {
	h := open(t, nil)
	j := &judge{h: h}
	// Properties that are good, and answered with a code all the same.
	answers := map[string]byte{
		"Topic Alias in PUBLISH":                0x94, // above our Topic Alias Maximum
		"Subscription Identifier in SUBSCRIBE":  0xa1, // we said that there are none
		"Subscription Identifier in PUBLISH":    0x82, // [MQTT-3.3.4-6]
		"Server Reference in DISCONNECT":        0x82, // MQTT 5 §3.14.2.2.5: servers'
		"Authentication Method in CONNECT":      0x8c, // none is offered
		"Authentication Data in CONNECT":        0x82, // without a method, MQTT 5 §3.1.2.11.10
		"Authentication Data in CONNECT, twice": 0x82,
	}
	for _, p := range standardProperties {
		once := string(p.id) + p.value
		if p.id >= 0x80 {
			once = string([]byte{p.id}) + p.value
		}
		for _, in := range append([]string{"CONNECT", "Will"}, names()...) {
			judged := func(props string) byte {
				switch in {
				case "CONNECT":
					return h.welcome(withLength(props), "")
				case "Will":
					return h.welcome("", withLength(props))
				}
				return j.verdict(carriers[slices.Index(names(), in)].packet(withLength(props)))
			}
			what := p.what + " in " + in
			may := slices.Contains(strings.Fields(p.in), in)
			for times, props := range map[string]string{"": once, ", twice": once + once, ", cut short": once[:len(once)-1]} {
				want, special := answers[what]
				switch {
				case times == ", cut short" || !may && !special:
					want = 0x81
				case times == ", twice" && p.id != 0x26:
					want = 0x82
				}
				if times == ", cut short" && p.id >= 0x80 || times == ", cut short" && special && !may {
					continue // what is wrong about it first
				}
				if got := judged(props); got != want {
					t.Errorf("%s%s: %#x, want %#x", what, times, got, want)
				}
			}
		}
	}
}

func names() (list []string) {
	for _, c := range carriers {
		list = append(list, c.name)
	}
	return list
}

// The values that the standard allows, clause by clause, in CONNECT.
func TestPropertyValuesOfConnect(t *testing.T) {
	h := open(t, nil)
	for _, c := range []struct {
		clause, props, will string
		code                byte
	}{
		{"Receive Maximum 0, MQTT 5 §3.1.2.11.3", "\x21\x00\x00", "", 0x82},
		{"Receive Maximum 65535", "\x21\xff\xff", "", 0},
		{"Maximum Packet Size 0, MQTT 5 §3.1.2.11.4", "\x27\x00\x00\x00\x00", "", 0x82},
		{"Maximum Packet Size of all", "\x27\xff\xff\xff\xff", "", 0},
		{"Topic Alias Maximum 0, MQTT 5 §3.1.2.11.5", "\x22\x00\x00", "", 0},
		{"Request Response Information 2, MQTT 5 §3.1.2.11.6", "\x19\x02", "", 0x82},
		{"Request Response Information 0", "\x19\x00", "", 0},
		{"Request Problem Information 2, MQTT 5 §3.1.2.11.7", "\x17\x02", "", 0x82},
		{"Request Problem Information 255", "\x17\xff", "", 0x82},
		{"Request Problem Information 0", "\x17\x00", "", 0},
		{"Session Expiry Interval of ever, MQTT 5 §3.1.2.11.2", "\x11\xff\xff\xff\xff", "", 0},
		{"a User Property twice, MQTT 5 §3.1.2.11.8", "\x26\x00\x01k\x00\x01v\x26\x00\x01k\x00\x01v", "", 0},
		{"a User Property without name", "\x26\x00\x00\x00\x00", "", 0},
		{"a User Property's name that is not UTF-8 [MQTT-1.5.7-1]", "\x26\x00\x02\xc3\x28\x00\x01v", "", 0x81},
		{"a User Property's value that is not UTF-8", "\x26\x00\x01k\x00\x02\xc3\x28", "", 0x81},
		{"a zero byte in a User Property [MQTT-1.5.4-2]", "\x26\x00\x01k\x00\x01\x00", "", 0x81},
		{"Authentication Method and Data, MQTT 5 §3.1.2.11.10", "\x15\x00\x01t\x16\x00\x01x", "", 0x8c},
		{"Payload Format Indicator 2 in a Will, MQTT 5 §3.1.3.2.3", "", "\x01\x02", 0x82},
		{"Payload Format Indicator 0 in a Will", "", "\x01\x00", 0},
		{"Content Type that is not UTF-8 in a Will [MQTT-3.1.3-10]", "", "\x03\x00\x01\xff", 0x81},
		{"Response Topic with a wildcard in a Will [MQTT-3.3.2-14]", "", "\x08\x00\x08im/res/#", 0x82},
		{"Will Delay Interval of ever, MQTT 5 §3.1.3.2.2", "", "\x18\xff\xff\xff\xff", 0},
	} {
		will := ""
		if c.will != "" {
			will = withLength(c.will)
		}
		if got := h.welcome(withLength(c.props), will); got != c.code {
			t.Errorf("%s: CONNACK %#x, want %#x", c.clause, got, c.code)
		}
	}
	for clause, props := range map[string]string{
		"properties beyond the packet":                   "\x7f",
		"a property length of five bytes":                "\x80\x80\x80\x80\x01",
		"a property length longer than need be":          "\x80\x00",
		"a property that ends beyond the others' length": "\x02\x21\x00\x01",
	} {
		if got := h.welcome(props, ""); got != 0x81 {
			t.Errorf("%s: CONNACK %#x, want 0x81", clause, got)
		}
	}
}

// The rest of what a connected client may not send, clause by clause.
func TestClausesOfPackets(t *testing.T) {
	publish := func(props string) string { return carriers[0].packet(withLength(props)) }
	j := &judge{h: open(t, nil)}
	for _, c := range []struct {
		clause, packet string
		code           byte
	}{
		{"Payload Format Indicator 2, MQTT 5 §3.3.2.3.2", publish("\x01\x02"), 0x82},
		{"Topic Alias 0 [MQTT-3.3.2-8]", publish("\x23\x00\x00"), 0x82},
		{"Content Type that is not UTF-8 [MQTT-3.3.2-19]", publish("\x03\x00\x01\xff"), 0x81},
		{"Response Topic with + [MQTT-3.3.2-14]", publish("\x08\x00\x08im/res/+"), 0x82},
		{"Response Topic with # [MQTT-3.3.2-14]", publish("\x08\x00\x08im/res/#"), 0x82},
		{"Response Topic that is not UTF-8 [MQTT-3.3.2-13]", publish("\x08\x00\x08im/res/\xff"), 0x81},
		{"Response Topic of no length [MQTT-4.7.3-1]", publish("\x08\x00\x00"), 0x82},
		{"empty Correlation Data", publish("\x09\x00\x00"), 0},
		{"Subscription Identifier 0, MQTT 5 §3.8.2.1.2", raw(0x82, "\x00\x07\x02\x0b\x00\x00\x06im/ack\x00"), 0x82},
		{"Subscription Identifier of five bytes", raw(0x82, "\x00\x07\x06\x0b\xff\xff\xff\xff\x01\x00\x06im/ack\x00"), 0x81},
		{"QoS 3 in PUBLISH [MQTT-3.3.1-4]", raw(0x36, "\x00\x02im\x00\x07\x00"), 0x81},
		{"DUP with QoS 0 [MQTT-3.3.1-2]", raw(0x38, "\x00\x02im\x00"), 0x82},
		{"RETAIN", raw(0x31, "\x00\x02im\x00"), 0},
		{"packet id 0 in PUBLISH [MQTT-2.2.1-3]", raw(0x32, "\x00\x02im\x00\x00\x00"), 0x82},
		{"a zero byte in a topic [MQTT-1.5.4-2]", raw(0x30, "\x00\x02i\x00\x00"), 0x81},
		{"a surrogate in a topic [MQTT-1.5.4-1]", raw(0x30, "\x00\x03\xed\xa0\x80\x00"), 0x81},
		{"an overlong character in a topic [MQTT-1.5.4-1]", raw(0x30, "\x00\x02\xc0\xaf\x00"), 0x81},
		{"+ in a topic [MQTT-3.3.2-2]", raw(0x30, "\x00\x05im/+/\x00"), 0x90},
		{"# in a topic [MQTT-3.3.2-2]", raw(0x32, "\x00\x04im/#\x00\x07\x00"), 0x90},
		{"no topic and no alias, MQTT 5 §3.3.2.1", raw(0x30, "\x00\x00\x00"), 0x82},

		{"PUBACK of an unknown id", raw(0x40, "\x00\x07"), 0},
		{"PUBACK with id 0", raw(0x40, "\x00\x00"), 0x82},
		{"PUBACK with a reason alone, MQTT 5 §3.4.2.1", raw(0x40, "\x00\x07\x10"), 0},
		{"PUBACK with a reason of others [MQTT-3.4.2-1]", raw(0x40, "\x00\x07\x92"), 0x82},
		{"PUBREC with a reason of others [MQTT-3.5.2-1]", raw(0x50, "\x00\x07\x01"), 0x82},
		{"PUBREL with a reason of others [MQTT-3.6.2-1]", raw(0x62, "\x00\x07\x10"), 0x82},
		{"PUBREL with its reason", raw(0x62, "\x00\x07\x92"), 0},
		{"PUBCOMP with a reason of others [MQTT-3.7.2-1]", raw(0x70, "\x00\x07\x80"), 0x82},
		{"PUBACK with bytes behind its properties", raw(0x40, "\x00\x07\x00\x00x"), 0x81},

		{"a reserved bit in the options [MQTT-3.8.3-5]", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x40"), 0x81},
		{"the other reserved bit in the options [MQTT-3.8.3-5]", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x80"), 0x81},
		{"Retain Handling 3, MQTT 5 §3.8.3.1", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x30"), 0x82},
		{"Retain Handling 2", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x20"), 0},
		{"QoS 3 in the options, MQTT 5 §3.8.3.1", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x03"), 0x82},
		{"No Local and Retain As Published", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x0c"), 0},
		{"No Local on a shared filter [MQTT-3.8.3-4]", raw(0x82, "\x00\x07\x00\x00\x0e$share/a/app/#\x04"), 0x82},
		{"the second filter's options [MQTT-3.8.3-5]", raw(0x82, "\x00\x07\x00\x00\x06im/ack\x00\x00\x06im/err\x40"), 0x81},
		{"a zero byte in a filter [MQTT-1.5.4-2]", raw(0x82, "\x00\x07\x00\x00\x03im\x00\x00"), 0x81},
		{"SUBSCRIBE without filters, MQTT 5 §3.8.3", raw(0x82, "\x00\x07\x00"), 0x82},
		{"SUBSCRIBE with id 0 [MQTT-2.2.1-3]", raw(0x82, "\x00\x00\x00\x00\x06im/ack\x00"), 0x82},
		{"UNSUBSCRIBE without filters, MQTT 5 §3.10.3", raw(0xa2, "\x00\x07\x00"), 0x82},
		{"UNSUBSCRIBE with id 0", raw(0xa2, "\x00\x00\x00\x00\x06im/ack"), 0x82},
		{"UNSUBSCRIBE from what is not UTF-8 [MQTT-3.10.3-1]", raw(0xa2, "\x00\x07\x00\x00\x01\xff"), 0x81},
		{"UNSUBSCRIBE cut short", raw(0xa2, "\x00\x07\x00\x00\x09im"), 0x81},

		{"PINGREQ with a body, MQTT 5 §3.12", raw(0xc0, "x"), 0x81},
		{"AUTH, no method agreed, MQTT 5 §4.12", raw(0xf0, ""), 0x82},
		{"AUTH with a reason", raw(0xf0, "\x18\x00"), 0x82},
		{"a second CONNECT [MQTT-3.1.0-2]", raw(0x10, "\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00"), 0x82},
		{"packet type 0, MQTT 5 §2.1.2", raw(0x00, ""), 0x81},
		{"a length longer than need be [MQTT-1.5.5-1]", "\xc0\x80\x00", 0x81},
		{"a property length longer than need be [MQTT-1.5.5-1]", raw(0x30, "\x00\x02im\x80\x00"), 0x81},
	} {
		if got := j.verdict(c.packet); got != c.code {
			t.Errorf("%s: %#x, want %#x", c.clause, got, c.code)
		}
	}
	for kind := range 16 { // the reserved flags of every fixed header [MQTT-2.1.3-1]
		good := map[int]int{3: -1, 6: 2, 8: 2, 10: 2}[kind]
		for flags := range 16 {
			if good < 0 || flags == good {
				continue
			}
			if got := j.verdict(string([]byte{byte(kind<<4 | flags), 0})); got != 0x81 {
				t.Errorf("packet type %d with flags %d: %#x, want 0x81", kind, flags, got)
			}
		}
	}
}

// 3.1.1 closes over the same, and over what only MQTT 5 has.
func TestClausesOfPackets311(t *testing.T) {
	h := open(t, nil)
	for clause, packet := range map[string]string{
		"MQTT 5's options":                  raw(0x82, "\x00\x07\x00\x06im/ack\x04"),
		"QoS 3 in the options":              raw(0x82, "\x00\x07\x00\x06im/ack\x03"),
		"SUBSCRIBE without filters":         raw(0x82, "\x00\x07"),
		"UNSUBSCRIBE without filters":       raw(0xa2, "\x00\x07"),
		"a zero byte in a filter":           raw(0x82, "\x00\x07\x00\x03im\x00\x00"),
		"PUBACK with a reason":              raw(0x40, "\x00\x07\x00"),
		"PUBREL with a reason":              raw(0x62, "\x00\x07\x00"),
		"PUBACK with id 0":                  raw(0x40, "\x00\x00"),
		"PINGREQ with a body":               raw(0xc0, "x"),
		"AUTH":                              raw(0xf0, ""),
		"a wildcard in a topic":             raw(0x30, "\x00\x04im/#x"),
		"QoS 3":                             raw(0x36, "\x00\x02im\x00\x07x"),
		"a second CONNECT [MQTT-3.1.0-2]":   raw(0x10, "\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"),
		"flags of PINGREQ [MQTT-2.2.2-2]":   raw(0xc8, ""),
		"flags of SUBSCRIBE [MQTT-3.8.1-1]": raw(0x80, "\x00\x07\x00\x06im/ack\x00"),
		"a reason in DISCONNECT":            raw(0xe0, "\x00"),
		"an empty topic [MQTT-4.7.3-1]":     raw(0x30, "\x00\x00x"),
	} {
		d := h.enter(hello{user: "ann", client: "a", version: 4})
		_, _ = d.sock.Write([]byte(packet + "\xc0\x00"))
		if last := d.end(); last.FixedHeader.Type != 0 {
			t.Errorf("%s: answered with %s", clause, name(last, true))
		}
	}
}

// A topic name with a wildcard is told on im/err before the end (spec/00 MQTT 5 §3).
func TestAWildcardInATopicIsTold(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, nil)
		for qos := range byte(3) {
			d := h.enter(hello{user: "ann", client: "a", version: version})
			d.subscribe(0, "im/err")
			id := d.publish(qos, "im/text/group/+", "x")
			if m := d.message("im/err"); m.ErrorCode != 60002 || m.Topic != "im/text/group/+" || m.PacketId != id {
				t.Errorf("im/err %+v", m)
			}
			wantEnd(t, d, 0x90)
		}
	})
}

// What is above the bound of topics is as any unknown topic (spec/00 MQTT 5 §9).
func TestALongTopicIsUnknown(t *testing.T) {
	h := open(t, nil)
	d := h.enter(hello{user: "ann"})
	d.subscribe(0, "im/err")
	for length, code := range map[int]int{1024: 60009, 1025: 60009} {
		d.publish(1, "im/"+fmt.Sprintf("%0*d", length-3, 0), "x")
		if m := d.message("im/err"); int(m.ErrorCode) != code {
			t.Errorf("a topic of %d bytes: %d, want %d", length, m.ErrorCode, code)
		}
		d.want(packets.Puback)
	}
}
