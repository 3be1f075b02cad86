package core_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

// asking sends a message that wants receipts; change may alter the draft.
func (h *house) asking(from chat.UserID, to chat.Target, change ...func(*chat.Draft)) chat.Seq {
	h.Helper()
	d := chat.Draft{To: to, Body: text("read me"), Control: chat.NeedReceipt}
	for _, f := range change {
		f(&d)
	}
	r, err := h.Message.SendWait(h.ctx, as(from), d)
	if err != nil {
		h.Fatalf("%s to %s: %v", from, to, err)
	}
	return r.Seq
}

// has has u send receipts.
func (h *house) has(u chat.UserID, t chat.Target, seqs ...chat.Seq) error {
	refs := make([]chat.MessageRef, len(seqs))
	for i, n := range seqs {
		refs[i].Seq = n
	}
	return h.Message.SendReceipts(h.ctx, as(u), "", t, refs)
}

// counts prints receipts as u sees them: read, unread, or the code.
func (h *house) counts(u chat.UserID, t chat.Target, seqs ...chat.Seq) string {
	h.Helper()
	list, err := h.Message.Receipts(h.ctx, as(u), "", t, seqs)
	h.wants(err, 0)
	words := []string{}
	for _, r := range list {
		if r.Code != 0 {
			words = append(words, fmt.Sprint(r.Code))
			continue
		}
		words = append(words, fmt.Sprintf("%d/%d", r.Read, r.Unread()))
	}
	return fmt.Sprint(words)
}

func (h *house) isSaid(what, got, want string) {
	h.Helper()
	if got != want {
		h.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// Which groups have receipts, and what a message that asks for one must be
// (spec/20 §2, spec/22b §1).
func TestReceiptsByGroupType(t *testing.T) {
	h := open(t, nil)
	for _, c := range []struct {
		kind chat.GroupType
		want chat.Code
	}{
		{chat.Work, 0},
		{chat.Public, 0},
		{chat.Meeting, 0},
		{chat.AVChatRoom, chat.CodeGroupNotAllowed},
		{chat.Community, chat.CodeGroupNotAllowed},
	} {
		g := chat.ToGroup(h.group("ann", c.kind))
		if c.kind != chat.AVChatRoom {
			_, err := h.Group.AddMembers(h.ctx, admin(), g.Group(), []chat.UserID{"bob"}, true)
			h.wants(err, 0)
		}
		r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: g, Body: text("x"), Control: chat.NeedReceipt})
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("asking in %s: got %d, want %d", c.kind, got, c.want)
		}
		seq := max(r.Seq, 1)
		if got := chat.CodeOf(h.has("bob", g, seq)); got != c.want {
			t.Errorf("a receipt in %s: got %d, want %d", c.kind, got, c.want)
		}
		if _, err := h.Message.Receipts(h.ctx, as("ann"), "", g, []chat.Seq{seq}); chat.CodeOf(err) != c.want {
			t.Errorf("counts in %s: got %v, want %d", c.kind, err, c.want)
		}
		if _, err := h.Message.Readers(h.ctx, as("ann"), message.ReadersQuery{Target: g, Seq: seq}); chat.CodeOf(err) != c.want {
			t.Errorf("readers in %s: got %v, want %d", c.kind, err, c.want)
		}
	}
	g := chat.ToGroup(h.group("ann", chat.Work))
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: g, Body: text("x"), Control: chat.NeedReceipt | chat.OnlineOnly})
	h.wants(err, chat.CodeReceiptOnline)
}

