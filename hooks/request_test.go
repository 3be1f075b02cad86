package hooks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// requestRow is a request of ann's and where and how it is answered (spec/00 §5).
type requestRow struct {
	what        string
	topic       string
	response    string // Response Topic; MQTT 5 only
	correlation string
	body        string
	want        []string // before the acknowledgement
	reason      byte     // of the acknowledgement
}

func TestRequests(t *testing.T) {
	for _, row := range []requestRow{
		{"a Response Topic", "im/req/me", "im/res/7", "", "{}", []string{"im/res/7 0"}, 0},
		{"a Response Topic of several levels", "im/req/me", "im/res/a/b", "\x00\xff", "{}", []string{"im/res/a/b 0"}, 0},
		{"a Response Topic wins over the rid", "im/req/me/8", "im/res/7", "c", "{}", []string{"im/res/7 0"}, 0},
		{"correlation data and no Response Topic", "im/req/me", "", "c", "{}", []string{"im/res/me 0"}, 0},
		{"a rid", "im/req/me/8", "", "", "{}", []string{"im/res/8 0"}, 0},
		{"a rid that is escaped stays as it is", "im/req/me/a%2Fb", "", "", "{}", []string{"im/res/a%2Fb 0"}, 0},
		{"neither", "im/req/me", "", "", "{}", []string{"im/res/me 0"}, 0},
		{"no body", "im/req/me/8", "", "", "", []string{"im/res/8 0"}, 0},
		{"members that the method does not know", "im/req/me/8", "", "", `{"Tea":1}`, []string{"im/res/8 0"}, 0},

		{"an unknown method", "im/req/no.such/8", "", "", "{}", []string{"im/res/8 60009", "im/err 60009"}, 0x90},
		{"an unknown method with a Response Topic", "im/req/no.such", "im/res/7", "c", "{}", []string{"im/res/7 60009", "im/err 60009"}, 0x90},
		{"an administrator's REST command", "im/req/account_import/8", "", "", "{}", []string{"im/res/8 60009", "im/err 60009"}, 0x90},
		{"not JSON", "im/req/msg.history/8", "", "", "{", []string{"im/res/8 60003"}, 0x99},
		{"not a JSON object", "im/req/msg.history/8", "", "", "[]", []string{"im/res/8 60003"}, 0x99},
		{"not UTF-8", "im/req/msg.history/8", "", "", "{\"Conv\":\"\xff\"}", []string{"im/res/8 60003"}, 0x99},
		{"a code of the command's own", "im/req/group.get/8", "", "", `{}`, []string{"im/res/8 10004"}, 0x99},
		{"what the rules forbid", "im/req/group.destroy/8", "", "", `{"GroupId":"theirs"}`, []string{"im/res/8 10007"}, 0x87},
		{"what is not there", "im/req/group.join/8", "", "", `{"GroupId":"none"}`, []string{"im/res/8 10010"}, 0x83},
		{"another user's name", "im/req/black.get/8", "", "", `{"From_Account":"bob"}`, []string{"im/res/8 30004"}, 0x87},

		{"a Response Topic that is another's", "im/req/me", "im/in/c2c/bob", "c", "{}", []string{"im/err 60002"}, 0x90},
		{"a Response Topic elsewhere", "im/req/me/8", "elsewhere", "c", "{}", []string{"im/err 60002"}, 0x90},
		{"a Response Topic without a name", "im/req/me", "im/res/", "c", "{}", []string{"im/err 60002"}, 0x90},
		{"no method", "im/req/", "", "", "{}", []string{"im/err 60002"}, 0x90},
		{"no method and no level", "im/req", "", "", "{}", []string{"im/err 60009"}, 0x90},
		{"an empty rid", "im/req/me/", "", "", "{}", []string{"im/err 60002"}, 0x90},
		{"a rid of 64 bytes", "im/req/me/" + strings.Repeat("x", 64), "", "", "{}", []string{"im/res/" + strings.Repeat("x", 64) + " 0"}, 0},
		{"a rid of 65 bytes", "im/req/me/" + strings.Repeat("x", 65), "", "", "{}", []string{"im/err 60002"}, 0x90},
		{"a rid of two levels", "im/req/me/8/9", "", "", "{}", []string{"im/err 60009"}, 0x90},
	} {
		t.Run(row.what, row.run)
	}
}

// run asks in both versions, 3.1.1 where there are no properties, with every QoS.
func (row requestRow) run(t *testing.T) {
	h := open(t, setup{})
	for _, version := range []byte{4, 5} {
		if version == 4 && row.response+row.correlation != "" {
			continue
		}
		c := h.enter(login{version: version, client: fmt.Sprint("v", version)})
		for qos, ack := range []string{"", "PUBACK", "PUBREC"} {
			pk := publishOf(byte(qos), uint16(qos), row.topic, row.body)
			pk.Properties.ResponseTopic = row.response
			if row.correlation != "" {
				pk.Properties.CorrelationData = []byte(row.correlation)
			}
			c.send(pk)
			for _, line := range row.want {
				got := c.want(line)
				if strings.HasPrefix(line, "im/res/") && string(got.correlation) != row.correlation {
					t.Errorf("v%d, QoS %d: correlation data %q, want %q", version, qos, got.correlation, row.correlation)
				}
			}
			if qos > 0 {
				c.want(fmt.Sprintf("%s %02x", ack, row.reason))
			}
			c.quiet()
		}
	}
}

