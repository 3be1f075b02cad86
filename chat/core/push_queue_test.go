package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/push"
)

// until lets time pass until so.
func (p *phoneHouse) until(what string, so func() bool) {
	p.Helper()
	if !eventually(func() bool {
		p.wait(time.Second)
		return so()
	}) {
		p.Fatalf("%s: never, got %v", what, p.all())
	}
}

func (p *provider) had(text string) (n int) {
	for _, h := range p.all() {
		if strings.HasSuffix(h.notice.Text, text) {
			n++
		}
	}
	return n
}

// Of what was said while a message is held, or while the provider is away, the newest is
// pushed.
func TestPushesCollapse(t *testing.T) {
	p := openPush(t, nil)
	p.send("ann", chat.ToUser("bob"), "one")
	p.send("ann", chat.ToUser("bob"), "two")
	if got := p.texts(); len(got) != 1 || got[0] != "two" {
		t.Errorf("%q is pushed, want two", got)
	}
	p.answers(func(*push.Device, *push.Notice) push.Result { return push.Result{Outcome: push.Retry} })
	p.send("ann", chat.ToUser("bob"), "three")
	p.until("an attempt", func() bool { return p.had("three") > 0 })
	p.send("ann", chat.ToUser("bob"), "four")
	p.until("another", func() bool { return p.had("four") > 0 })
	p.answers(nil)
	was := p.had("three")
	p.until("it is sent", func() bool { return p.Push.Counts()[push.Count{Channel: push.APNs, What: push.CountSent}] >= 4 })
	if p.had("three") != was {
		t.Error("a message that has been replaced was sent")
	}
}

// A provider that is away gets everything once when it is back, and the badge is the number
// of unread messages then.
func TestProviderComesBack(t *testing.T) {
	p := openPush(t, nil)
	p.answers(func(*push.Device, *push.Notice) push.Result {
		return push.Result{Outcome: push.Retry, RetryAfter: 30 * time.Minute, Code: 503}
	})
	p.send("ann", chat.ToUser("bob"), "hello")
	p.until("an attempt", func() bool { return p.had("hello") == 1 })
	since := p.clock()
	p.answers(nil)
	p.until("it is sent", func() bool { return p.had("hello") == 2 })
	if d := p.clock().Sub(since); d < 29*time.Minute {
		t.Errorf("it was tried again after %s, though it was to be 30 minutes", d)
	}
	last := p.all()[len(p.all())-1].notice
	if last.Badge == nil || *last.Badge != 1 || last.PushID == "" || last.Conv != chat.C2COf(app, "ann", "bob") {
		t.Errorf("the notice is %+v", last)
	}
}

// What waits for longer than it may is dropped.
func TestPushesExpire(t *testing.T) {
	p := openPush(t, nil)
	p.answers(func(*push.Device, *push.Notice) push.Result { return push.Result{Outcome: push.Retry} })
	life := int64(60)
	p.say(chat.ToUser("bob"), func(d *chat.Draft) { d.LifeTime = &life })
	p.until("it expires", func() bool {
		return p.Push.Counts()[push.Count{Channel: push.APNs, What: push.CountDropped, Reason: "expired"}] == 1
	})
}

// A device whose token is invalid is dropped, and its user is not PushOnline any more.
func TestGoneDropsTheDevice(t *testing.T) {
	p := openPush(t, nil)
	state := func() chat.OnlineState {
		t.Helper()
		list, _, err := p.People.Presences(p.ctx, admin(), []chat.UserID{"bob"})
		p.must(err)
		return list[0].State
	}
	if s := state(); s != chat.PushOnline {
		t.Errorf("bob is %s before, want PushOnline", s)
	}
	p.answers(func(d *push.Device, _ *push.Notice) push.Result {
		if d.User == "bob" {
			return push.Result{Outcome: push.Gone, Code: 410}
		}
		return push.Result{Outcome: push.Sent}
	})
	p.send("ann", chat.ToUser("bob"), "one")
	p.until("the device is gone", func() bool { return state() != chat.PushOnline })
	p.send("ann", chat.ToUser("bob"), "two")
	if got := p.texts(); len(got) != 1 {
		t.Errorf("bob's dead device got %q", got)
	}
	traced, _, err := p.Push.Trace(p.ctx, app, p.all()[0].notice.PushID, "", 10)
	p.must(err)
	if len(traced) != 1 || traced[0].Stage != push.StageFailed || traced[0].Code != 410 {
		t.Errorf("the trace is %+v", traced)
	}
}