func TestReceiptsNeedSmallGroup(t *testing.T) {
	h := open(t, nil)
	const most = 200
	var list []chat.UserID
	var profiles []chat.Profile
	for i := range most {
		u := chat.UserID(fmt.Sprintf("u%03d", i))
		list = append(list, u)
		profiles = append(profiles, chat.Profile{User: u})
	}
	for some := range slices.Chunk(profiles, 100) {
		_, err := h.People.Import(h.ctx, admin(), some)
		h.wants(err, 0)
	}
	g := h.group("ann", chat.Public)
	to := chat.ToGroup(g)
	for some := range slices.Chunk(list[:most-1], 100) {
		_, err := h.Group.AddMembers(h.ctx, admin(), g, some, true)
		h.wants(err, 0)
	}
	seq := h.asking("ann", to)
	h.isSaid("nobody has read it", h.counts("ann", to, seq), "[0/199]")
	_, err := h.Group.AddMembers(h.ctx, admin(), g, list[most-1:], true)
	h.wants(err, 0)
	_, err = h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: to, Body: text("x"), Control: chat.NeedReceipt})
	h.wants(err, chat.CodeReceiptGroupSize)
	h.send("ann", to, "one that asks for nothing")

	// What was asked before the group grew is answered still; its readers share commits.
	var all sync.WaitGroup
	for _, u := range list[:most-1] {
		all.Go(func() {
			if err := h.has(u, to, seq); err != nil {
				t.Errorf("%s: %v", u, err)
			}
		})
	}
	all.Wait()
	h.isSaid("all have read it", h.counts("ann", to, seq), "[199/0]")
	seen := map[int]bool{}
	for _, e := range h.events() {
		seen[e.Detail.Receipts[0].Read] = true
	}
	for n := 1; n < most; n++ {
		if !seen[n] {
			t.Errorf("no event told of %d readers", n)
		}
	}
	var got []chat.UserID
	for q := (message.ReadersQuery{Target: to, Seq: seq, Limit: 150}); ; {
		page, err := h.Message.Readers(h.ctx, as("ann"), q)
		h.wants(err, 0)
		got = append(got, page.Users...)
		if page.Finished || len(page.Users) == 0 {
			break
		}
		q.After = page.Users[len(page.Users)-1]
	}
	if !slices.Equal(got, list[:most-1]) {
		t.Errorf("%d readers: %v", len(got), got)
	}
}

func TestReceiptsInC2C(t *testing.T) {
	h := open(t, nil)
	bob, ann := chat.ToUser("bob"), chat.ToUser("ann")
	seq := h.asking("ann", bob)
	plain := h.send("ann", bob, "asks for nothing").Seq
	theirs := h.asking("bob", ann)

	h.isSaid("at first", h.counts("ann", bob, seq, plain, 99), "[0/1 20022 20022]")
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", ann, chat.Newest), 0)
	h.isSaid("a read mark is no receipt", h.counts("ann", bob, seq), "[0/1]")

	h.wants(h.has("ann", bob, seq), chat.CodeNoMessage) // one's own
	h.wants(h.has("bob", ann, plain, 99), chat.CodeNoMessage)
	h.wants(h.has("cat", ann, seq), chat.CodeNoMessage)
	h.wants(h.has("bob", ann, 99, seq, plain, seq), 0)
	h.wants(h.has("bob", ann, seq), 0) // safe to repeat
	h.isSaid("read", h.counts("ann", bob, seq, theirs), "[1/0 0/1]")
	h.isSaid("the reader sees it too", h.counts("bob", ann, seq), "[1/0]")

	var told []string
	for _, e := range h.events() {
		if e.Kind == chat.EventReceipt {
			r := e.Detail.Receipts[0]
			told = append(told, fmt.Sprintf("%d %s %t %t %d %d", len(e.Detail.Receipts), e.By, r.Seq == seq, r.ID != "", r.Read, r.Unread()))
		}
	}
	h.isSaid("events", fmt.Sprint(told), fmt.Sprint([]string{"1 bob true true 1 0"}))

	p, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: bob})
	h.wants(err, 0)
	if r, ok := p.Receipts[seq]; !ok || r.Read != 1 || len(p.Receipts) != 2 {
		t.Errorf("history says %+v", p.Receipts)
	}
	roam, err := h.Message.Roam(h.ctx, admin(), message.RoamQuery{Of: "bob", Peer: "ann", MaxTime: 1 << 40, Max: 9})
	h.wants(err, 0)
	if roam.Receipts[seq].Read != 1 || roam.Receipts[theirs].Read != 0 {
		t.Errorf("roaming says %+v", roam.Receipts)
	}
	page, err := h.Message.Readers(h.ctx, as("ann"), message.ReadersQuery{Target: bob, Seq: seq})
	h.wants(err, 0)
	h.isSaid("readers", fmt.Sprint(page), "{[bob] true}")
	page, err = h.Message.Readers(h.ctx, as("bob"), message.ReadersQuery{Target: ann, Seq: theirs, Unread: true})
	h.wants(err, 0)
	h.isSaid("those who have not", fmt.Sprint(page), "{[ann] true}")
	_, err = h.Message.Readers(h.ctx, as("bob"), message.ReadersQuery{Target: ann, Seq: seq})
	h.wants(err, chat.CodeNoMessage)
}

