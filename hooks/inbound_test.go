package hooks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/sessions"
)

// mostBusy is how many publishes of a 3.1.1 client may be without an answer.
const mostBusy = 512

// slowCore holds back every send of a text with "slow" in it until it is let go.
type slowCore struct {
	Rooms
	asked chan struct{} // one for each that is held

	mu   sync.Mutex
	held []func()
}

// Send implements Core.
func (s *slowCore) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	if string(d.Body) != `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"slow"}}]` {
		s.Rooms.Send(ctx, by, d, done)
		return
	}
	s.mu.Lock()
	s.held = append(s.held, func() { s.Rooms.Send(ctx, by, d, done) })
	s.mu.Unlock()
	s.asked <- struct{}{}
}

// letGo sends what was held back.
func (s *slowCore) letGo() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	for _, send := range held {
		send()
	}
}

// slowly opens a house whose core is slow where a test wants it.
func slowly(t *testing.T) (*house, *slowCore) {
	t.Helper()
	s := &slowCore{asked: make(chan struct{}, 8192)}
	h := open(t, setup{core: func(r Rooms) Core { s.Rooms = r; return s }})
	t.Cleanup(s.letGo)
	return h, s
}

// versions runs a test as a client of each version.
func versions(t *testing.T, f func(t *testing.T, version byte)) {
	t.Helper()
	for _, v := range []byte{4, 5} {
		t.Run(fmt.Sprint("v", v), func(t *testing.T) { f(t, v) })
	}
}

// again is a publish sent once more.
func again(qos byte, id uint16, topic, payload string) packets.Packet {
	pk := publishOf(qos, id, topic, payload)
	pk.FixedHeader.Dup = true
	return pk
}

// Acknowledgements leave in the order of the publishes, refusals and requests
// among them [MQTT-4.6.0-2]. What has QoS 0 is owed none and does not wait.
func TestAcknowledgementsLeaveInOrder(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h, slow := slowly(t)
		c := h.enter(login{version: version})
		want := []uint16{c.publish(1, "im/text/c2c/bob", "slow")}
		<-slow.asked
		for _, p := range [][2]string{{"im/text/c2c/cat", "x"}, {"im/nowhere", ""}, {"im/read/c2c/bob", ""}, {"im/req/me/r", ""}} {
			want = append(want, c.publish(1, p[0], p[1]))
		}
		c.publish(0, "im/nowhere", "")
		c.want("im/err 60009")
		slow.letGo()
		for i, lines := range [][]string{
			{"im/ack", "PUBACK 00"},
			{"im/ack", "PUBACK 00"},
			{"im/err 60009", "PUBACK 90"},
			{"im/ack", "PUBACK 00"},
			{"im/res/r 0", "PUBACK 00"},
		} {
			if got := c.want(lines...); got.id != want[i] {
				t.Errorf("acknowledgement of %d, want %d", got.id, want[i])
			}
		}
	})
}

// Exactly once: a repetition before PUBREC gets no second answer, one after it
// PUBREC again; PUBREL frees the id, MQTT 5 §4.3.3.
func TestExactlyOnce(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h, slow := slowly(t)
		c := h.enter(login{version: version})
		id := c.publish(2, "im/text/c2c/bob", "slow")
		<-slow.asked
		repeat := again(2, id, "im/text/c2c/bob", "slow")
		c.send(repeat)
		c.read()
		slow.letGo()
		c.want("im/ack", "PUBREC 00")
		c.send(repeat)
		c.want("PUBREC 00")
		repeat.FixedHeader.Dup = false // the id is taken with or without DUP [MQTT-4.3.3-10]
		c.send(repeat)
		c.want("PUBREC 00")
		if got := unreleased(c.link.pubs); !slices.Equal(got, []uint16{id}) {
			t.Errorf("to be remembered: %v, want %d", got, id)
		}
		c.ack(packets.Pubrel, id)
		c.want("PUBCOMP 00")
		c.ack(packets.Pubrel, id)
		c.want("PUBCOMP 92")
		c.send(publishOf(2, id, "im/text/c2c/bob", "another"))
		c.want("im/ack", "PUBREC 00")
		h.close()
		if got := len(h.told.kept("message ")); got != 2 {
			t.Errorf("%d messages, want 2:\n%s", got, h.told)
		}
	})
}