// Credentials that are refused pause the channel until there are others.
func TestCredentialsPauseTheChannel(t *testing.T) {
	var now atomic.Pointer[provider]
	p := openPush(t, func(o *core.Options) {
		of := o.Push.Channels
		o.Push.Channels = func(a chat.AppID, c push.ChannelName) push.Channel {
			if other := now.Load(); other != nil {
				return other
			}
			return of(a, c)
		}
	})
	p.answers(func(*push.Device, *push.Notice) push.Result { return push.Result{Outcome: push.Credentials, Code: 403} })
	p.send("ann", chat.ToUser("bob"), "one")
	p.until("an attempt", func() bool { return len(p.all()) == 1 })
	p.until("it is seen", func() bool {
		list := p.Push.Backlogs()
		for _, b := range list {
			if b.Channel == push.APNs && b.Paused {
				return true
			}
		}
		return false
	})
	mended := &provider{}
	now.Store(mended)
	p.until("the mended one sends it", func() bool { return len(mended.all()) == 1 })
}

// A channel that hangs does not hold up the others, nor the end of the server.
func TestHangingProvider(t *testing.T) {
	p := openPush(t, nil)
	p.register("cat", "phone", push.Device{Channel: push.FCM, Token: "t-cat"})
	hung, release := make(chan struct{}, 1), make(chan struct{})
	p.answers(func(d *push.Device, _ *push.Notice) push.Result {
		if d.Channel == push.APNs {
			hung <- struct{}{}
			<-release
			return push.Result{Outcome: push.Retry}
		}
		return push.Result{Outcome: push.Sent}
	})
	p.send("ann", chat.ToUser("bob"), "one")
	p.until("it hangs", func() bool { return len(hung) == 1 })
	for range 3 {
		p.send("ann", chat.ToUser("cat"), "over")
		n := p.had("over")
		p.until("the other goes on", func() bool { return p.had("over") > n })
	}
	close(release)
}

// A channel that panics refuses the notice.
func TestPanickingChannel(t *testing.T) {
	p := openPush(t, nil)
	p.answers(func(d *push.Device, _ *push.Notice) push.Result {
		if d.User == "bob" {
			panic("broken")
		}
		return push.Result{Outcome: push.Sent}
	})
	p.send("ann", chat.ToUser("bob"), "one")
	p.pushed()
	if n := p.Push.Counts()[push.Count{Channel: push.APNs, What: push.CountDropped, Reason: "refused"}]; n != 1 {
		t.Errorf("%d are refused, want 1", n)
	}
}

var errEnded = errors.New("killed")

// killed is a store that takes so many commits more and then none; the last one may be
// made durable though its answer is lost.
type killed struct {
	chat.Store
	left   atomic.Int64
	on     atomic.Bool
	silent bool
	dead   atomic.Bool
}

func (k *killed) Apply(ctx context.Context, c []*chat.Commit) error {
	if !k.on.Load() {
		return k.Store.Apply(ctx, c)
	}
	n := k.left.Add(-1)
	if n >= 0 {
		return k.Store.Apply(ctx, c)
	}
	k.dead.Store(true)
	if n == -1 && k.silent {
		if err := k.Store.Apply(ctx, c); err != nil {
			return err
		}
	}
	return errEnded
}

// A server that is killed between any two commits, or before the answer to one, has
// pushed each message to each device after the next start: once, or twice where the answer of the
// provider was lost.
func TestPushesSurviveKills(t *testing.T) {
	const members = 600 // more than a page
	p := furnish(t, nil)
	users := make([]chat.UserID, members)
	profiles := make([]chat.Profile, members)
	for i := range users {
		users[i] = chat.UserID(fmt.Sprintf("m%04d", i))
		profiles[i] = chat.Profile{User: users[i]}
	}
	for i := 0; i < members; i += 100 {
		_, err := p.People.Import(p.ctx, admin(), profiles[i:i+100])
		p.must(err)
	}
	g := p.house.group("ann", chat.Public)
	for i := 0; i < members; i += 100 {
		_, err := p.Core.Group.AddMembers(p.ctx, admin(), g, users[i:i+100], true)
		p.must(err)
	}
	for _, u := range users {
		p.register(u, "phone", push.Device{Channel: push.APNs, Token: "t-" + string(u)})
	}
	if err := p.Push.Forget(p.ctx, app, "bob"); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		again := false
		for _, silent := range []bool{false, true} {
			k := &killed{Store: p.store, silent: silent}
			k.left.Store(int64(n))
			again = p.kill(k, fmt.Sprintf("round %d %v", n, silent), g, users) || again
		}
		if !again {
			break
		}
	}
}

