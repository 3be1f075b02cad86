package core_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/storage/badger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const benchPeople = 100 // as many as a group is created with

// benchBody is a text message of about 100 bytes.
var benchBody = json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"etaoin shrdlu cmfwyp vbgkjq xz etaoin shrdlu cmfwyp vbgkjq xz etaoin shrdlu cmf"}}]`)

// benchEngines are what the core is measured on.
var benchEngines = []struct {
	name string
	open func(b *testing.B) chat.Store
}{
	{"memory", func(*testing.B) chat.Store { return memory.New(memory.Options{}) }},
	{"badger", func(b *testing.B) chat.Store {
		s, err := badger.Open(badger.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		return s
	}},
}

// BenchmarkSend is a text from the door to its receipt: so many callers, each
// waiting for an answer before the next send.
func BenchmarkSend(b *testing.B) {
	for _, e := range benchEngines {
		for _, d := range benchDrafts {
			for _, inflight := range []int{1, 64, 512} {
				b.Run(fmt.Sprintf("%s/%s/inflight=%d", e.name, d.name, inflight), func(b *testing.B) {
					benchSend(b, e.open(b), d.draft, inflight, nil)
				})
			}
		}
	}
}

// BenchmarkSendRemembered is BenchmarkSend for the publishes of sessions that are kept:
// the row by which a repetition is known goes into the same commit.
func BenchmarkSendRemembered(b *testing.B) {
	for _, e := range benchEngines {
		for _, inflight := range []int{1, 64, 512} {
			b.Run(fmt.Sprintf("%s/c2c/inflight=%d", e.name, inflight), func(b *testing.B) {
				benchSend(b, e.open(b), benchDrafts[0].draft, inflight, func(ctx context.Context, caller, n int) context.Context {
					rows := sessions.Rows{App: app, User: benchUser(caller), ID: sessions.ID{byte(caller), byte(caller >> 8)}}
					h := sessions.Handled{N: uint64(n), ID: uint16(n) | 1, QoS: 1, Hash: sessions.Hash(uint64(caller), benchBody)}
					return chat.WithClaim(ctx, rows.Claim(h, false, time.Now().Unix()+8*86400))
				})
			})
		}
	}
}

// benchDrafts make the draft n of a caller.
var benchDrafts = []struct {
	name  string
	draft func(caller, n int) chat.Draft
}{
	{"c2c", func(caller, _ int) chat.Draft {
		return chat.Draft{To: chat.ToUser(benchUser(caller + 1)), Body: benchBody}
	}},
	{"c2c-with-ids", func(caller, n int) chat.Draft {
		id := strconv.Itoa(caller) + "-" + strconv.Itoa(n)
		return chat.Draft{To: chat.ToUser(benchUser(caller + 1)), Body: benchBody, ClientMsgID: id}
	}},
	{"group", func(caller, _ int) chat.Draft {
		return chat.Draft{To: chat.ToGroup(benchGroup(caller)), Body: benchBody}
	}},
}

func benchSend(b *testing.B, store chat.Store, draft func(caller, n int) chat.Draft, inflight int,
	claim func(ctx context.Context, caller, n int) context.Context,
) {
	s := benchService(b, store)
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for w := range inflight {
		all.Go(func() {
			by := chat.Actor{App: app, User: benchUser(w), Platform: chat.PlatformIoT}
			for n := 0; left.Add(-1) >= 0; n++ {
				ctx := b.Context()
				if claim != nil {
					ctx = claim(ctx, w, n)
				}
				if r, err := s.Message.SendWait(ctx, by, draft(w, n)); err != nil || r.Seq == 0 {
					b.Errorf("got %+v, %v", r, err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

func benchName(n int) chat.UserID   { return chat.UserID("user" + strconv.Itoa(n)) }
func benchUser(n int) chat.UserID   { return benchName(n % benchPeople) }
func benchGroup(n int) chat.GroupID { return chat.GroupID("group" + strconv.Itoa(n%10)) }

// benchService has a town of people who are all in ten groups, without rates.
func benchService(b *testing.B, store chat.Store) *core.Core {
	b.Helper()
	apps := new(chat.Apps)
	apps.Set(chat.App{ID: app, Limits: chat.Limits{}.NoRates()})
	s := core.New(core.Options{Store: store, Apps: apps})
	b.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			b.Error(err)
		}
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	admin := chat.Actor{App: app, User: "administrator", Standing: chat.AsAdmin}
	var people []chat.Profile
	var members []chat.NewMember
	for n := range benchPeople {
		people = append(people, chat.Profile{User: benchUser(n)})
		members = append(members, chat.NewMember{User: benchUser(n)})
	}
	if _, err := s.People.Import(b.Context(), admin, people); err != nil {
		b.Fatal(err)
	}
	for n := range 10 {
		d := chat.GroupDraft{ID: benchGroup(n), Type: chat.Public, Name: "bench", Members: members}
		if _, err := s.Group.Create(b.Context(), admin, d); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkSendToGroupsOfAnySize sends to groups of 100 members and to one of
// 100,000 by turns, nobody of them online: the same hundred members, or each
// message another one of 100,000 people, whose rows then have to be looked up, in the one
// group or in their thousand groups.
func BenchmarkSendToGroupsOfAnySize(b *testing.B) {
	const people = 100_000
	one := func(int) chat.GroupID { return "0 of 100" }
	own := func(sender int) chat.GroupID { return chat.GroupID(strconv.Itoa(sender/100) + " of 100") }
	large := func(int) chat.GroupID { return "0 of 100000" }
	for _, e := range benchEngines {
		store := e.open(b)
		s := benchService(b, store)
		fillGroup(b, store, large(0), 0, people)
		for first := 0; first < people; first += 100 {
			fillGroup(b, store, own(first), first, 100)
		}
		for _, load := range []struct {
			name    string
			senders int
			small   func(sender int) chat.GroupID
		}{{"hundred-senders", 100, one}, {"each-another", people, own}} {
			b.Run(e.name+"/"+load.name, func(b *testing.B) {
				var spent [2]time.Duration
				for n := range 2 * b.N {
					i := (n/2 + n) % 2 // each is the first of a round as often as the other
					spent[i] += benchCrowd(b, s, [2]func(int) chat.GroupID{load.small, large}[i], load.senders)
				}
				b.ReportMetric(float64(b.N*crowdSends)/spent[0].Seconds(), "small-msgs/s")
				b.ReportMetric(float64(b.N*crowdSends)/spent[1].Seconds(), "large-msgs/s")
				b.ReportMetric(float64(spent[1])/float64(spent[0]), "ratio")
			})
		}
	}
}

const crowdWorkers, crowdSends = 64, 2048

var crowdNext atomic.Int64

// benchCrowd has so many senders send to their groups, and tells how long it took.
func benchCrowd(b *testing.B, s *core.Core, group func(sender int) chat.GroupID, senders int) time.Duration {
	began := time.Now()
	var all sync.WaitGroup
	for range crowdWorkers {
		all.Go(func() {
			for range crowdSends / crowdWorkers {
				n := int(crowdNext.Add(1)) * 7919 % senders
				by := chat.Actor{App: app, User: benchName(n), Platform: chat.PlatformIoT}
				d := chat.Draft{To: chat.ToGroup(group(n)), Body: benchBody}
				if r, err := s.Message.SendWait(b.Context(), by, d); err != nil || r.Seq == 0 {
					b.Errorf("got %+v, %v", r, err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// groupRow and memberRow are rows as package group keeps them; only what the
// rules of a send ask for is in them.
func groupRow(g *chat.Group) chat.Row {
	return chat.Row{Kind: chat.RowKind(record.Group), Value: record.Encode(nil, g, func(f *record.Fields, g *chat.Group) {
		record.Text(f, 1, &g.Type)
		record.Int(f, 11, &g.Members)
	})}
}

func memberRow(u chat.UserID) chat.Row {
	role := chat.RoleMember
	return chat.Row{Kind: chat.RowKind(record.Member), Key: string(u), Value: record.Encode(nil, &role, func(f *record.Fields, r *chat.Role) {
		record.Int(f, 1, r)
	})}
}

func accountRow() chat.Row {
	created := int64(1)
	return chat.Row{Kind: chat.RowKind(record.Account), Value: record.Encode(nil, &created, func(f *record.Fields, c *int64) {
		record.Int(f, 3, c)
	})}
}

// fillGroup makes a Community of so many members, named by their numbers from first on.
func fillGroup(b *testing.B, store chat.Store, id chat.GroupID, first, members int) {
	b.Helper()
	g := &chat.Group{App: app, ID: id, Type: chat.Community, Members: members}
	c := &chat.Commit{Shard: g.Conv().Shard(), Raise: true, Rows: []chat.Row{groupRow(g)}}
	for n := range members {
		who := benchName(first + n)
		c.Rows = append(c.Rows, memberRow(who))
		c.Mirrors = append(c.Mirrors, chat.Mirror{Shard: chat.UserShard(app, who), Row: accountRow()})
		if len(c.Rows) < 1000 && n+1 < members {
			continue
		}
		if err := store.Apply(b.Context(), []*chat.Commit{c}); err != nil {
			b.Fatal(err)
		}
		c = &chat.Commit{Shard: g.Conv().Shard()}
	}
}
