package inbox_test

import (
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/storage/badger"
)

var walks = flag.Uint64("walks", 12, "how many clients walk through a history of their own")

// knowing is a client that keeps what it is told.
type knowing struct {
	*room
	names bool // it names what it was answered since it last had everything
	since string
	seq   map[chat.Target]chat.Seq
	rev   map[chat.Target]uint64
	named map[chat.Target]inbox.SyncPoint
}

func newKnowing(r *room, names bool) *knowing {
	return &knowing{
		room: r, names: names,
		seq: map[chat.Target]chat.Seq{}, rev: map[chat.Target]uint64{}, named: map[chat.Target]inbox.SyncPoint{},
	}
}

// sync asks until it has everything, and returns what the last answers told, all in all.
func (k *knowing) sync(bytes int) (told int) {
	k.Helper()
	for rounds := 0; ; rounds++ {
		if rounds > 500 {
			k.Fatal("it never ends")
		}
		page := k.page(bytes)
		if told += len(page.Convs); page.Finished {
			return told
		}
		if len(page.Convs) == 0 {
			k.Fatal("an answer with nothing in it says that there is more")
		}
	}
}

// page asks once.
func (k *knowing) page(bytes int) inbox.SyncPage {
	k.Helper()
	q := inbox.SyncQuery{Since: k.since, MaxBytes: bytes}
	if k.names {
		q.Convs = k.named
	}
	page, err := k.Sync(k.ctx, as("ann"), q)
	k.must(err)
	for _, c := range page.Convs {
		k.take(c)
	}
	k.since = page.Since
	if page.Finished {
		clear(k.named)
	}
	return page
}

// take applies an item: events of a conversation that it had have no hole.
func (k *knowing) take(c inbox.SyncConv) {
	k.Helper()
	if rev, had := k.rev[c.Target]; had {
		for _, e := range c.Events {
			if e.Rev > rev+1 {
				k.Fatalf("%s: event %d comes after %d", c.Target, e.Rev, rev)
			}
			rev = max(rev, e.Rev)
		}
		if rev < c.Head.Rev {
			k.Fatalf("%s: told of events up to %d of %d", c.Target, rev, c.Head.Rev)
		}
	}
	k.seq[c.Target], k.rev[c.Target] = c.Head.Seq, c.Head.Rev
	rev := c.Head.Rev
	k.named[c.Target] = inbox.SyncPoint{Seq: c.Head.Seq, Rev: &rev}
}

// knowsAll compares it with everything there is.
func (k *knowing) knowsAll(step string) {
	k.Helper()
	page, err := k.Sync(k.ctx, as("ann"), inbox.SyncQuery{MaxBytes: 1 << 20})
	k.must(err)
	if !page.Finished {
		k.Fatal("a long answer does not have everything")
	}
	for _, c := range page.Convs {
		if k.seq[c.Target] != c.Head.Seq || k.rev[c.Target] != c.Head.Rev {
			k.Fatalf("%s: of %s the client has message %d and event %d, want %d and %d",
				step, c.Target, k.seq[c.Target], k.rev[c.Target], c.Head.Seq, c.Head.Rev)
		}
	}
}

// openEither opens over a store on disk, which knows some of what has moved, or in memory,
// which does not.
func openEither(t *testing.T, disk bool) *room {
	t.Helper()
	if !disk {
		return open(t)
	}
	return openOver(t, func(func() time.Time) chat.Store {
		store, err := badger.Open(badger.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store
	})
}

// Whatever happens between its questions and its pages, a client that hands back Since and
// names nothing, or what it was answered, gets everything; asked again, it is answered nothing.
func TestSyncSinceMissesNothing(t *testing.T) {
	for seed := range *walks {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 7))
			r := openEither(t, seed%10 == 7)
			list := peers(25)
			r.register(list...)
			var groups []chat.Target
			for i := range 4 { // in a Meeting group who joins sees what was said before
				d := chat.GroupDraft{Type: []chat.GroupType{chat.Public, chat.Meeting}[i%2], Name: "g", Owner: "bob"}
				g, err := r.groups.Create(r.ctx, admin(), d)
				r.must(err)
				groups = append(groups, chat.ToGroup(g.ID))
			}
			happen := func() {
				r.ms += int64(1 + dice.IntN(3000))
				u := list[dice.IntN(len(list))]
				switch dice.IntN(8) {
				case 0, 1, 2:
					r.say(u, chat.ToUser("ann"), 1+dice.IntN(3), 0)
				case 3:
					r.events(chat.C2COf(app, "ann", u), 1+dice.IntN(4))
				case 4:
					r.say("bob", groups[dice.IntN(4)], 1, 0)
				case 5:
					r.events(groups[dice.IntN(4)].Of(app, "ann"), 1)
				case 6:
					_, err := r.groups.AddMembers(r.ctx, admin(), groups[dice.IntN(4)].Group(), []chat.UserID{"ann"}, true)
					r.must(err)
				case 7:
					r.say("ann", chat.ToUser(u), 1, chat.NoLastMsg)
				}
			}
			for range int(seed%3) * 60 {
				happen()
			}
			clients := []*knowing{newKnowing(r, false), newKnowing(r, true)}
			for step := range 25 {
				for range dice.IntN(12) {
					happen()
				}
				for _, k := range clients {
					bytes, least := 1+dice.IntN(4000), 1
					if !k.names { // what has more events than an answer has room for has to be named
						least = 8000
					}
					for range dice.IntN(12) { // it asks for a page, and things go on
						k.page(least + dice.IntN(bytes))
						for range dice.IntN(4) {
							happen()
						}
					}
					bytes += least
					k.sync(bytes)
					k.knowsAll(fmt.Sprint("step ", step))
					r.ms += 2000 // joining is known to the second
					if k.sync(bytes); k.sync(bytes) != 0 {
						t.Fatalf("step %d: asked again with what it answered, it answers something", step)
					}
				}
			}
		})
	}
}