// second is another core over the store of the house.
func (p *phoneHouse) second(store chat.Store) *core.Core {
	p.Helper()
	c := core.New(core.Options{
		Store: store, Apps: p.apps, Now: p.clock, Lanes: 1, Fatal: func(error) {},
		Push: push.Options{
			Channels: func(chat.AppID, push.ChannelName) push.Channel { return p.provider },
			After:    func(time.Duration) <-chan time.Time { return time.After(time.Millisecond) },
		},
	})
	c.Attach(p.out)
	return c
}

// kill sends a message to a group through a core whose store ends, and looks at what has
// reached whom when another has gone on. It reports whether the store has ended at all.
func (p *phoneHouse) kill(k *killed, text string, g chat.GroupID, users []chat.UserID) bool {
	p.Helper()
	p.provider.mu.Lock()
	p.provider.got = nil
	p.provider.mu.Unlock()
	first := p.second(k)
	p.must(first.Resume(p.ctx, []chat.AppID{app}))
	_, err := first.Message.SendWait(p.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: []byte(fmt.Sprintf(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, text))})
	p.must(err)
	k.on.Store(true)
	got := func() map[string]int {
		list := map[string]int{}
		for _, h := range p.all() {
			if strings.HasSuffix(h.notice.Text, text) {
				list[h.to]++
			}
		}
		return list
	}
	p.until("it ends or all is sent", func() bool { return k.dead.Load() || len(got()) == len(users) })
	p.until("what is under way is over", func() bool { return k.dead.Load() || idle(first) })
	if err := first.Close(context.Background()); err != nil {
		p.Fatal(err)
	}
	next := p.second(p.store)
	p.must(next.Resume(p.ctx, []chat.AppID{app}))
	p.until("all is sent: "+text, func() bool { return len(got()) == len(users) })
	p.until("all is settled", func() bool { return idle(next) })
	if err := next.Close(context.Background()); err != nil {
		p.Fatal(err)
	}
	for to, n := range got() {
		if n > 2 || n > 1 && !k.dead.Load() {
			p.Errorf("%s: %s has got it %d times", text, to, n)
		}
	}
	return k.dead.Load()
}

// idle reports whether nothing waits in a queue of a core.
func idle(c *core.Core) bool {
	for _, b := range c.Push.Backlogs() {
		if b.Channel == push.APNs {
			return b.Waiting == 0
		}
	}
	return true
}

// A conversation that has moved once more than the point up to which it was looked at is
// looked at again.
func TestPushOfWhatWasJustDelivered(t *testing.T) {
	p := openPush(t, nil)
	held, goOn, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(over) }) // or the end would wait for a lane that is held
	p.out.delivering(func(m *chat.Message) {
		if said := string(m.Body); strings.Contains(said, "hold") {
			select {
			case held <- struct{}{}:
			case <-over:
			}
			select {
			case <-goOn:
			case <-over:
			}
		}
	})
	say := func(to chat.UserID, s string) {
		p.Message.Send(p.ctx, as("ann"), chat.Draft{To: chat.ToUser(to), Body: text(s)}, func(chat.Receipt, error) {})
	}
	wait := func() {
		t.Helper()
		select {
		case <-held:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is delivered")
		}
	}
	say("ann", "hold one")
	wait() // what follows is one batch
	say("bob", "hi")
	say("ann", "hold two")
	goOn <- struct{}{}
	wait()
	rests := p.rests.Load()
	// The batch is not over. No time passes, or what was said before would be due: to note how far that
	// has come needs the lane.
	if !eventually(func() bool { return p.rests.Load() > rests+3 }) {
		t.Fatal("it is not looked at")
	}
	goOn <- struct{}{}
	p.until("bob has it", func() bool { return p.had("hi") == 1 })
}

// What APNs has taken counts among the app's figures, by kind of conversation, once a device.
func TestFiguresOfPushes(t *testing.T) {
	p := openPush(t, nil)
	p.send("ann", chat.ToUser("bob"), "one")
	p.send("ann", chat.ToGroup(p.house.group("ann", chat.Work, "bob", "cat")), "two")
	p.until("all have it", func() bool { return p.had("one") == 1 && p.had("two") == 2 })
	if !eventually(func() bool {
		f := p.shown(0)
		return f[chat.FigurePushed] == 3 && f[chat.FigurePushedC2C] == 1 && f[chat.FigurePushedGroup] == 2
	}) {
		p.Errorf("counted are %v", p.shown(0))
	}
}