// The library's encoder keeps wildcards out of a Response Topic; other clients'
// may not.
func TestResponseTopicWithAWildcard(t *testing.T) {
	c := open(t, setup{}).enter(login{})
	c.raw(packetBytes(packets.Publish<<4, "\x00\x09im/req/me\x0b\x08\x00\x08im/res/+"))
	c.want("DISCONNECT 82") // [MQTT-3.3.2-14]
}

// The envelope is REST's (spec/02 §2), and who asks is who is connected.
func TestEnvelopeOfAnAnswer(t *testing.T) {
	h := open(t, setup{})
	for _, c := range []struct {
		user  chat.UserID
		admin int
	}{{"ann", 0}, {"admin", 1}} {
		d := h.enter(login{user: c.user})
		var me struct {
			ActionStatus, ErrorInfo, UserID string
			Admin                           int
		}
		d.publish(0, "im/req/me", "")
		d.into(d.want("im/res/me 0"), &me)
		if me.ActionStatus != "OK" || me.UserID != string(c.user) || me.Admin != c.admin {
			t.Errorf("%+v", me)
		}
		d.publish(0, "im/req/no.such", "")
		d.into(d.want("im/res/no.such 60009"), &me)
		if me.ActionStatus != "FAIL" || me.ErrorInfo == "" {
			t.Errorf("%+v", me)
		}
	}
}

// A request sees what the connection's requests, reads and recalls before it did.
func TestRequestsInOrder(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{})
	c.publish(0, "im/req/group.create/1", `{"Type":"Public","GroupId":"new","Name":"New"}`)
	c.publish(0, "im/req/group.quit/2", `{"GroupId":"new"}`) // the owner may not
	c.publish(0, "im/recall/c2c/bob", `{"MsgSeq":1}`)
	c.publish(0, "im/read/c2c/bob", "")
	c.publish(0, "im/req/conv.get/3", `{"Conv":"c2c/bob"}`)
	c.want("im/res/1 0", "im/res/2 10009", "im/ack", "im/ack")
	var conv struct{ ReadSeq chat.Seq }
	if c.into(c.want("im/res/3 0"), &conv); conv.ReadSeq != 2 {
		t.Errorf("read up to %d, want 2", conv.ReadSeq)
	}
}

// An answer above the client's Maximum Packet Size becomes the refusal that says
// so.
func TestAnswerLargerThanTheClientTakes(t *testing.T) {
	h := open(t, setup{})
	c := h.enter(login{change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 300 }})
	c.publish(1, "im/req/me", "")
	c.want("im/res/me 10018", "PUBACK 00")
	c.publish(1, "im/req/group.destroy", `{"GroupId":"lobby"}`)
	c.want("im/res/group.destroy 0", "PUBACK 00")

	small := h.enter(login{client: "bell", version: 4, name: "ann?packet=200"})
	small.publish(1, "im/req/status.get/1", `{"To_Account":["bob"]}`)
	if got := small.want("im/res/1 0").payload; len(got) < 100 {
		t.Errorf("the answer %s says nothing of the room for answers", got)
	}
	small.want("PUBACK")
	small.publish(1, "im/req/me/"+strings.Repeat("7", 64), "")
	small.want("im/res/"+strings.Repeat("7", 64)+" 10018", "PUBACK")
}

// stuckCore holds back what shows that ann types until it is let go.
type stuckCore struct {
	Rooms
	asked chan struct{}
	letGo chan struct{}
}

// Typing implements Core.
func (s *stuckCore) Typing(ctx context.Context, _ chat.Actor, _ chat.UserID, _ bool) error {
	s.asked <- struct{}{}
	select {
	case <-s.letGo:
		return nil
	case <-ctx.Done():
		return chat.Refuse(chat.CodeShutdown, "")
	}
}

// stuck opens a house in which im/typing waits.
func stuck(t *testing.T) (*house, *stuckCore) {
	t.Helper()
	s := &stuckCore{asked: make(chan struct{}, 2*maxWaiting), letGo: make(chan struct{})}
	h := open(t, setup{core: func(r Rooms) Core { s.Rooms = r; return s }})
	return h, s
}