func TestReceiptsByAdministrator(t *testing.T) {
	h := open(t, nil)
	r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x"), Control: chat.NeedReceipt})
	h.wants(err, 0)
	byKey := []chat.MessageRef{{Key: r.Key}}
	h.wants(h.Message.SendReceipts(h.ctx, as("cat"), "bob", chat.ToUser("ann"), byKey), chat.CodeBadFrom)
	h.wants(h.Message.SendReceipts(h.ctx, admin(), "bob", chat.ToUser("ann"), []chat.MessageRef{{Key: "1_2"}}), chat.CodeBadMsgKey)
	h.wants(h.Message.SendReceipts(h.ctx, admin(), "ann", chat.ToUser("bob"), byKey), chat.CodeNoMessage)
	h.wants(h.Message.SendReceipts(h.ctx, admin(), "bob", chat.ToUser("ann"), byKey), 0)
	h.isSaid("read", h.counts("ann", chat.ToUser("bob"), r.Seq), "[1/0]")
}

func TestReceiptsInAGroup(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	to := chat.ToGroup(g)
	seq := h.asking("ann", to)
	only := h.asking("ann", to, func(d *chat.Draft) { d.Only = []chat.UserID{"bob", "bob", "ann", "eve"} })
	h.isSaid("at first", h.counts("ann", to, seq, only), "[0/2 0/1]")
	h.isSaid("to one it is not for", h.counts("cat", to, only), "[10062]")

	h.wants(h.has("bob", to, only), 0)
	if n := len(h.events()); n != 0 {
		t.Errorf("%d events about a message that not all have", n)
	}
	h.wants(h.has("bob", to, seq, only), 0)
	if e := h.events(); len(e) != 1 || len(e[0].Detail.Receipts) != 1 || e[0].Detail.Receipts[0].Seq != seq {
		t.Errorf("told of %+v", e)
	}
	h.wants(h.has("cat", to, only), chat.CodeNoReceipt)
	h.wants(h.has("ann", to, seq), chat.CodeNoReceipt)
	h.wants(h.has("eve", to, seq), chat.CodeGroupNotAllowed)
	h.wants(h.Message.SendReceipts(h.ctx, admin(), "", to, []chat.MessageRef{{Seq: seq}}), chat.CodeGroupNotAllowed)
	h.isSaid("bob has read", h.counts("cat", to, seq), "[1/1]")

	readers := func(u chat.Actor, unread bool, want string, code chat.Code) {
		h.Helper()
		page, err := h.Message.Readers(h.ctx, u, message.ReadersQuery{Target: to, Seq: seq, Unread: unread})
		h.wants(err, code)
		h.isSaid("readers", fmt.Sprint(page.Users), want)
	}
	readers(as("ann"), false, "[bob]", 0)
	readers(as("ann"), true, "[cat]", 0)
	readers(admin(), true, "[cat]", 0)
	readers(as("bob"), false, "[]", chat.CodeGroupNotAllowed)
	_, err := h.Message.Readers(h.ctx, as("ann"), message.ReadersQuery{Target: to, Seq: 99})
	h.wants(err, chat.CodeNoReceipt)

	// Only who was there is asked; who has left was.
	_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"admin"}, true)
	h.wants(err, 0)
	h.wants(h.has("admin", to, seq), chat.CodeNoReceipt)
	h.wants(h.Group.Quit(h.ctx, as("cat"), g), 0)
	h.isSaid("cat has left", h.counts("ann", to, seq), "[1/1]")
	readers(as("ann"), true, "[]", 0)

	// What is taken back asks no more.
	_, err = h.Message.Recall(h.ctx, as("ann"), "", to, chat.MessageRef{Seq: seq}, "")
	h.wants(err, 0)
	h.isSaid("recalled", h.counts("ann", to, seq, only), "[10062 1/0]")
	h.wants(h.has("bob", to, seq), chat.CodeNoReceipt)
}

