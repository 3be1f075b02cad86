package core_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/push"
)

// provider is a channel of every name, which keeps what it was handed.
type provider struct {
	mu     sync.Mutex
	got    []handed
	answer func(d *push.Device, n *push.Notice) push.Result // nil: sent
}

type handed struct {
	to     string // user/client
	notice push.Notice
}

func (p *provider) Check(context.Context) error { return nil }

func (p *provider) Send(_ context.Context, d *push.Device, n *push.Notice) push.Result {
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	r := push.Result{Outcome: push.Sent}
	if answer != nil {
		r = answer(d, n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, handed{string(d.User) + "/" + d.Client, *n})
	return r
}

func (p *provider) answers(f func(d *push.Device, n *push.Notice) push.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func (p *provider) all() []handed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// listener are ears with devices that are connected.
type listener struct {
	*ears
	mu     sync.Mutex
	online map[chat.UserID][]chat.Device
	hook   func(*chat.Message)
}

func (l *listener) Deliver(m *chat.Message, session uint64) {
	l.ears.Deliver(m, session)
	l.mu.Lock()
	hook := l.hook
	l.mu.Unlock()
	if hook != nil {
		hook(m)
	}
}

func (l *listener) delivering(hook func(*chat.Message)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hook = hook
}

func (l *listener) Devices(_ chat.AppID, u chat.UserID) []chat.Device {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.online[u])
}

func (l *listener) connect(u chat.UserID, on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.online == nil {
		l.online = map[chat.UserID][]chat.Device{}
	}
	delete(l.online, u)
	if on {
		l.online[u] = []chat.Device{{Client: "phone", Platform: chat.PlatformIOS}}
	}
}

// phoneHouse is a house in which bob and cat have phones that are pushed to.
type phoneHouse struct {
	*house
	*provider
	out   *listener
	rests atomic.Int64 // how often the room has rested
}

func openPush(t *testing.T, change func(*core.Options)) *phoneHouse {
	t.Helper()
	p := furnish(t, change)
	if err := p.Resume(p.ctx, []chat.AppID{app}); err != nil {
		t.Fatal(err)
	}
	return p
}

// furnish is openPush without anything being sent.
func furnish(t *testing.T, change func(*core.Options)) *phoneHouse {
	t.Helper()
	p := &phoneHouse{provider: &provider{}}
	p.house = open(t, func(o *core.Options) {
		o.Push = push.Options{
			Channels: func(chat.AppID, push.ChannelName) push.Channel { return p.provider },
			After: func(time.Duration) <-chan time.Time {
				p.rests.Add(1)
				return time.After(time.Millisecond)
			},
		}
		if change != nil {
			change(o)
		}
	})
	p.out = &listener{ears: p.ears}
	p.Attach(p.out)
	for _, u := range []chat.UserID{"bob", "cat"} {
		p.register(u, "phone", push.Device{Channel: push.APNs, Token: "t-" + string(u)})
	}
	return p
}

func phone(u chat.UserID, client string) chat.Actor {
	return chat.Actor{App: app, User: u, Device: client, Platform: chat.PlatformIOS}
}

func (p *phoneHouse) register(u chat.UserID, client string, d push.Device) {
	p.Helper()
	if err := p.Push.Register(p.ctx, phone(u, client), d); err != nil {
		p.Fatalf("register %s: %v", u, err)
	}
}

// pushed lets the time of holding pass and returns what bob got until a message that was
// sent after everything else has reached cat, and then another: a look is over before the next
// begins.
func (p *phoneHouse) pushed() []handed {
	p.Helper()
	p.out.connect("cat", false)
	for range 2 {
		mark := fmt.Sprint("mark ", len(p.all()))
		p.send("ann", chat.ToUser("cat"), mark)
		rests := p.rests.Load()
		if !eventually(func() bool { return p.rests.Load() > rests+3 }) {
			p.Fatal("what was said is not looked at")
		}
		marked := func(h handed) bool { return strings.HasSuffix(h.notice.Text, mark) }
		if !eventually(func() bool {
			p.wait(time.Second)
			return slices.ContainsFunc(p.all(), marked)
		}) {
			p.Fatal("nothing is pushed")
		}
	}
	return slices.DeleteFunc(p.all(), func(h handed) bool { return !strings.HasPrefix(h.to, "bob/") })
}

func (p *phoneHouse) texts() []string {
	p.Helper()
	var list []string
	for _, h := range p.pushed() {
		list = append(list, h.notice.Text)
	}
	return list
}

func (p *phoneHouse) say(to chat.Target, change func(*chat.Draft)) chat.Receipt {
	p.Helper()
	d := chat.Draft{To: to, Body: text("hi")}
	if change != nil {
		change(&d)
	}
	r, err := p.Message.SendWait(p.ctx, as("ann"), d)
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// Who gets a push (spec/09 A).
func TestWhoIsPushed(t *testing.T) {
	bob := chat.ToUser("bob")
	zero := int64(0)
	flag := func(o chat.ReceiveOption) chat.MemberPatch { return chat.MemberPatch{Flag: &o} }
	in := func(p *phoneHouse) chat.Target { return chat.ToGroup(p.house.group("ann", chat.Work, "bob", "cat")) }
	for name, c := range map[string]struct {
		do   func(p *phoneHouse)
		gets bool
	}{
		"a message":          {func(p *phoneHouse) { p.say(bob, nil) }, true},
		"connected":          {func(p *phoneHouse) { p.out.connect("bob", true); p.say(bob, nil) }, false},
		"the sender":         {func(p *phoneHouse) { p.send("bob", chat.ToUser("ann"), "hi") }, false},
		"PushFlag 1":         {func(p *phoneHouse) { p.say(bob, func(d *chat.Draft) { d.Push = json.RawMessage(`{"PushFlag":1}`) }) }, false},
		"PushFlag 0":         {func(p *phoneHouse) { p.say(bob, func(d *chat.Draft) { d.Push = json.RawMessage(`{"PushFlag":0}`) }) }, true},
		"online only":        {func(p *phoneHouse) { p.say(bob, func(d *chat.Draft) { d.LifeTime = &zero }) }, false},
		"a silent custom":    {func(p *phoneHouse) { p.say(bob, func(d *chat.Draft) { d.Body = custom(`{"Data":"x"}`) }) }, false},
		"a custom with Desc": {func(p *phoneHouse) { p.say(bob, func(d *chat.Draft) { d.Body = custom(`{"Data":"x","Desc":"ring"}`) }) }, true},
		"a custom, Desc beside": {func(p *phoneHouse) {
			p.say(bob, func(d *chat.Draft) { d.Body, d.Push = custom(`{}`), json.RawMessage(`{"Desc":"ring"}`) })
		}, true},
		"read": {func(p *phoneHouse) {
			p.say(bob, nil)
			p.must(p.Inbox.MarkRead(p.ctx, as("bob"), "", chat.ToUser("ann"), 1))
		}, false},
		"taken back": {func(p *phoneHouse) {
			r := p.say(bob, nil)
			_, err := p.Message.Recall(p.ctx, as("ann"), "", bob, chat.MessageRef{Seq: r.Seq}, "")
			p.must(err)
		}, false},
		"deleted": {func(p *phoneHouse) {
			r := p.say(bob, nil)
			p.must(p.Message.Delete(p.ctx, as("bob"), "", chat.ToUser("ann"), []chat.MessageRef{{Seq: r.Seq}}))
		}, false},
		"NoUnread": {func(p *phoneHouse) { p.say(bob, func(d *chat.Draft) { d.Control = chat.NoUnread }) }, true},
		"blocked": {func(p *phoneHouse) {
			_, err := p.People.BlockUsers(p.ctx, as("bob"), "", []chat.UserID{"ann"})
			p.must(err)
			p.say(bob, nil)
		}, false},
		"muted peer": {func(p *phoneHouse) {
			p.say(bob, nil)
			p.must(p.Inbox.Mute(p.ctx, as("bob"), chat.ToUser("ann"), chat.AcceptNotNotify))
		}, false},
		"logged out": {func(p *phoneHouse) { p.LogOut(p.ctx, phone("bob", "phone")); p.say(bob, nil) }, false},
		"kicked":     {func(p *phoneHouse) { p.must(p.People.Kick(p.ctx, admin(), "bob")); p.say(bob, nil) }, false},
		"unregistered": {func(p *phoneHouse) {
			p.must(p.Push.Unregister(p.ctx, phone("bob", "phone")))
			p.say(bob, nil)
		}, false},
		"away for a week": {func(p *phoneHouse) {
			p.wait(7 * 24 * time.Hour)
			p.Online(p.ctx, phone("cat", "phone"), nil)
			p.say(bob, nil)
		}, false},
		"a group":             {func(p *phoneHouse) { p.say(in(p), nil) }, true},
		"a tip":               {func(p *phoneHouse) { in(p) }, false},
		"a targeted message":  {func(p *phoneHouse) { p.say(in(p), func(d *chat.Draft) { d.Only = []chat.UserID{"cat"} }) }, false},
		"targeted at them":    {func(p *phoneHouse) { p.say(in(p), func(d *chat.Draft) { d.Only = []chat.UserID{"bob"} }) }, true},
		"AcceptNotNotify":     {func(p *phoneHouse) { g := in(p); p.patch(g, flag(chat.AcceptNotNotify)); p.say(g, nil) }, false},
		"AcceptNotNotify, at": {func(p *phoneHouse) { g := in(p); p.patch(g, flag(chat.AcceptNotNotify)); p.say(g, mentions("bob")) }, false},
		"ExceptAt":            {func(p *phoneHouse) { g := in(p); p.patch(g, flag(chat.AcceptNotNotifyExceptAt)); p.say(g, nil) }, false},
		"ExceptAt, at": {func(p *phoneHouse) {
			g := in(p)
			p.patch(g, flag(chat.AcceptNotNotifyExceptAt))
			p.say(g, mentions("bob"))
		}, true},
		"ExceptAt, at all": {func(p *phoneHouse) {
			g := in(p)
			p.patch(g, flag(chat.AcceptNotNotifyExceptAt))
			p.say(g, mentions(chat.AtAll))
		}, true},
		"ExceptAt, at, then more": {func(p *phoneHouse) {
			g := in(p)
			p.patch(g, flag(chat.AcceptNotNotifyExceptAt))
			p.say(g, mentions("bob"))
			p.say(g, nil)
		}, true},
		"Discard": {func(p *phoneHouse) { g := in(p); p.patch(g, flag(chat.Discard)); p.say(g, nil) }, false},
		"NotReceive, at": {func(p *phoneHouse) {
			g := in(p)
			p.patch(g, flag(chat.NotReceiveMsgExceptAt))
			p.say(g, mentions("bob"))
		}, true},
		"left the group": {func(p *phoneHouse) { g := in(p); p.say(g, nil); p.must(p.Core.Group.Quit(p.ctx, as("bob"), g.Group())) }, false},
		"the group is gone": {func(p *phoneHouse) {
			g := in(p)
			p.say(g, nil)
			p.must(p.Core.Group.Destroy(p.ctx, admin(), g.Group()))
		}, false},
		"a Meeting": {func(p *phoneHouse) { p.say(chat.ToGroup(p.house.group("ann", chat.Meeting, "bob")), nil) }, false},
		"before the token": {func(p *phoneHouse) {
			p.must(p.Push.Unregister(p.ctx, phone("bob", "phone")))
			p.say(bob, nil)
			p.wait(2 * time.Second)
			p.register("bob", "phone", push.Device{Channel: push.APNs, Token: "t-later"})
		}, false},
		"the token has another user": {func(p *phoneHouse) {
			p.register("cat", "pad", push.Device{Channel: push.APNs, Token: "t-bob"})
			p.say(bob, nil)
		}, false},
		"the account is another": {func(p *phoneHouse) {
			p.say(bob, nil)
			_, err := p.DeleteAccounts(p.ctx, admin(), []chat.UserID{"bob"})
			p.must(err)
			_, err = p.People.Login(p.ctx, app, "bob", chat.Ticket{Issued: p.clock().Unix() + 5})
			p.must(err)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPush(t, nil)
			c.do(p)
			got := p.texts()
			if c.gets != (len(got) == 1) {
				t.Errorf("bob gets %q, want one: %v", got, c.gets)
			}
		})
	}
}

func custom(content string) json.RawMessage {
	return json.RawMessage(`[{"MsgType":"TIMCustomElem","MsgContent":` + content + `}]`)
}

func mentions(u chat.UserID) func(*chat.Draft) {
	return func(d *chat.Draft) { d.At = []chat.UserID{u} }
}

func (p *phoneHouse) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *phoneHouse) patch(g chat.Target, m chat.MemberPatch) {
	p.Helper()
	p.must(p.Core.Group.ModifyMember(p.ctx, as("bob"), g.Group(), "bob", m))
}
