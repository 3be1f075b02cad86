package hooks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

const textBody = `"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`

// publishRow is a PUBLISH of ann's and what becomes of it. See seed for the cast.
type publishRow struct {
	topic, payload string
	code           chat.Code // on im/err; 0: accepted
	reason         byte      // of PUBACK and PUBREC in MQTT 5
	told           string    // what the core tells devices, if it does
}

// publishRows is the table of spec/00 §3, one topic after the other.
var publishRows = []publishRow{
	{"im/text/c2c/bob", "hi", 0, 0, `message 3 of ann: [{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`},
	{"im/text/c2c/%62ob", "hi", 0, 0, "message 3 of ann"},
	{"im/text/group/lobby", "hi", 0, 0, "message 3 of ann"},
	{"im/text/c2c/bob", "", 90002, 0x99, ""},
	{"im/text/group/lobby", "", 10004, 0x99, ""},
	{"im/text/c2c/bob", "\xff", 90002, 0x99, ""},
	{"im/text/c2c/bob", strings.Repeat("x", 13000), 80002, 0x99, ""},
	{"im/text/c2c/nobody", "hi", 90012, 0x83, ""},
	{"im/text/c2c/cat", "hi", 0, 0, ", for its sender only"}, // cat has blocked ann, who does not learn of it
	{"im/text/group/none", "hi", 10010, 0x83, ""},
	{"im/text/group/theirs", "hi", 10007, 0x87, ""},
	{"im/text/group/hushed", "hi", 10017, 0x87, ""},
	{"im/text/c2c/%zz", "hi", 60002, 0x90, ""},
	{"im/text/c2c/", "hi", 60002, 0x90, ""},
	{"im/text/c2c", "hi", 60009, 0x90, ""},
	{"im/text/c2c/bob/ann", "hi", 60009, 0x90, ""},
	{"im/text/room/bob", "hi", 60009, 0x90, ""},

	{"im/send/c2c/bob", `{` + textBody + `}`, 0, 0, "message 3 of ann"},
	{"im/send/group/lobby", `{` + textBody + `,"MsgPriority":"High","GroupAtInfo":[{"GroupAtAllFlag":0,"GroupAt_Account":"bob"}]}`, 0, 0, "message 3 of ann"},
	{"im/send/c2c/bob", `{` + textBody + `,"OnlineOnlyFlag":1}`, 0, 0, "message 0 of ann"},
	{"im/send/c2c/bob", `{` + textBody, 60003, 0x99, ""},
	{"im/send/c2c/bob", "", 60003, 0x99, ""},
	{"im/send/c2c/bob", "\xff", 60003, 0x99, ""},
	{"im/send/c2c/bob", `{}`, 90007, 0x99, ""},
	{"im/send/group/lobby", `{}`, 10004, 0x99, ""},
	{"im/send/c2c/bob", `{"MsgBody":{}}`, 90007, 0x99, ""},
	{"im/send/c2c/bob", `{"MsgBody":[{"MsgType":"TIMNoElem","MsgContent":{}}]}`, 90002, 0x99, ""},
	{"im/send/c2c/bob", `{` + textBody + `,"MsgRandom":"x"}`, 90005, 0x99, ""},
	{"im/send/group/lobby", `{` + textBody + `,"To_Account":[]}`, 10004, 0x99, ""},
	{"im/send/c2c/nobody", `{` + textBody + `}`, 90012, 0x83, ""},
	{"im/send/group/theirs", `{` + textBody + `}`, 10007, 0x87, ""},

	{"im/read/c2c/bob", "", 0, 0, "read 2 by ann"},
	{"im/read/c2c/bob", `{"MsgSeq":2}`, 0, 0, "read 2 by ann"},
	{"im/read/group/lobby", `{"MsgSeq":2}`, 0, 0, "read to ann"},
	{"im/read/c2c/bob", `{`, 60003, 0x99, ""},
	{"im/read/c2c/bob", `{"MsgSeq":"x"}`, 90001, 0x99, ""},
	{"im/read/group/lobby", `{"MsgSeq":"x"}`, 10004, 0x99, ""},
	{"im/read/group/theirs", "", 10007, 0x87, ""},
	{"im/read/group/none", "", 10010, 0x83, ""},

	{"im/recall/c2c/bob", `{"MsgSeq":1}`, 0, 0, "recall 1 by ann"},
	{"im/recall/c2c/bob", `{"MsgKey":"1_1_1700000000"}`, 0, 0, "recall 1 by ann"},
	{"im/recall/group/lobby", `{"MsgSeq":1,"Reason":"spilt"}`, 0, 0, "recall 1 by ann"},
	{"im/recall/c2c/bob", "", 60003, 0x99, ""},
	{"im/recall/c2c/bob", `{}`, 90001, 0x99, ""},
	{"im/recall/group/lobby", `{}`, 10004, 0x99, ""},
	{"im/recall/c2c/bob", `{"MsgSeq":7}`, 20022, 0x83, ""},
	{"im/recall/group/lobby", `{"MsgSeq":7}`, 10030, 0x83, ""},
	{"im/recall/group/theirs", `{"MsgSeq":1}`, 10007, 0x87, ""},

	{"im/typing/c2c/bob", "1", 0, 0, "ann types to bob: true"},
	{"im/typing/c2c/bob", "0", 0, 0, "ann types to bob: false"},
	{"im/typing/c2c/bob", "", 60003, 0x99, ""},
	{"im/typing/c2c/bob", "perhaps", 60003, 0x99, ""},
	{"im/typing/c2c/nobody", "1", 90012, 0x83, ""},
	{"im/typing/group/lobby", "1", 60009, 0x90, ""},

	{"im/status", strings.Repeat("x", 101), 70402, 0x99, ""},
	{"im/status", "\xff", 60003, 0x99, ""},
	{"im/status/x", "busy", 60009, 0x90, ""},

	{"im", "", 60009, 0x90, ""},
	{"im/nowhere", "", 60009, 0x90, ""},
	{"elsewhere", "", 60009, 0x90, ""},
	{"$SYS/x", "", 60009, 0x90, ""},
	{"im/in/c2c/bob", "", 60009, 0x90, ""},
	{"im/" + strings.Repeat("x", 1022), "", 60009, 0x90, ""},
}