// An administrator's name need not be a member's (spec/22b §1).
func TestReceiptAudienceOfNonMember(t *testing.T) {
	h := open(t, nil)
	to := chat.ToGroup(h.group("ann", chat.Public, "bob"))
	r, err := h.Message.SendWait(h.ctx, admin(), chat.Draft{To: to, Body: text("x"), Control: chat.NeedReceipt})
	h.wants(err, 0)
	h.isSaid("asked", h.counts("ann", to, r.Seq), "[0/2]")
}

func TestNewMembersAreNotInReceiptAudience(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Meeting, "bob") // Meeting shows newcomers the past
	to := chat.ToGroup(g)
	seq := h.asking("ann", to)
	_, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, true)
	h.wants(err, 0)
	h.isSaid("cat sees the number", h.counts("cat", to, seq), "[0/1]")
	h.wants(h.has("cat", to, seq), chat.CodeNoReceipt)
	page, err := h.Message.Readers(h.ctx, as("ann"), message.ReadersQuery{Target: to, Seq: seq, Unread: true})
	h.wants(err, 0)
	h.isSaid("unread by", fmt.Sprint(page), "{[bob] true}")
}

func TestReceiptBatchLimit(t *testing.T) {
	h := open(t, nil)
	many := make([]chat.Seq, 31)
	for i := range many {
		many[i] = h.asking("ann", chat.ToUser("bob"))
	}
	h.wants(h.has("bob", chat.ToUser("ann"), many...), chat.CodeBadBody)
	h.wants(h.has("bob", chat.ToUser("ann")), chat.CodeBadBody)
	h.wants(h.has("bob", chat.ToUser("ann"), many[:30]...), 0)
	if n := len(h.events()); n != 1 {
		t.Errorf("%d events, want one for the batch", n)
	}
	_, err := h.Message.Receipts(h.ctx, as("ann"), "", chat.ToUser("bob"), many)
	h.wants(err, chat.CodeBadBody)
	g := chat.ToGroup(h.group("ann", chat.Work, "bob"))
	h.wants(h.has("bob", g, many...), chat.CodeGroupParameter)
}

func TestOnlineOnlyMessageHasNoReceipt(t *testing.T) {
	h := open(t, nil)
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("x"), Control: chat.NeedReceipt | chat.OnlineOnly})
	h.wants(err, 0)
	if m := h.heard()[0]; m.Control.Has(chat.NeedReceipt) {
		t.Error("it is delivered as one that does")
	}
}

func TestReceiptEventsExpireWithTheirMessages(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Retention: time.Hour})
	h.wait(time.Since(h.clock())) // the engine's clock is the real one
	begin := h.clock().Unix()
	first := h.asking("ann", chat.ToUser("bob"))
	h.wait(time.Minute)
	second := h.asking("ann", chat.ToUser("bob"))
	h.wait(time.Minute)
	h.wants(h.has("bob", chat.ToUser("ann"), first, second), 0)
	got, want := h.events()[0].Expires, begin+60+3600
	if got != want {
		t.Errorf("expires at %d, want %d, as the second message does", got, want)
	}
}
