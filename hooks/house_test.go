package hooks

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/call"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/mediatest"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/search/searchtest"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/ticket"
	"github.com/teahouse-im/teahouse/wire/form"
)

// The apps: one as usual, one with other keys, one that is disabled, one without
// keys.
const (
	app         chat.AppID = 1400000001
	otherApp    chat.AppID = 1400000002
	disabledApp chat.AppID = 1400000003
	keylessApp  chat.AppID = 1400000004

	secret      = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	otherSecret = "a0f4c9a6d5b6b6f3a5d8e9b0c1d2e3f405162738495a6b7c8d9eaf0b1c2d3e4f"
)

// patience is how long a test waits for what must come; nothing that passes
// waits that long.
const patience = 10 * time.Second

// house is the MQTT door over a core on the memory engine, without a socket:
// tests hand packets to a client's connection and read what the door writes to it.
type house struct {
	*testing.T
	svc      *core.Core
	apps     *chat.Apps
	store    chat.Store
	door     *Door
	sessions *table
	told     *devices
	counts   *counts
	log      *logText
	mayFault bool // errors in the log are what the test is about

	mu  sync.Mutex
	now time.Time
}

// setup says how a house differs from the usual one.
type setup struct {
	store   func(chat.Store) chat.Store // wraps the memory engine
	core    func(Rooms) Core            // wraps what the door calls
	gate    chat.Gate
	options func(*Options)
	indexed bool // messages and users are found
}

// open builds a house with the cast of seed.
func open(t *testing.T, s setup) *house {
	t.Helper()
	h := &house{
		T: t, apps: &chat.Apps{}, sessions: newTable(), told: &devices{}, counts: newCounts(), log: &logText{},
		now: time.Unix(1_700_000_000, 0),
	}
	limits := chat.Limits{GroupRate: -1, ConnectionPackets: -1, ConnectionBytes: -1}
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: limits, Custom: chat.CustomFields{
		Profile: map[string]chat.FieldRights{"own": {Read: []chat.Level{chat.LevelSelf}, Write: []chat.Level{chat.LevelSelf}}},
	}})
	h.apps.Set(chat.App{ID: otherApp, Limits: limits})
	h.apps.Set(chat.App{ID: disabledApp, Disabled: true})
	h.apps.Set(chat.App{ID: keylessApp})
	memoryStore := memory.New(memory.Options{Now: h.clock})
	h.seed(memoryStore)
	h.store = memoryStore
	if s.store != nil {
		h.store = s.store(memoryStore)
	}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c := core.Options{
		Store: h.store, Apps: h.apps, Now: h.clock, Gate: s.gate, Log: log, Lanes: 2, Random: func() uint32 { return 7 },
		Media: core.Media{Store: &mediatest.Store{Any: []byte(mediatest.Picture)}, Addresses: mediatest.Addresses(h.clock), Pace: -1},
		Push:  push.Options{Channels: func(chat.AppID, push.ChannelName) push.Channel { return silent{} }, WebPushKey: func(chat.AppID) string { return "BKey" }},
		Calls: call.Servers{
			STUN: []string{"stun:turn.example.com"}, TURN: []string{"turn:turn.example.com"}, TURNSecret: "shared",
			LiveKit: call.LiveKit{URL: "wss://live.example.com", Key: "APIkey", Secret: "secret"},
		},
		Fatal: func(error) {}, // a store that fails a commit ends the program, not the test
	}
	if s.indexed {
		c.SearchShelf = searchtest.New()
	}
	h.svc = core.New(c)
	h.svc.Attach(h.told)
	var called Core = Rooms{h.svc}
	if s.core != nil {
		called = s.core(Rooms{h.svc})
	}
	o := Options{
		Core: called, Tickets: h.verifier(), Table: commands.New(h.svc), Sessions: h.sessions, Counters: h.counts,
		Log: log, Now: h.clock, NewID: func() string { return "assigned" },
	}
	if s.options != nil {
		s.options(&o)
	}
	h.door = New(o)
	t.Cleanup(h.close)
	return h
}

