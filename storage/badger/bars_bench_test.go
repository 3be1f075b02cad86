package badger

import (
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// The benchmarks of this file measure two things by turns and report the ratio:
// on a shared machine that is worth more than either figure.

// BenchmarkGroupCommit appends with 512 callers in flight, and with as many
// callers each message in a transaction of its own.
func BenchmarkGroupCommit(b *testing.B) {
	const inflight = 512
	s, _ := openBench(b)
	b.Cleanup(func() { _ = s.Close() })
	db, err := engine.Open(engineOptions(Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)}.filled()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	benchTexts()
	together := func(worker int) error { return s.Apply(b.Context(), []*chat.Commit{benchCommit(worker)}) }
	alone := func(worker int) error { return ownTxn(db, benchCommit(worker)) }
	var grouped, single rate
	b.ResetTimer()
	for range b.N {
		grouped.add(16*inflight, burst(b, inflight, 16, together))
		single.add(2*inflight, burst(b, inflight, 2, alone))
	}
	b.ReportMetric(grouped.perSecond(), "grouped-msgs/s")
	b.ReportMetric(single.perSecond(), "single-msgs/s")
	b.ReportMetric(grouped.perSecond()/single.perSecond(), "ratio")
}

// rate sums up what was done in what time.
type rate struct {
	n    int
	time time.Duration
}

func (r *rate) add(n int, d time.Duration) {
	r.n += n
	r.time += d
}

func (r *rate) perSecond() float64 { return float64(r.n) / r.time.Seconds() }

// burst calls one from workers goroutines, each so many times.
func burst(b *testing.B, workers, each int, one func(worker int) error) time.Duration {
	b.Helper()
	began := time.Now()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for range each {
				if err := one(w); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// BenchmarkOpenMillion opens a folder of a million conversations of a message
// each; only the opening is timed. Making it takes a while.
func BenchmarkOpenMillion(b *testing.B) {
	const conversations, atOnce = 1_000_000, 1000
	dir := b.TempDir()
	s := mustOpen(b, Options{Dir: dir})
	for i := 0; i < conversations; i += atOnce {
		commits := make([]*chat.Commit, atOnce)
		for j := range commits {
			conv := chat.C2COf(benchApp, chat.UserID("user"+strconv.Itoa((i+j)/100)), chat.UserID(fmt.Sprint("peer", i+j)))
			m := &chat.Message{Conv: conv, From: chat.UserID(conv.A), Time: time.Now().UnixMilli(), Body: benchTexts()[(i+j)%(1<<16)]}
			commits[j] = &chat.Commit{Shard: conv.Shard(), Messages: []*chat.Message{m}}
		}
		if err := s.Apply(b.Context(), commits); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	bytes := folderBytes(b, dir)
	b.ResetTimer()
	for range b.N {
		s, err := Open(Options{Dir: dir, Log: quiet()})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(bytes)/conversations, "disk-B/conv")
}