// TestPublish publishes each row in both versions with every QoS: the answer is
// one im/ack or im/err before the acknowledgement, with the same code in each.
func TestPublish(t *testing.T) {
	for _, row := range publishRows {
		t.Run(fmt.Sprintf("%.40s %.20q", row.topic, row.payload), func(t *testing.T) {
			var h *house
			for _, version := range []byte{4, 5} {
				for qos := range byte(3) {
					if h == nil || row.code == 0 { // what is accepted changes the house
						h = open(t, setup{})
					}
					row.run(h, version, qos)
				}
			}
		})
	}
}

// run publishes the row once, as a client of its own.
func (row publishRow) run(h *house, version, qos byte) {
	h.Helper()
	c := h.enter(login{version: version, client: fmt.Sprint("v", version, " QoS ", qos)})
	id := c.publish(qos, row.topic, row.payload)
	row.answered(c, id)
	if qos > 0 {
		ack := c.want(fmt.Sprintf("%s %02x", []string{1: "PUBACK", 2: "PUBREC"}[qos], row.reason))
		if row.code != 0 && !strings.HasPrefix(ack.reason, fmt.Sprint(int(row.code), " ")) || ack.id != id {
			h.Errorf("acknowledged %d with %q, want %d with %d", ack.id, ack.reason, id, row.code)
		}
	}
	if qos == 2 { // the end of a refusal in MQTT 5; otherwise to be released
		c.ack(packets.Pubrel, id)
		code := byte(0)
		if row.code != 0 {
			code = 0x92
		}
		c.want(fmt.Sprintf("PUBCOMP %02x", code))
	}
	c.quiet()
	if row.code == 0 {
		h.close() // so that the core has told everybody
	}
	if told := h.told.String(); !strings.Contains(told, row.told) || (row.told == "") != (told == "") {
		h.Errorf("devices are told %q, want %q", told, row.told)
	}
}

