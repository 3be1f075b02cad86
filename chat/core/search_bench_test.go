package core_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/search"
	indexes "github.com/teahouse-im/teahouse/search"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// BenchmarkSearchWhileMessagesCome sends 5,000 messages a second for ten seconds, or as many as
// the machine can, and measures meanwhile how far the index is behind and how long searches
// take, the wait for the index included. Run it with -benchtime 1x.
func BenchmarkSearchWhileMessagesCome(b *testing.B) {
	const rate, seconds, groups = 5000, 10, 100
	for b.Loop() {
		dir := b.TempDir()
		store, err := badger.Open(badger.Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		apps := &chat.Apps{}
		apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{}.NoRates()})
		c := core.New(core.Options{Store: store, Apps: apps, SearchShelf: indexes.New(dir + "/search")})
		ctx := b.Context()
		for _, u := range []chat.UserID{"ann", "bob", "admin"} {
			if _, err := c.People.Login(ctx, app, u, chat.Ticket{}); err != nil {
				b.Fatal(err)
			}
		}
		var ids []chat.GroupID
		for range groups {
			d := chat.GroupDraft{Type: chat.Public, Name: "g", Owner: "ann", Members: []chat.NewMember{{User: "bob"}}}
			g, err := c.Group.Create(ctx, admin(), d)
			if err != nil {
				b.Fatal(err)
			}
			ids = append(ids, g.ID)
		}
		c.Search.Start([]chat.AppID{app})
		var done, searches sync.WaitGroup
		var sent atomic.Int64
		stop := make(chan struct{})
		searches.Add(1)
		var lags, took []time.Duration
		go func() {
			defer searches.Done()
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for {
				began := time.Now()
				if err := c.Search.Settle(ctx, app); err != nil {
					b.Error(err)
					return
				}
				lags = append(lags, time.Since(began))
				began = time.Now()
				if _, err := c.Search.Messages(ctx, as("bob"), search.MessageQuery{Keywords: []string{"w42", "喝茶"}, All: true}); err != nil {
					b.Error(err)
				}
				took = append(took, time.Since(began))
				select {
				case <-stop:
					return
				case <-tick.C:
				}
			}
		}()
		began := time.Now()
		r := rand.New(rand.NewPCG(1, 1))
		for n := range rate * seconds {
			if ahead := time.Duration(n)*time.Second/rate - time.Since(began); ahead > 5*time.Millisecond {
				timer := time.NewTimer(ahead)
				<-timer.C
			}
			done.Add(1)
			d := chat.Draft{To: chat.ToGroup(ids[r.IntN(groups)]), Body: text(fmt.Sprintf("w%d w%d w%d 我们喝茶 w%d", r.IntN(500), r.IntN(5000), r.IntN(50000), n))}
			c.Message.Send(context.Background(), as("ann"), d, func(_ chat.Receipt, err error) {
				if err == nil {
					sent.Add(1)
				}
				done.Done()
			})
		}
		done.Wait()
		b.ReportMetric(float64(sent.Load())/time.Since(began).Seconds(), "messages/s")
		close(stop)
		searches.Wait()
		report(b, "behind", lags)
		report(b, "search", took)
		if err := c.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func report(b *testing.B, what string, list []time.Duration) {
	slices.Sort(list)
	b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, "ms-p50-"+what)
	b.ReportMetric(float64(list[len(list)*99/100].Microseconds())/1000, "ms-p99-"+what)
	b.ReportMetric(float64(list[len(list)-1].Microseconds())/1000, "ms-most-"+what)
}
