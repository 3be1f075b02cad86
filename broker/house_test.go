package broker_test

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/ticket"
	"github.com/teahouse-im/teahouse/wire/form"
)

const (
	app      chat.AppID = 1400000001
	otherApp chat.AppID = 1400000002
	secret              = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
)

// patience is how long a test waits for what must come; nothing that passes
// waits that long.
const patience = 10 * time.Second

// house is a whole MQTT server on the memory engine.
type house struct {
	testing.TB
	svc   *core.Core
	gate  chat.Gate
	ears  *ears
	store *memory.Store
	disk  *power // store, until the house is killed
	apps  *chat.Apps
	b     *broker.Broker
	addr  string
	// lifetime of the tickets minted: 60 days.
	lifetime time.Duration
	opt      broker.Options
	change   func(*broker.Options)

	mu  sync.Mutex
	ago time.Duration // how far the clock has been moved
}

// open starts a house; change may alter the broker's options. Everything it
// starts must be gone when the test ends.
func open(t testing.TB, change func(*broker.Options)) *house {
	t.Helper()
	return openWith(t, nil, change)
}

// await takes the next value of a channel, or fails: a test that waits for what never
// comes is to say so.
func await[T any](t testing.TB, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatal("it does not come")
	}
	return v
}

// openWith is open with an app that is asked before messages.
func openWith(t testing.TB, g chat.Gate, change func(*broker.Options)) *house {
	t.Helper()
	if _, is := t.(*testing.T); is { // a benchmark's runner has goroutines of its own
		t.Cleanup(func() { goleak.VerifyNone(t) })
	}
	h := &house{TB: t, lifetime: 60 * 24 * time.Hour, apps: &chat.Apps{}, gate: g, change: change}
	h.store = memory.New(memory.Options{Now: h.now})
	for _, id := range []chat.AppID{app, otherApp} {
		h.apps.Set(chat.App{ID: id, Admins: []chat.UserID{"admin"}, Keys: []chat.Key{{ID: "1", Secret: secret}}, Limits: chat.Limits{UserPackets: -1, UserBytes: -1}})
	}
	h.build()
	h.start()
	t.Cleanup(func() {
		h.stop()
		if err := h.svc.Close(context.Background()); err != nil {
			t.Errorf("close the core: %v", err)
		}
	})
	for _, u := range []chat.UserID{"ann", "bob", "cat", "admin"} {
		if _, err := h.svc.People.Login(context.Background(), app, u, chat.Ticket{}); err != nil {
			t.Fatalf("login %s: %v", u, err)
		}
	}
	return h
}

// build makes a core and the options of a broker over the store.
func (h *house) build() {
	h.disk = &power{Store: h.store}
	h.svc = core.New(core.Options{Store: h.disk, Apps: h.apps, Now: h.now, Gate: h.gate})
	h.ears = &ears{Rooms: hooks.Rooms{Core: h.svc}, gone: make(chan chat.UserID, 4096)}
	h.opt = broker.Options{
		Service: h.ears, Store: h.disk, Table: commands.New(h.svc), Now: h.now, Tick: 5 * time.Millisecond,
		Linger: 100 * time.Millisecond,
		Tickets: ticket.NewVerifier(ticket.Options{Now: h.now, Apps: func(id uint32) (*ticket.App, bool) {
			if h.apps.App(chat.AppID(id)) == nil {
				return nil, false
			}
			return &ticket.App{ID: id, Keys: []ticket.Key{{ID: "1", Secret: secret}}}, true
		}}),
	}
	if h.change != nil {
		h.change(&h.opt)
	}
}

func (h *house) start() {
	h.Helper()
	b, err := broker.New(h.opt)
	if err != nil {
		h.Fatalf("broker: %v", err)
	}
	h.svc.Attach(b)
	addr, err := b.ListenTCP("127.0.0.1:0")
	if err != nil {
		h.Fatalf("listen: %v", err)
	}
	h.b, h.addr = b, addr.String()
}

func (h *house) stop() {
	h.Helper()
	if err := h.b.Close(context.Background()); err != nil {
		h.Errorf("close the broker: %v", err)
	}
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ago)
}

// wait moves the clock.
func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ago += d
}

// sig is a ticket.
func (h *house) sig(a chat.AppID, u chat.UserID) string {
	h.Helper()
	s, err := ticket.Mint(uint32(a), string(u), secret, h.now(), h.lifetime)
	if err != nil {
		h.Fatalf("mint: %v", err)
	}
	return s
}