// A message that the group's rate drops is not acknowledged as if it were stored: im/ack has
// MsgDropReason, and MQTT 5 a reason code, also when it is repeated (spec/00 §3).
func TestDroppedByRate(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		h := open(t, setup{})
		limits := chat.Limits{GroupRate: 1, ConnectionPackets: -1, ConnectionBytes: -1}
		h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: limits})
		c := h.enter(login{version: version})
		const topic = "im/text/group/lobby"
		c.publish(1, topic, "in time")
		c.want("im/ack", "PUBACK 00")
		puback, pubrec := "PUBACK 00", "PUBREC 00"
		if version == 5 {
			puback, pubrec = "PUBACK 97", "PUBREC 97"
		}
		id := c.publish(1, topic, "too fast")
		dropped := string(c.want("im/ack").payload)
		if !strings.Contains(dropped, `"MsgSeq":0,`) || !strings.HasSuffix(dropped, `"MsgDropReason":"MsgFreqCtrl"}`) {
			t.Errorf("im/ack %s", dropped)
		}
		if got := c.want(puback); version == 5 && !strings.HasPrefix(got.reason, "10023 ") {
			t.Errorf("reason %q", got.reason)
		}
		c.send(again(1, id, topic, "too fast"))
		if got := c.want("im/ack", puback); version == 5 && !strings.HasPrefix(got.reason, "10023 ") {
			t.Errorf("reason %q", got.reason)
		}
		c.publish(2, topic, "exactly too fast")
		c.want("im/ack", pubrec)
		h.close()
		if got := len(h.told.kept("message ")); got != 1 {
			t.Errorf("%d messages, want 1:\n%s", got, h.told)
		}
	})
}

// A publish whose connection is lost before its acknowledgement is answered on
// the next one, and sent once.
func TestRepetitionOnTheNextConnection(t *testing.T) {
	versions(t, func(t *testing.T, version byte) {
		for qos, ack := range []string{1: "PUBACK 00", 2: "PUBREC 00"} {
			if qos == 0 {
				continue
			}
			h, slow := slowly(t)
			first := h.enter(login{version: version, keep: true})
			id := first.publish(byte(qos), "im/text/c2c/bob", "slow")
			<-slow.asked
			first.lose()
			<-first.over
			next := h.enter(login{version: version, keep: true})
			next.send(again(byte(qos), id, "im/text/c2c/bob", "slow"))
			next.quiet()
			slow.letGo()
			next.want("im/ack", ack)
			h.close()
			if got := len(h.told.kept("message ")); got != 1 {
				t.Errorf("QoS %d: %d messages, want 1", qos, got)
			}
		}
	})
}

// An answer that comes while the client is away waits for the repetition.
func TestAnswerWaitsForTheRepetition(t *testing.T) {
	h, slow := slowly(t)
	first := h.enter(login{keep: true})
	id := first.publish(1, "im/text/c2c/bob", "slow")
	<-slow.asked
	first.lose()
	<-first.over
	slow.letGo()
	h.counts.await(t, "publish ok")
	next := h.enter(login{keep: true})
	next.send(again(1, id, "im/text/c2c/bob", "slow"))
	next.want("im/ack", "PUBACK 00")
}

// Without DUP, an id of a new connection is a new message [MQTT-3.3.1-1].
func TestSameIdWithoutDupIsANewMessage(t *testing.T) {
	h, slow := slowly(t)
	first := h.enter(login{keep: true})
	id := first.publish(1, "im/text/c2c/bob", "slow")
	<-slow.asked
	first.lose()
	<-first.over
	next := h.enter(login{keep: true})
	next.send(publishOf(1, id, "im/text/c2c/bob", "new"))
	next.want("im/ack", "PUBACK 00")
	slow.letGo()
	h.counts.awaitTotal(t, "publish ok", 2)
	next.quiet() // the first one's answer is nobody's
}

// unreleased lists the QoS 2 ids whose PUBREL is awaited.
func unreleased(in *Inbound) (ids []uint16) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for id, p := range in.ids {
		if p.stage >= received2 {
			ids = append(ids, id)
		}
	}
	return ids
}

// removing is a broker that removes rows when it is told to.
type removing struct {
	rows []chat.Row
	done []func(error)
}