// One connection may have so many calls waiting. With one more it is read no further;
// none is refused.
func TestTooManyWaitingCalls(t *testing.T) {
	for _, c := range []struct {
		topic, body string
		want        []string
	}{
		{"im/req/me/late", "", []string{"im/res/late 0", "PUBACK 00"}},
		{"im/read/c2c/bob", "", []string{"im/ack", "PUBACK 00"}},
		{"im/recall/c2c/bob", `{"MsgSeq":1}`, []string{"im/ack", "PUBACK 00"}},
		{"im/typing/c2c/bob", "1", []string{"PUBACK 00"}},
		{"im/text/c2c/bob", "x", []string{"im/ack", "PUBACK 00"}},
	} {
		t.Run(c.topic, func(t *testing.T) {
			versions(t, func(t *testing.T, version byte) {
				h, s := stuck(t)
				d := h.enter(login{version: version})
				waits := d.link.worker.noticeWaits()
				d.publish(0, "im/typing/c2c/bob", "1")
				<-s.asked
				for range maxWaiting {
					d.publish(0, "im/typing/c2c/bob", "1")
				}
				d.publish(1, c.topic, c.body)
				d.raw([]byte{packets.Pingreq << 4, 0})
				within(t, waits)
				if len(d.out) != 0 {
					t.Errorf("%q while the calls wait", d.next().line)
				}
				close(s.letGo)
				var got []string
				for range len(c.want) + 1 {
					if w := d.next(); w.line != "PINGRESP" { // somewhere between
						got = append(got, w.line)
					}
				}
				if want := lines(version, c.want...); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// A reader that waits for calls ends with its connection.
func TestWaitingReaderEndsWithItsConnection(t *testing.T) {
	h, s := stuck(t)
	d := h.enter(login{})
	waits := d.link.worker.noticeWaits()
	d.publish(0, "im/typing/c2c/bob", "1")
	<-s.asked
	for range maxWaiting + 1 {
		d.publish(0, "im/typing/c2c/bob", "1")
	}
	within(t, waits)
	d.link.Goodbye(5, 0x8B, "")
	d.want("DISCONNECT 8b", "closed")
	within(t, d.over)
	close(s.letGo)
}

// Close ends the calls that wait.
func TestCloseEndsWaitingCalls(t *testing.T) {
	h, s := stuck(t)
	d := h.enter(login{})
	d.publish(1, "im/typing/c2c/bob", "1")
	<-s.asked
	over, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d.lose()
	if err := h.door.Close(over); err != nil {
		t.Errorf("close: %v", err)
	}
	h.counts.await(t, "publish unavailable")
}

// login.refresh takes a new ticket of the same user (spec/00 §5): the session then
// ends when that does.
func TestLoginRefresh(t *testing.T) {
	for _, c := range []struct {
		what string
		body func(h *house) string
		code chat.Code
	}{
		{"a UserSig", func(h *house) string { return userSig(h.sig(app, "ann")) }, 0},
		{"a JWT", func(h *house) string {
			return userSig(h.jwt("HS256", claims{"sub": "ann", "sdkappid": app, "exp": h.clock().Add(2*time.Hour - time.Minute).Unix()}))
		}, 0},
		{"another user's", func(h *house) string { return userSig(h.sig(app, "bob")) }, 70013},
		{"another app's", func(h *house) string { return userSig(h.sig(otherApp, "ann")) }, 70014},
		{"an expired one", func(h *house) string { return userSig(h.mint(app, "ann", secret, h.clock().Add(-3*time.Hour))) }, 70001},
		{"a malformed one", func(*house) string { return userSig("xyz") }, 70003},
		{"none", func(*house) string { return `{}` }, 70002},
		{"not JSON", func(*house) string { return `{` }, 60003},
		{"one from before a kick", func(h *house) string {
			if err := h.svc.People.Kick(h.Context(), administrator, "ann"); err != nil {
				h.Fatal(err)
			}
			return userSig(h.sig(app, "ann"))
		}, 70052},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, setup{})
			d := h.enter(login{})
			before := d.link.TicketExpires()
			h.wait(time.Hour)
			d.publish(1, "im/req/login.refresh/8", c.body(h))
			d.want(fmt.Sprint("im/res/8 ", int(c.code)), fmt.Sprintf("PUBACK %02x", reasonCode(c.code)))
			want := before
			if c.code == 0 {
				want = h.clock().Add(2 * time.Hour).Unix()
			}
			if got := d.link.TicketExpires(); got != want {
				t.Errorf("the session ends at %d, want %d", got, want)
			}
		})
	}
}

// userSig is the body of login.refresh.
func userSig(text string) string {
	body, err := json.Marshal(map[string]string{"UserSig": text})
	if err != nil {
		panic(err) // text always encodes
	}
	return string(body)
}

// logout answers, then ends the session for good (spec/00 §5).
func TestLogout(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		d := open(t, setup{}).enter(login{version: version, keep: true})
		d.publish(1, "im/req/logout/8", "")
		d.want("im/res/8 0", "PUBACK 00", "DISCONNECT 00", "closed")
		if end := <-d.ended; !end.Logout {
			t.Errorf("ended as %+v", end)
		}
	})
}