// close ends every connection and the house, and looks into its log. It may be
// called before the test ends.
func (h *house) close() {
	h.sessions.hangUp()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.door.Close(ctx); err != nil {
		h.Errorf("close the door: %v", err)
	}
	if err := h.svc.Close(ctx); err != nil {
		h.Errorf("close the core: %v", err)
	}
	if text := h.log.String(); !h.mayFault && text != "" {
		h.Errorf("the log is not empty:\n%s", text)
	}
}

// verifier knows the keys of the apps, and takes JWTs of the first.
func (h *house) verifier() *ticket.Verifier {
	tickets := map[uint32]*ticket.App{
		uint32(app): {
			ID: uint32(app), Keys: []ticket.Key{{ID: "1", Secret: secret}},
			JWT: ticket.JWT{Algorithms: []string{"HS256"}},
		},
		uint32(otherApp):    {ID: uint32(otherApp), Keys: []ticket.Key{{ID: "1", Secret: otherSecret}}},
		uint32(disabledApp): {ID: uint32(disabledApp), Keys: []ticket.Key{{ID: "1", Secret: secret}}},
		uint32(keylessApp):  {ID: uint32(keylessApp)},
	}
	return ticket.NewVerifier(ticket.Options{Now: h.clock, Apps: func(id uint32) (*ticket.App, bool) {
		a, ok := tickets[id]
		return a, ok
	}})
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// wait moves the clock.
func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// limits changes the limits of the app.
func (h *house) limits(change func(*chat.Limits)) {
	a := *h.apps.App(app)
	change(&a.Limits)
	h.apps.Set(a)
}

// administrator acts for the app's backend.
var administrator = chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}

// silent is a channel for pushes of which nothing comes.
type silent struct{}

func (silent) Check(context.Context) error { return nil }

func (silent) Send(context.Context, *push.Device, *push.Notice) push.Result {
	return push.Result{Outcome: push.Sent}
}

// seed writes the cast into a store, through a core of its own: ann, bob, cat
// and the administrator; cat has blocked ann. Of the groups, lobby is ann's and
// has bob; theirs is bob's alone; hushed is bob's, has ann and is muted. Ann and
// bob have written to each other and to lobby, one message each.
func (h *house) seed(store chat.Store) {
	h.Helper()
	svc := core.New(core.Options{Store: store, Apps: h.apps, Now: h.clock, Lanes: 1})
	ctx := context.Background()
	must := func(err error) {
		h.Helper()
		if err != nil {
			h.Fatalf("seed: %v", err)
		}
	}
	var list []chat.Profile
	for _, u := range []chat.UserID{"ann", "bob", "cat", "admin"} {
		list = append(list, chat.Profile{User: u})
	}
	_, err := svc.People.Import(ctx, administrator, list)
	must(err)
	_, err = svc.People.BlockUsers(ctx, administrator, "cat", []chat.UserID{"ann"})
	must(err)
	for _, g := range []struct {
		id    chat.GroupID
		owner chat.UserID
		other chat.UserID
	}{{"lobby", "ann", "bob"}, {"theirs", "bob", ""}, {"hushed", "bob", "ann"}} {
		d := chat.GroupDraft{ID: g.id, Type: chat.Public, Name: string(g.id), Owner: g.owner, ApplyJoin: chat.JoinFree}
		if g.other != "" {
			d.Members = []chat.NewMember{{User: g.other}}
		}
		_, err = svc.Group.Create(ctx, administrator, d)
		must(err)
	}
	yes := true
	must(svc.Group.Modify(ctx, administrator, "hushed", chat.GroupPatch{MuteAll: &yes}))
	for i, m := range []struct {
		from chat.UserID
		to   chat.Target
	}{{"ann", chat.ToUser("bob")}, {"bob", chat.ToUser("ann")}, {"ann", chat.ToGroup("lobby")}, {"bob", chat.ToGroup("lobby")}} {
		d, err := form.TextDraft([]byte("from "+string(m.from)), m.to)
		must(err)
		random := uint32(i + 1)
		d.Random, d.SenderSeq = &random, &random
		_, err = svc.Message.SendWait(ctx, chat.Actor{App: app, User: m.from}, d)
		must(err)
	}
	must(svc.Close(ctx))
}

// devices is who the core tells: it keeps a line for each call.
type devices struct {
	mu    sync.Mutex
	lines []string
}