func (r *removing) kept() *Kept {
	return &Kept{Rows: sessions.Rows{App: app, User: "ann", ID: sessions.ID{1}}, Keeper: r}
}

// Expires implements Keeper.
func (*removing) Expires() int64 { return 0 }

// Remove implements Keeper.
func (r *removing) Remove(_ chat.Shard, row chat.Row, done func(error)) {
	r.rows, r.done = append(r.rows, row), append(r.done, done)
}

// QoS 2 ids that a session was saved with are still taken. One is free when its row has
// been removed, and only then is the client told.
func TestSavedIdsAreTaken(t *testing.T) {
	const topic, text = "im/text/c2c/bob", "sent before the server was stopped"
	r := &removing{}
	in := NewInbound(r.kept(), []sessions.Handled{{ID: 7, QoS: 2, Hash: sessions.Hash(xxhash.Sum64String(topic), []byte(text))}})
	h := open(t, setup{})
	h.sessions.pubs = in
	c := h.enter(login{keep: true})
	c.send(publishOf(2, 7, topic, text))
	c.want("PUBREC 00")
	for range 2 { // a repeated PUBREL waits for the same removal
		c.ack(packets.Pubrel, 7)
		c.quiet()
	}
	if len(r.rows) != 1 || !r.rows[0].Removes() {
		t.Fatalf("rows to be removed: %+v", r.rows)
	}
	r.done[0](nil)
	c.want("PUBCOMP 00")
	if got := unreleased(in); len(got) != 0 {
		t.Errorf("%v are still taken", got)
	}
}

// releasing7 is a session whose client has released its id 7, and lost the connection
// before the row was removed.
func releasing7(h *house, r *removing) {
	h.Helper()
	h.sessions.pubs = NewInbound(r.kept(), []sessions.Handled{{ID: 7, QoS: 2}})
	c := h.enter(login{keep: true})
	c.ack(packets.Pubrel, 7)
	c.quiet()
	c.lose()
	<-c.over
}

// A client that comes back while its id is being released, and asks again, is told
// when it is free.
func TestReleaseAskedForAgain(t *testing.T) {
	r := &removing{}
	h := open(t, setup{})
	releasing7(h, r)
	next := h.dial(login{keep: true})
	next.want("CONNACK 00")
	next.ack(packets.Pubrel, 7)
	next.quiet()
	if len(r.done) != 1 {
		t.Fatalf("%d removals, want 1", len(r.done))
	}
	r.done[0](nil)
	next.want("PUBCOMP 00")
}

// loggingIn is a core that calls login at each login.
type loggingIn struct {
	Rooms
	login func()
}

// Login implements Core.
func (l *loggingIn) Login(ctx context.Context, a chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error) {
	l.login()
	return l.Rooms.Login(ctx, a, u, t)
}

// An id that is free while its client is still being let in is told to nobody:
// nothing comes before CONNACK [MQTT-3.2.0-1].
func TestReleaseDuringCONNECT(t *testing.T) {
	r := &removing{}
	asked := &loggingIn{login: func() {}}
	h := open(t, setup{core: func(rooms Rooms) Core { asked.Rooms = rooms; return asked }})
	releasing7(h, r)
	times := 0
	asked.login = func() {
		if times++; times == 2 { // the session has the connection
			r.done[0](nil)
		}
	}
	next := h.dial(login{keep: true})
	next.want("CONNACK 00")
	next.ack(packets.Pubrel, 7)
	next.want("PUBCOMP 92")
}

// CONNACK announces how many publishes may be under way; one more ends the
// connection [MQTT-3.3.4-9]. One of QoS 2 is under way until it is released.
func TestReceiveMaximum(t *testing.T) {
	c := open(t, setup{}).enter(login{})
	for range 512 {
		c.publish(2, "im/text/c2c/bob", "hello")
		c.want("im/ack", "PUBREC 00")
	}
	c.publish(2, "im/text/c2c/bob", "hello")
	c.want("DISCONNECT 93", "closed")
}

// noticed is a mutex that says when a sync.Cond begins to wait.
type noticed struct {
	*sync.Mutex
	waits chan struct{}
}

// Unlock implements sync.Locker; nobody but the Cond calls it.
func (n noticed) Unlock() {
	n.Mutex.Unlock()
	n.waits <- struct{}{}
}

