package core_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
)

// witness is a store that remembers what was made durable of each shard. When two
// commits come at once, the revision of the rules they were decided under says which was
// first.
type witness struct {
	chat.Store
	mu   sync.Mutex
	seen map[chat.Shard][]testimony
	all  map[chat.Shard]bool // every shard that anything was written to
}

// testimony is one commit.
type testimony struct {
	rules uint64
	raise bool
	rows  []chat.Row // of the kinds that decide
	said  []*chat.Message
}

// Apply implements chat.Log.
func (w *witness) Apply(ctx context.Context, list []*chat.Commit) error {
	if err := w.Store.Apply(ctx, list); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen, w.all = map[chat.Shard][]testimony{}, map[chat.Shard]bool{}
	}
	for _, c := range list {
		if c.Stale {
			continue
		}
		w.all[c.Shard] = true
		for _, m := range c.Mirrors {
			w.all[m.Shard] = true
		}
		t := testimony{rules: c.Rules, raise: c.Raise, said: slices.Clone(c.Messages)}
		for _, r := range c.Rows {
			if record.Kind(r.Kind).Rule() {
				t.rows = append(t.rows, r)
			}
		}
		w.seen[c.Shard] = append(w.seen[c.Shard], t)
	}
	return nil
}

// EachRow hands on all rows that are left of what was written.
func (w *witness) EachRow(ctx context.Context, use func(chat.Shard, chat.Row) error) error {
	w.mu.Lock()
	shards := slices.Collect(maps.Keys(w.all)) // figures are written by the minute meanwhile
	w.mu.Unlock()
	for _, s := range shards {
		for _, k := range record.Kinds {
			rows, err := w.Rows(ctx, s, chat.RowKind(k.Kind), "", "", 10_000)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := use(s, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// history is what was made durable of a shard, in its order.
func (w *witness) history(s chat.Shard) []testimony {
	list := slices.Clone(w.seen[s])
	slices.SortStableFunc(list, func(a, b testimony) int {
		if a.rules != b.rules {
			return cmp.Compare(a.rules, b.rules)
		}
		return cmp.Compare(fmt.Sprint(a.raise), fmt.Sprint(b.raise)) // what raises the revision was the last under it
	})
	return list
}

// check looks at everything once nobody does anything any more.
func (th *throng) check() {
	err := core.VerifyRows(th.Context(), th.store.Store, th.store.EachRow, time.Now(), func(where, what string) {
		th.Errorf("%s: %s", where, what)
	})
	th.must(err)
	for _, g := range th.groups {
		if g.typ == chat.AVChatRoom {
			th.heard[0].check(th, g)
			continue
		}
		members := th.checkHistory(g)
		th.checkNumbers(g.id)
		if g.topic != "" {
			th.checkNumbers(g.topic)
		}
		th.checkLists(g, members)
	}
}

// checkHistory replays the commits of a group: each sender was in and not muted at
// that number. It returns who is in at the end.
func (th *throng) checkHistory(g *throngGroup) map[string]bool {
	members, muted, last := map[string]bool{}, map[string]bool{}, uint64(0)
	spoken := 0
	for _, t := range th.store.history(chat.GroupShard(app, g.id)) {
		for _, m := range t.said {
			if m.Tip != nil {
				continue
			}
			spoken++
			if from := string(m.From); !members[from] || muted[from] {
				th.Errorf("%s: message %d is from %s, in %t, muted %t", g.typ, m.Seq, from, members[from], muted[from])
			}
		}
		if t.raise && t.rules == last {
			th.Errorf("%s: two changes under revision %d", g.typ, last)
		}
		if t.raise {
			last = t.rules
		}
		for _, r := range t.rows {
			set := map[record.Kind]map[string]bool{record.Member: members, record.Mute: muted}[record.Kind(r.Kind)]
			if set == nil {
				continue
			}
			if delete(set, r.Key); !r.Removes() {
				set[r.Key] = true
			}
		}
	}
	if spoken < *throngActs {
		th.Errorf("%s: only %d messages", g.typ, spoken)
	}
	return members
}

// checkNumbers: the numbers have no hole, and each receipt's is there.
func (th *throng) checkNumbers(id chat.GroupID) {
	conv := chat.GroupOf(app, id)
	head, err := th.store.Head(th.Context(), conv.Shard())
	th.must(err)
	said, err := th.store.Messages(th.Context(), conv, 1, false, int(head.Seq)+1, 1<<30)
	th.must(err)
	if len(said) != int(head.Seq) {
		th.Errorf("%s: %d messages, the head is %d", id, len(said), head.Seq)
	}
	plain := map[chat.Seq]bool{}
	for i, m := range said {
		if m.Seq != chat.Seq(i)+1 {
			th.Fatalf("%s: %d stands in place %d", id, m.Seq, i+1)
		}
		if m.Tip == nil {
			plain[m.Seq] = true
		}
	}
	if !maps.Equal(plain, th.sent[conv]) {
		th.Errorf("%s: %d messages are stored, %d have a receipt", id, len(plain), len(th.sent[conv]))
	}
}

// checkLists compares the rows of the members, their number, the groups of each user and
// how far they have read.
func (th *throng) checkLists(g *throngGroup, members map[string]bool) {
	ctx, c := th.Context(), th.cores[1]
	rows, err := c.Group.MemberPage(ctx, app, g.id, "", 1000)
	th.must(err)
	stored := map[string]bool{}
	for _, m := range rows {
		stored[string(m.User)] = true
	}
	if !maps.Equal(stored, members) {
		th.Errorf("%s: members are %v, by what was written %v", g.typ, stored, members)
	}
	v, err := c.Group.Get(ctx, admin(), g.id)
	th.must(err)
	if v.Group.Members != len(stored) {
		th.Errorf("%s: %d members, %d rows", g.typ, v.Group.Members, len(stored))
	}
	shard := chat.GroupShard(app, g.id)
	for _, u := range append(slices.Clone(th.people), "ann") {
		for what, ask := range map[string]chat.RowAsk{
			"the list of groups": {Shard: chat.UserShard(app, u), Kind: chat.RowKind(record.MemberOf), Key: string(g.id)},
			"how far they read":  {Shard: shard, Kind: chat.RowKind(record.ReadMark), Key: string(u)},
		} {
			cell, err := th.store.Row(ctx, ask.Shard, ask.Kind, ask.Key)
			th.must(err)
			if (cell != nil) != stored[string(u)] {
				th.Errorf("%s: %s is a member %t, and %s says %t", g.typ, u, stored[string(u)], what, cell != nil)
			}
		}
	}
}

// roomEars hears what one core says of live rooms.
type roomEars struct {
	ears
	mu    sync.Mutex
	rooms []roomWord
}

// roomWord is one word about a live room: who came, who went, or a message.
type roomWord struct {
	group        chat.GroupID
	joined, left []chat.UserID
	said         *chat.Message
}

func (e *roomEars) add(w roomWord) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rooms = append(e.rooms, w)
}

func (e *roomEars) Deliver(m *chat.Message, _ uint64) {
	e.add(roomWord{group: m.Conv.Group(), said: m})
}

func (e *roomEars) Joined(_ chat.AppID, g chat.GroupID, _ chat.GroupType, users []chat.UserID) {
	e.add(roomWord{group: g, joined: users})
}

func (e *roomEars) Left(_ chat.AppID, g chat.GroupID, users []chat.UserID) {
	e.add(roomWord{group: g, left: users})
}

// check: numbers count up, and no member speaks after the audience was told that they left.
func (e *roomEars) check(th *throng, g *throngGroup) {
	in, last, spoken := map[chat.UserID]bool{}, chat.Seq(0), 0
	for _, w := range e.rooms {
		if w.group != g.id {
			continue
		}
		for _, u := range w.joined {
			in[u] = true
		}
		for _, u := range w.left {
			delete(in, u)
		}
		if w.said == nil {
			continue
		}
		if w.said.Seq != last+1 {
			th.Errorf("in the live room %d came after %d", w.said.Seq, last)
		}
		last = w.said.Seq
		if w.said.Tip == nil {
			if spoken++; !in[w.said.From] {
				th.Errorf("in the live room %d is from %s, who had left", w.said.Seq, w.said.From)
			}
		}
	}
	if spoken < *throngActs {
		th.Errorf("only %d messages in the live room", spoken)
	}
	if n, err := th.cores[0].Live.OnlineNum(th.Context(), admin(), g.id); err != nil || n != len(in) {
		th.Errorf("%d watch the live room (%v), delivery knows of %d", n, err, len(in))
	}
}