// limits sets the app's limits.
func (h *house) limits(change func(*chat.Limits)) {
	a := *h.apps.App(app)
	change(&a.Limits)
	h.apps.Set(a)
}

// group makes a public group.
func (h *house) group(id chat.GroupID, owner chat.UserID, members ...chat.UserID) {
	h.Helper()
	d := chat.GroupDraft{ID: id, Type: chat.Public, Name: string(id), Owner: owner}
	for _, m := range members {
		d.Members = append(d.Members, chat.NewMember{User: m})
	}
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	if _, err := h.svc.Group.Create(context.Background(), admin, d); err != nil {
		h.Fatalf("create group: %v", err)
	}
	// The answer leaves the lane before the notices do; that of the next change after them.
	if err := h.svc.Group.Modify(context.Background(), admin, id, chat.GroupPatch{}); err != nil {
		h.Fatalf("wait for the notices: %v", err)
	}
}

// say sends a text from the backend, and returns when the core is done with it.
func (h *house) say(from chat.UserID, to chat.Target, text string) chat.Receipt {
	h.Helper()
	d, err := form.TextDraft([]byte(text), to)
	if err != nil {
		h.Fatalf("draft: %v", err)
	}
	r, err := h.svc.Message.SendWait(context.Background(), chat.Actor{App: app, User: from}, d)
	if err != nil {
		h.Fatalf("send: %v", err)
	}
	h.delivered()
	return r
}

// delivered waits until the core is done with every message: a session that is left
// before that gets the last one again, which is allowed.
func (h *house) delivered() {
	h.Helper()
	for deadline := time.Now().Add(patience); h.svc.Delivered() < h.store.Clock(); runtime.Gosched() {
		if time.Now().After(deadline) {
			h.Fatal("the core is not done")
		}
	}
}

// versions runs a test as a 3.1.1 and as a 5.0 client.
func versions(t *testing.T, f func(t *testing.T, version byte)) {
	for _, v := range []byte{4, 5} {
		t.Run([]string{4: "3.1.1", 5: "5.0"}[v], func(t *testing.T) { f(t, v) })
	}
}

// ears hears which devices the broker reports as gone.
type ears struct {
	hooks.Rooms
	gone chan chat.UserID
	busy atomic.Bool // every send finds its lane full

	leaving, mayLeave chan struct{} // a logout says that it has begun, and waits; nil: it does not
}

// LogOut implements broker.Core.
func (e *ears) LogOut(ctx context.Context, by chat.Actor) {
	if e.leaving != nil {
		e.leaving <- struct{}{}
		<-e.mayLeave
	}
	e.Rooms.LogOut(ctx, by)
}

// Send implements hooks.Core.
func (e *ears) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	if e.busy.Load() {
		done(chat.Receipt{}, chat.Refuse(chat.CodeBusy, ""))
		return
	}
	e.Rooms.Send(ctx, by, d, done)
}

// Offline implements broker.Core.
func (e *ears) Offline(ctx context.Context, by chat.Actor, action, reason string, last bool) {
	e.Rooms.Offline(ctx, by, action, reason, last)
	if action != "" {
		e.gone <- by.User
	}
}

// away waits until the broker has noticed that a device of a user has left. It
// is asked once for every device that leaves.
func (h *house) away(u chat.UserID) {
	h.Helper()
	deadline := time.After(patience)
	for {
		select {
		case who := <-h.ears.gone:
			if who == u {
				return
			}
		case <-deadline:
			h.Fatalf("%s has not left", u)
		}
	}
}

// message is what tests look at in a delivered message or an answer.
type message struct {
	From      chat.UserID `json:"From_Account"`
	MsgSeq    chat.Seq
	PrevSeq   *chat.Seq
	Rev       uint64
	MsgId     string
	MsgBody   []struct{ MsgContent struct{ Text string } }
	Topic     string
	PacketId  uint16
	ErrorCode chat.Code
	Reason    string
	Gap       bool
	Conv      string
}

func (m message) text() string {
	if len(m.MsgBody) != 1 {
		return ""
	}
	return m.MsgBody[0].MsgContent.Text
}

func parse(t testing.TB, payload []byte) (m message) {
	t.Helper()
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatalf("payload %q: %v", payload, err)
	}
	return m
}