// A list gives the moment at which it began: what moved while it was paged is told.
func TestSinceOfList(t *testing.T) {
	r := open(t)
	list := peers(5)
	r.register(list...)
	for _, u := range list {
		r.ms++
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	first, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, "", 3)
	r.must(err)
	if first.Since != "" || first.Cursor == "" {
		t.Fatalf("the first page: cursor %q, since %q", first.Cursor, first.Since)
	}
	r.ms++
	r.say(list[4], chat.ToUser("ann"), 1, 0) // of the first page
	r.events(chat.C2COf(app, "ann", list[3]), 2)
	last, err := r.Conversations(r.ctx, as("ann"), inbox.ConvFilter{}, first.Cursor, 3)
	r.must(err)
	if got := append(targets(first), targets(last)...); len(got) != 5 || last.Since == "" || last.Cursor != "" {
		t.Fatalf("all pages: %v, cursor %q, since %q", got, last.Cursor, last.Since)
	}
	page, err := r.Sync(r.ctx, as("ann"), inbox.SyncQuery{Since: last.Since})
	r.must(err)
	if len(page.Convs) != 2 || page.Convs[0].Target.ID != string(list[3]) || len(page.Convs[0].Events) != 2 ||
		page.Convs[1].Target.ID != string(list[4]) || len(page.Convs[1].Events) != 0 || !page.Finished {
		t.Errorf("since the list began: %+v", page)
	}
	if page, err = r.Sync(r.ctx, as("ann"), inbox.SyncQuery{Since: page.Since}); err != nil || len(page.Convs) != 0 || !page.Finished {
		t.Errorf("since then: %+v, %v", page, err)
	}
	// What is named is compared, whatever Since says.
	page, err = r.Sync(r.ctx, as("ann"), inbox.SyncQuery{Since: page.Since, Convs: map[chat.Target]inbox.SyncPoint{
		chat.ToUser(list[0]): {}, chat.ToUser(list[3]): {Seq: 1, Rev: new(uint64(1))},
	}})
	if err != nil || len(page.Convs) != 2 {
		t.Errorf("named ones: %+v, %v", page, err)
	}
}

func TestSinceOfNobody(t *testing.T) {
	r := open(t)
	r.say("bob", chat.ToUser("ann"), 1, 0)
	for _, bad := range []string{"x", "s", "s1.2.3.4", "s1.2.3.4.5.zzzzzzz", "s1.2.3.4.-5", "sé.1.1.1.1"} {
		if _, err := r.Sync(r.ctx, as("ann"), inbox.SyncQuery{Since: bad}); chat.CodeOf(err) != chat.CodeConvParameter {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// A moment that is still to come is of another store: then everything is unknown.
	page, err := r.Sync(r.ctx, as("ann"), inbox.SyncQuery{Since: "szzzz.1.0.0.0"})
	if err != nil || len(page.Convs) != 1 {
		t.Errorf("of a store that has come further: %+v, %v", page, err)
	}
}

// A conversation that was answered first and moves twice before its turn comes again loses
// nothing of the first time.
func TestSyncSinceOfWhatMovesTwice(t *testing.T) {
	r := open(t)
	list := peers(5)
	r.register(list...)
	for _, u := range list[:4] {
		r.ms++
		r.say(u, chat.ToUser("ann"), 1, 0)
	}
	k, moves := newKnowing(r, false), chat.C2COf(app, "ann", list[3])
	one := func() inbox.SyncConv {
		t.Helper()
		page := k.page(1)
		if len(page.Convs) != 1 {
			t.Fatalf("%d conversations in a small answer", len(page.Convs))
		}
		return page.Convs[0]
	}
	if c := one(); c.Target.ID != string(list[3]) {
		t.Fatalf("the newest comes first, not %s", c.Target)
	}
	r.events(moves, 1)
	one()
	one()
	one()
	r.events(moves, 1)
	r.say(list[4], chat.ToUser("ann"), 1, 0)
	if c := one(); c.Target.ID != string(list[4]) {
		t.Fatalf("the newest comes first, not %s", c.Target)
	}
	page := k.page(4000)
	if len(page.Convs) != 1 || len(page.Convs[0].Events) != 2 || !page.Finished {
		t.Errorf("the last answer: %+v", page)
	}
}