// answered reads the body of the answer.
func (row publishRow) answered(c *client, id uint16) {
	c.Helper()
	var body struct {
		Topic     string
		PacketId  uint16
		MsgSeq    chat.Seq
		MsgId     string
		ErrorInfo string
	}
	switch {
	case row.code != 0:
		c.into(c.want(fmt.Sprint("im/err ", int(row.code))), &body)
		if body.ErrorInfo == "" {
			c.Error("im/err says nothing")
		}
	case strings.HasPrefix(row.topic, "im/typing/"):
		return // has no answer
	default:
		c.into(c.want("im/ack"), &body)
		isMessage := strings.HasPrefix(row.topic, "im/text/") || strings.HasPrefix(row.topic, "im/send/")
		if (body.MsgId != "") != isMessage {
			c.Errorf("im/ack %+v", body)
		}
	}
	if body.Topic != row.topic || body.PacketId != id {
		c.Errorf("answer to %q, packet %d; want %q, %d", body.Topic, body.PacketId, row.topic, id)
	}
}

// Recalls that came too late, and a second one.
func TestRecallOfWhatCannotBeRecalled(t *testing.T) {
	for _, c := range []struct {
		topic string
		wait  time.Duration
		code  chat.Code // of the second recall
	}{
		{"im/recall/c2c/bob", 0, 20023},
		{"im/recall/c2c/bob", 3 * time.Minute, 20016},
		{"im/recall/group/lobby", 3 * time.Minute, 10031},
	} {
		h := open(t, setup{})
		a := h.enter(login{})
		if c.wait == 0 {
			a.publish(1, c.topic, `{"MsgSeq":1}`)
			a.want("im/ack", "PUBACK 00")
		}
		h.wait(c.wait)
		a.publish(1, c.topic, `{"MsgSeq":1}`)
		a.want(fmt.Sprint("im/err ", int(c.code)), "PUBACK 87")
	}
}

// A message with a ClientMsgId is named by it in every answer, and a second one
// gets the answer to the first.
func TestClientMsgIdInAnswers(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	var first, second, refused struct {
		ClientMsgId, MsgId string
		MsgSeq             chat.Seq
	}
	const own = `{` + textBody + `,"ClientMsgId":"m1"}`
	c.publish(1, "im/send/c2c/bob", own)
	c.into(c.want("im/ack"), &first)
	c.want("PUBACK 00")
	c.publish(1, "im/send/c2c/bob", own)
	c.into(c.want("im/ack"), &second)
	c.want("PUBACK 00")
	if first.ClientMsgId != "m1" || first != second {
		t.Errorf("the answers are %+v and %+v", first, second)
	}
	c.publish(0, "im/send/c2c/nobody", own)
	if c.into(c.want("im/err 90012"), &refused); refused.ClientMsgId != "m1" {
		t.Errorf("im/err %+v", refused)
	}
}

// A client that has not asked for im/ack and im/err gets the acknowledgement alone.
func TestAcknowledgementWithoutBody(t *testing.T) {
	h := open(t, setup{})
	c := h.dial(login{})
	c.want("CONNACK 00")
	c.publish(1, "im/text/c2c/bob", "hi")
	c.want("PUBACK 00")
	c.publish(1, "im/text/c2c/nobody", "hi")
	c.want("PUBACK 83")
}

// Reason Strings are for clients that want them, MQTT 5 §3.1.2.11.7.
func TestNoReasonStringWhereNoneIsWanted(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{change: func(pk *packets.Packet) {
		pk.Properties.RequestProblemInfoFlag, pk.Properties.RequestProblemInfo = true, 0
	}})
	c.publish(1, "im/nowhere", "")
	c.want("im/err 60009")
	if got := c.want("PUBACK 90"); got.reason != "" {
		t.Errorf("reason %q", got.reason)
	}
	refused := h.dial(login{ticket: "xyz", change: func(pk *packets.Packet) {
		pk.Properties.RequestProblemInfoFlag, pk.Properties.RequestProblemInfo = true, 0
	}})
	if got := refused.want("CONNACK 86"); got.reason != "" {
		t.Errorf("CONNACK: reason %q", got.reason)
	}
}

