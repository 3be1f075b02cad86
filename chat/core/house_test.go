package core_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const app chat.AppID = 1400000001

// house is a core on the memory engine, with registered users and a clock
// that stands still unless moved.
type house struct {
	*testing.T
	*core.Core
	store chat.Store
	apps  *chat.Apps
	ears  *ears
	ctx   context.Context

	mu  sync.Mutex
	now time.Time
}

// open builds a house; change may alter the options.
func open(t *testing.T, change func(*core.Options)) *house {
	t.Helper()
	h := &house{T: t, ctx: t.Context(), apps: &chat.Apps{}, ears: &ears{}, now: time.Unix(1_700_000_000, 0)}
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	h.store = memory.New(memory.Options{Now: h.clock})
	o := core.Options{Store: h.store, Apps: h.apps, Now: h.clock, Lanes: 1}
	if change != nil {
		change(&o)
	}
	h.Core = core.New(o)
	h.Attach(h.ears)
	t.Cleanup(func() {
		if err := h.Core.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := h.store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	for _, u := range []chat.UserID{"ann", "bob", "cat", "admin"} {
		if _, err := h.People.Login(h.ctx, app, u, chat.Ticket{}); err != nil {
			t.Fatalf("login %s: %v", u, err)
		}
	}
	return h
}

// put writes an account as no command can.
func (h *house) put(a *chat.Account) error {
	return h.Ledger().Change(h.ctx, chat.UserShard(app, a.User), 0, func(_ context.Context, t *ledger.Turn) error {
		t.PutAccount(a)
		return nil
	})
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func as(u chat.UserID) chat.Actor { return chat.Actor{App: app, User: u} }

func admin() chat.Actor { return chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin} }

func text(s string) []byte {
	return fmt.Appendf(nil, `[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, s)
}

func (h *house) send(from chat.UserID, to chat.Target, s string) chat.Receipt {
	h.Helper()
	r, err := h.Message.SendWait(h.ctx, as(from), chat.Draft{To: to, Body: text(s)})
	if err != nil {
		h.Fatalf("%s to %s: %v", from, to, err)
	}
	return r
}

func (h *house) group(owner chat.UserID, t chat.GroupType, members ...chat.UserID) chat.GroupID {
	h.Helper()
	d := chat.GroupDraft{Type: t, Name: "g", Owner: owner}
	for _, u := range members {
		d.Members = append(d.Members, chat.NewMember{User: u})
	}
	g, err := h.Core.Group.Create(h.ctx, admin(), d)
	if err != nil {
		h.Fatalf("create %s: %v", t, err)
	}
	return g.ID
}

func (h *house) wants(err error, want chat.Code) {
	h.Helper()
	if got := chat.CodeOf(err); got != want {
		h.Errorf("got code %d (%v), want %d", got, err, want)
	}
}

// eventually looks again and again until something that is done behind an answer is so;
// nothing tells of it.
func eventually(so func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(10 * time.Second); !so(); {
		select {
		case <-tick.C:
		case <-late:
			return false
		}
	}
	return true
}

// ears records what would reach devices.
type ears struct {
	mu       sync.Mutex
	online   int64 // users of the app
	stayed   int64 // since the day before
	c2c      int64 // messages that devices were sent
	group    int64
	messages []*chat.Message
	events   []*chat.ConvEvent
	typing   []string
}

func (e *ears) Deliver(m *chat.Message, _ uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.messages = append(e.messages, m)
}

func (e *ears) ConvEvent(ev *chat.ConvEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, ev)
}

func (e *ears) Typing(_ chat.AppID, from, to chat.UserID, on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.typing = append(e.typing, fmt.Sprintf("%s>%s:%v", from, to, on))
}

func (e *ears) UserEvent(*chat.UserEvent)                                          {}
func (e *ears) Joined(chat.AppID, chat.GroupID, chat.GroupType, []chat.UserID)     {}
func (e *ears) Left(chat.AppID, chat.GroupID, []chat.UserID)                       {}
func (e *ears) Wishes(chat.AppID, chat.GroupID, []chat.Wish)                       {}
func (e *ears) Gone(chat.AppID, chat.GroupID)                                      {}
func (e *ears) Kick(chat.AppID, chat.UserID, string, chat.KickReason, chat.UserID) {}
func (e *ears) Devices(chat.AppID, chat.UserID) []chat.Device                      { return nil }
func (e *ears) StateMoved(chat.AppID, chat.UserID)                                 {}
func (e *ears) Watched(chat.AppID) bool                                            { return false }
func (e *ears) Happened(*chat.Event)                                               {}

func (e *ears) Online(chat.AppID) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.online
}

func (e *ears) Stayed(chat.AppID, int64) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stayed
}

func (e *ears) Down(chat.AppID) (c2c, group int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c2c, group = e.c2c, e.group
	e.c2c, e.group = 0, 0
	return c2c, group
}

// told waits until everything answered so far has been delivered: answers
// leave a lane before its deliveries do, and a house has one lane.
func (h *house) told() {
	h.Helper()
	_, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.MessageRef{Seq: 1 << 40}, "")
	h.wants(err, chat.CodeNoMessage)
}

// heard is what has been delivered.
func (h *house) heard() []*chat.Message {
	h.Helper()
	h.told()
	h.ears.mu.Lock()
	defer h.ears.mu.Unlock()
	return slices.Clone(h.ears.messages)
}

// events is what conversations were told.
func (h *house) events() []*chat.ConvEvent {
	h.Helper()
	h.told()
	h.ears.mu.Lock()
	defer h.ears.mu.Unlock()
	return slices.Clone(h.ears.events)
}