func (d *devices) tell(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// String is the lines so far, each followed by a newline.
func (d *devices) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, l := range d.lines {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// kept lists the lines that begin so.
func (d *devices) kept(prefix string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []string
	for _, l := range d.lines {
		if strings.HasPrefix(l, prefix) {
			list = append(list, l)
		}
	}
	return list
}

func (d *devices) Deliver(m *chat.Message, _ uint64) {
	seenBy := ""
	if m.Control.Has(chat.SenderOnly) {
		seenBy = ", for its sender only"
	}
	d.tell("message %d of %s: %s%s", m.Seq, m.From, m.Body, seenBy)
}
func (d *devices) ConvEvent(e *chat.ConvEvent) { d.tell("%s %d by %s", e.Kind, e.Seq, e.By) }
func (d *devices) UserEvent(e *chat.UserEvent) { d.tell("%s to %s", e.Kind, e.User) }

func (d *devices) Typing(_ chat.AppID, from, to chat.UserID, on bool) {
	d.tell("%s types to %s: %v", from, to, on)
}
func (*devices) Joined(chat.AppID, chat.GroupID, chat.GroupType, []chat.UserID)     {}
func (*devices) Left(chat.AppID, chat.GroupID, []chat.UserID)                       {}
func (*devices) Wishes(chat.AppID, chat.GroupID, []chat.Wish)                       {}
func (*devices) Gone(chat.AppID, chat.GroupID)                                      {}
func (*devices) Kick(chat.AppID, chat.UserID, string, chat.KickReason, chat.UserID) {}
func (*devices) Devices(chat.AppID, chat.UserID) []chat.Device                      { return nil }
func (*devices) Online(chat.AppID) int64                                            { return 0 }
func (*devices) Stayed(chat.AppID, int64) int64                                     { return 0 }
func (*devices) Down(chat.AppID) (c2c, group int64)                                 { return 0, 0 }
func (*devices) StateMoved(chat.AppID, chat.UserID)                                 {}
func (*devices) Watched(chat.AppID) bool                                            { return false }
func (*devices) Happened(*chat.Event)                                               {}

// counts is what the door has counted: "connect ok" and "publish denied".
type counts struct {
	mu    sync.Mutex
	moved *sync.Cond
	by    map[string]int
	slow  time.Duration // pauses in all
}

func newCounts() *counts {
	c := &counts{by: map[string]int{}}
	c.moved = sync.NewCond(&c.mu)
	return c
}

func (c *counts) add(label string) {
	c.mu.Lock()
	c.by[label]++
	c.mu.Unlock()
	c.moved.Broadcast()
}

// Connect implements Counters.
func (c *counts) Connect(outcome string) { c.add("connect " + outcome) }

// Login implements Counters.
func (c *counts) Login(code chat.Code) { c.add(fmt.Sprint("login ", int(code))) }

// Published implements Counters.
func (c *counts) Published(class string) { c.add("publish " + class) }

func (c *counts) Refused(code chat.Code) { c.add("refused " + code.Label()) }

// Acked implements Counters.
func (c *counts) Acked(d time.Duration) { c.add(fmt.Sprint("acked ", d)) }

// Slowed implements Counters.
func (c *counts) Slowed(of Budget, _ time.Duration) { c.add("slowed " + string(of)) }

// pause notes that a connection has paused.
func (c *counts) pause(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow += d
}

// paused is how long connections have paused.
func (c *counts) paused() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.slow
}

// await waits until something has been counted.
func (c *counts) await(t *testing.T, label string) {
	t.Helper()
	c.awaitTotal(t, label, 1)
}

// awaitTotal waits until something has been counted so often.
func (c *counts) awaitTotal(t *testing.T, label string, n int) {
	t.Helper()
	late := time.AfterFunc(patience, func() {
		c.add("(too late)")
	})
	defer late.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.by[label] < n && c.by["(too late)"] == 0 {
		c.moved.Wait()
	}
	if c.by[label] < n {
		t.Fatalf("%q was not counted %d times: %v", label, n, c.by)
	}
}

// total is how often something has been counted.
func (c *counts) total(label string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[label]
}

// logText is a log that tests read while it is written.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log so far.
func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// count is in how many lines of the log a text stands.
func (l *logText) count(text string) int { return strings.Count(l.String(), text) }