// noticeWaits has a table say when its reader waits for answers.
func noticeWaits(in *Inbound) <-chan struct{} {
	waits := make(chan struct{}, mostBusy)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.room = sync.NewCond(noticed{&in.mu, waits})
	return waits
}

// A 3.1.1 client cannot be told of a maximum: it is read no further until some
// are answered.
func TestReadNoFurther(t *testing.T) {
	h, slow := slowly(t)
	c := h.enter(login{version: 4})
	waits := noticeWaits(c.link.pubs)
	for range mostBusy {
		c.publish(1, "im/text/c2c/bob", "slow")
		<-slow.asked
	}
	c.publish(1, "im/text/c2c/cat", "one more")
	c.raw([]byte{packets.Pingreq << 4, 0})
	<-waits
	if len(c.out) != 0 {
		t.Errorf("%q while nothing is answered", c.next().line)
	}
	slow.letGo()
	pings := 0
	for acks := 0; acks < mostBusy+1; {
		switch got := c.next(); got.line {
		case "PUBACK":
			acks++
		case "PINGRESP":
			pings++
		case "im/ack":
		default:
			t.Fatalf("got %q", got.line)
		}
	}
	if pings == 0 {
		c.want("PINGRESP")
	}
}

// A reader that waits is woken when its connection ends.
func TestReadNoFurtherEndsWithTheConnection(t *testing.T) {
	h, slow := slowly(t)
	c := h.enter(login{version: 4, keep: true})
	waits := noticeWaits(c.link.pubs)
	for range mostBusy {
		c.publish(1, "im/text/c2c/bob", "slow")
		<-slow.asked
	}
	c.publish(1, "im/text/c2c/cat", "one more")
	<-waits
	h.dial(login{version: 4, keep: true}).want("CONNACK 00") // takes the session over
	c.want("closed")
}

// QoS 2 publishes that a client never releases are bounded.
func TestUnreleasedPublishesAreBounded(t *testing.T) {
	received := make([]sessions.Handled, maxReceived)
	for i := range received {
		received[i] = sessions.Handled{ID: uint16(i + 1), QoS: 2}
	}
	h := open(t, setup{})
	h.sessions.pubs = NewInbound(new(removing).kept(), received)
	c := h.enter(login{version: 4, keep: true})
	c.send(publishOf(2, maxReceived+1, "im/text/c2c/bob", "x"))
	c.want("closed")
}

// Once its session has been taken over, a connection publishes nothing more.
func TestPublishAfterTakeover(t *testing.T) {
	h := open(t, setup{})
	old := h.enter(login{keep: true})
	h.enter(login{keep: true})
	old.publish(1, "im/text/c2c/bob", "x")
	old.want("closed")
	h.close()
	if got := h.told.String(); got != "" {
		t.Errorf("devices are told %q", got)
	}
}

// A refusal that is no verdict on the message cannot be told to a 3.1.1 client in
// its acknowledgement: the connection is closed after im/err (spec/00 §3).
func TestNoVerdictIsNoAcknowledgement(t *testing.T) {
	for _, err := range []*chat.Error{
		chat.Refuse(chat.CodeBusy, ""), chat.Refuse(chat.CodeShutdown, ""),
	} {
		for qos, ack := range []string{"", "PUBACK", "PUBREC"} {
			h := open(t, setup{core: func(r Rooms) Core { return refusing{r, err} }})
			c := h.enter(login{version: 4, client: "old"})
			c.publish(byte(qos), "im/text/c2c/bob", "x")
			c.want(fmt.Sprint("im/err ", int(err.Code)))
			if qos == 0 {
				c.quiet()
			} else {
				c.want("closed")
			}
			c = h.enter(login{version: 5, client: "new"})
			c.publish(byte(qos), "im/text/c2c/bob", "x")
			c.want(fmt.Sprint("im/err ", int(err.Code)))
			if qos > 0 {
				c.want(fmt.Sprintf("%s %02x", ack, reasonCode(err.Code)))
			}
			c.quiet()
		}
	}
}

// refusing is a core that refuses whatever is sent.
type refusing struct {
	Rooms
	err error
}

// Send implements Core.
func (r refusing) Send(_ context.Context, _ chat.Actor, _ chat.Draft, done func(chat.Receipt, error)) {
	done(chat.Receipt{}, r.err)
}
