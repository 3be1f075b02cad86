package inbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/people"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// listed is a service over a store on disk in which ann has many one-to-one conversations
// with an unread message each, and a tenth as many groups.
type listed struct {
	*inbox.Service
	ledger *ledger.Ledger
	n      int
}

func openListed(b *testing.B, n int) *listed {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := badger.Open(badger.Options{Dir: b.TempDir(), Log: log})
	if err != nil {
		b.Fatal(err)
	}
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app, Limits: chat.Limits{GroupsPerUser: -1, GroupsMadePerDay: -1, GroupGrowthPerDay: -1}})
	l := &listed{n: n, ledger: ledger.New(ledger.Options{Store: store, Apps: apps})}
	groups := group.New(l.ledger, nil, audience.New())
	folk := people.New(l.ledger, func(context.Context, chat.AppID, chat.UserID) error { return nil })
	messages := message.New(message.Options{Ledger: l.ledger, Groups: groups, People: folk})
	l.Service = inbox.New(inbox.Options{Ledger: l.ledger, Groups: groups, Messages: messages})
	b.Cleanup(func() {
		messages.Close()
		_ = l.ledger.Close(context.Background())
		_ = store.Close()
	})
	for _, u := range []chat.UserID{"ann"} {
		if _, err := folk.Login(b.Context(), app, u, chat.Ticket{}); err != nil {
			b.Fatal(err)
		}
	}
	shards := make([]chat.Shard, n)
	for i := range n {
		shards[i] = chat.C2COf(app, "ann", peerName(i)).Shard()
	}
	l.each(b, shards[:n-n/10], func(t *ledger.Turn) {
		conv := t.Shard.Conv()
		l.say(t, conv.Peer("ann"))
		ledger.ListPeer(t.Commit, "ann", conv.Peer("ann"), t.Ms)
	})
	for i := range n / 10 {
		id := chat.GroupID(fmt.Sprint("g", i))
		if _, err := groups.Create(b.Context(), admin(), chat.GroupDraft{Type: chat.Public, ID: id, Name: "g", Owner: "ann"}); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

func peerName(i int) chat.UserID { return chat.UserID(fmt.Sprintf("u%05d", i)) }

func (l *listed) say(t *ledger.Turn, from chat.UserID) {
	t.Commit.Messages = append(t.Commit.Messages, &chat.Message{Conv: t.Shard.Conv(), From: from, Time: t.Ms, Body: []byte("[]")})
}

func (l *listed) each(b *testing.B, shards []chat.Shard, do func(*ledger.Turn)) {
	b.Helper()
	for len(shards) > 0 {
		some := shards[:min(500, len(shards))]
		shards = shards[len(some):]
		if len(some) == 0 {
			return
		}
		err := l.ledger.ChangeAll(b.Context(), some, func(_ context.Context, t *ledger.Turn) error {
			do(t)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

var listSizes = []int{100, 1000, 5000}

// BenchmarkFirstPage is the first page of conv.list.
func BenchmarkFirstPage(b *testing.B) {
	for _, n := range listSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := openListed(b, n)
			b.ReportAllocs()
			for b.Loop() {
				page, err := l.Conversations(b.Context(), as("ann"), inbox.ConvFilter{}, "", 20)
				if err != nil || len(page.Convs) != 20 {
					b.Fatal(len(page.Convs), err)
				}
			}
		})
	}
}

// BenchmarkSync is sync after a day in which 20 conversations had something new, with Since
// and without a name.
func BenchmarkSync(b *testing.B) {
	for _, n := range listSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := openListed(b, n)
			page, err := l.Conversations(b.Context(), as("ann"), inbox.ConvFilter{}, "", 100)
			for err == nil && page.Cursor != "" {
				page, err = l.Conversations(b.Context(), as("ann"), inbox.ConvFilter{}, page.Cursor, 100)
			}
			if err != nil {
				b.Fatal(err)
			}
			var shards []chat.Shard
			for i := range 20 {
				shards = append(shards, chat.C2COf(app, "ann", peerName(i)).Shard())
			}
			l.each(b, shards, func(t *ledger.Turn) { l.say(t, t.Shard.Conv().Peer("ann")) })
			b.ReportAllocs()
			for b.Loop() {
				got, err := l.Sync(b.Context(), as("ann"), inbox.SyncQuery{Since: page.Since})
				if err != nil || len(got.Convs) != 20 || !got.Finished {
					b.Fatal(len(got.Convs), err)
				}
			}
		})
	}
}