// What the client says of its payload must be true, MQTT 5 §3.3.2.3.2.
func TestPayloadFormatIndicator(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	pk := publishOf(0, 0, "im/typing/c2c/bob", "\xff")
	pk.Properties.PayloadFormat, pk.Properties.PayloadFormatFlag = 1, true
	c.send(pk)
	c.want("im/err 60003")
	pk = publishOf(0, 0, "im/text/c2c/bob", "tea")
	pk.Properties.PayloadFormat, pk.Properties.PayloadFormatFlag = 1, true
	c.send(pk)
	c.want("im/ack")
}

// What the standard calls malformed or a protocol error ends the connection: with
// the code in MQTT 5, in silence in 3.1.1.
func TestPublishThatEndsTheConnection(t *testing.T) {
	change := func(f func(*packets.Packet)) packets.Packet {
		pk := publishOf(0, 0, "im/text/c2c/bob", "x")
		f(&pk)
		return pk
	}
	for _, c := range []struct {
		what string
		pk   packets.Packet
		code byte
	}{
		{"a topic alias", change(func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 1, true }), 0x94},
		{"a topic alias and no topic", change(func(pk *packets.Packet) {
			pk.TopicName, pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = "", 1, true
		}), 0x94},
		{"no topic", change(func(pk *packets.Packet) { pk.TopicName = "" }), 0x82},
		{"a subscription identifier", change(func(pk *packets.Packet) { pk.Properties.SubscriptionIdentifier = []int{1} }), 0x82},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := open(t, setup{}).enter(login{})
			d.send(c.pk)
			d.want(fmt.Sprintf("DISCONNECT %02x", c.code), "closed")
		})
	}
	const topic = "\x00\x0fim/text/c2c/bob"
	for _, c := range []struct {
		what string
		head byte
		body string
		code byte
	}{
		{"QoS 3", 0x36, topic + "\x00\x01\x00x", 0x81},
		{"DUP without QoS", 0x38, topic + "\x00x", 0x82},
		{"packet id 0", 0x32, topic + "\x00\x00\x00x", 0x82},
		{"no packet id", 0x32, topic, 0x81},
		{"a topic cut short", 0x30, "\x00\x0fim", 0x81},
		{"nothing at all", 0x30, "", 0x81},
		{"a topic that is not UTF-8", 0x30, "\x00\x05im/\xff\xff\x00", 0x81},
		{"a topic with a zero byte", 0x30, "\x00\x04im/\x00\x00", 0x81},
		{"properties cut short", 0x30, topic + "\x05\x01", 0x81},
		{"a length of properties without end", 0x30, topic + "\xff\xff\xff\xff\xff", 0x81},
		{"an unknown property", 0x30, topic + "\x02\x7e\x01", 0x81},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := open(t, setup{}).enter(login{})
			d.raw(packetBytes(c.head, c.body))
			d.want(fmt.Sprintf("DISCONNECT %02x", c.code), "closed")
		})
	}
}

// packetBytes is a packet of less than 128 bytes.
func packetBytes(head byte, body string) []byte {
	return append([]byte{head, byte(len(body))}, body...)
}

// Sends that are let pass are measured, with every QoS; other publishes are not.
func TestSendsAreMeasured(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	for qos := range byte(3) {
		c.publish(qos, "im/text/c2c/bob", "x")
		c.want("im/ack")
		if qos > 0 {
			c.next()
		}
	}
	c.publish(1, "im/text/c2c/nobody", "x")
	c.want("im/err 90012", "PUBACK 83")
	c.publish(1, "im/req/me", "")
	c.want("im/res/me 0", "PUBACK 00")
	if got := h.counts.total("acked 0s"); got != 3 {
		t.Errorf("%d sends were measured, want 3: %v", got, h.counts.by)
	}
}
