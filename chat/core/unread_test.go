package core_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/teahouse-im/teahouse/chat"
)

// TestUnreadMatchesCounting sends and reads at random and compares the numbers,
// which are computed from counters, with counting messages one by one.
func TestUnreadMatchesCounting(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := open(t, nil)
		a := *h.apps.App(app)
		a.Limits = a.Limits.NoRates()
		h.apps.Set(a)
		g := h.group("ann", chat.Public, "bob", "cat")
		people := []chat.UserID{"ann", "bob", "cat"}
		convs := map[chat.UserID][]chat.Target{
			"ann": {chat.ToGroup(g), chat.ToUser("bob"), chat.ToUser("ann")},
			"bob": {chat.ToGroup(g), chat.ToUser("ann")},
			"cat": {chat.ToGroup(g)},
		}
		type sent struct {
			from    chat.UserID
			counted bool
		}
		log := map[chat.Conversation][]sent{}
		read := map[chat.Conversation]map[chat.UserID]int{}
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			u := rapid.SampledFrom(people).Draw(r, "who")
			to := rapid.SampledFrom(convs[u]).Draw(r, "where")
			conv := to.Of(app, u)
			if rapid.Bool().Draw(r, "read") {
				upTo := rapid.IntRange(0, len(log[conv])+1).Draw(r, "up to")
				h.wants(h.Inbox.MarkRead(h.ctx, as(u), "", to, chat.Seq(upTo)), 0)
				upTo = min(upTo, len(log[conv]))
				if read[conv] == nil {
					read[conv] = map[chat.UserID]int{}
				}
				read[conv][u] = max(read[conv][u], upTo)
				continue
			}
			d := chat.Draft{To: to, Body: text("x")}
			quiet := rapid.IntRange(0, 3).Draw(r, "quiet") == 0
			if quiet {
				d.Control = chat.NoUnread
			}
			_, err := h.Message.SendWait(h.ctx, as(u), d)
			h.wants(err, 0)
			log[conv] = append(log[conv], sent{u, !quiet})
		}
		for _, u := range people {
			for _, to := range convs[u] {
				conv := to.Of(app, u)
				want := uint64(0)
				for i, m := range log[conv] {
					if i >= read[conv][u] && m.counted && m.from != u {
						want++
					}
				}
				v, err := h.Inbox.Conversation(h.ctx, as(u), to)
				if err != nil || v.Unread != want {
					r.Errorf("%s in %s: unread %d (%v), want %d", u, to, v.Unread, err, want)
				}
			}
		}
	})
}

func TestFirstAndNewMembersHaveNothingUnread(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Community)
	for range 5 {
		h.send("ann", chat.ToGroup(g), "before")
	}
	if _, err := h.Group.Join(h.ctx, as("bob"), g, ""); err != nil {
		t.Fatal(err)
	}
	v, err := h.Inbox.Conversation(h.ctx, as("bob"), chat.ToGroup(g))
	h.wants(err, 0)
	if v.Unread != 0 {
		t.Errorf("unread on joining: %d, want 0", v.Unread)
	}
}

func TestReadEventReachesPeer(t *testing.T) {
	h := open(t, nil)
	r := h.send("ann", chat.ToUser("bob"), "x")
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", chat.ToUser("ann"), chat.Newest), 0)
	h.wants(h.Inbox.MarkRead(h.ctx, as("bob"), "", chat.ToUser("ann"), chat.Newest), 0) // again: nothing new to tell
	if len(h.events()) != 1 {
		t.Fatalf("%d events, want one", len(h.events()))
	}
	if e := h.events()[0]; e.Kind != chat.EventRead || e.By != "bob" || e.Seq != r.Seq || e.Rev != 1 {
		t.Errorf("got %+v", e)
	}
	v, err := h.Inbox.Conversation(h.ctx, as("ann"), chat.ToUser("bob"))
	h.wants(err, 0)
	if v.PeerRead.Seq != r.Seq {
		t.Errorf("ann's view of bob's cursor: %d, want %d", v.PeerRead.Seq, r.Seq)
	}
}
