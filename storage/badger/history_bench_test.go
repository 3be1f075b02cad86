package badger

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// fillBench appends n messages to a pair, a hundred in a commit.
func fillBench(b *testing.B, s *Store, conv chat.Conversation, n int) {
	b.Helper()
	for i := 0; i < n; i += 100 {
		c := &chat.Commit{Shard: conv.Shard()}
		for j := range 100 {
			c.Messages = append(c.Messages, &chat.Message{
				Conv: conv, From: chat.UserID(conv.A), Time: time.Now().UnixMilli(), Body: benchText(uint32(i + j)),
			})
		}
		if err := s.Apply(b.Context(), []*chat.Commit{c}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHistory reads pages of 50: hot ones from the tail of a conversation
// in memory, cold ones from anywhere in a conversation on disk.
func BenchmarkHistory(b *testing.B) {
	const n = 20_000
	dir := b.TempDir()
	s := mustOpen(b, Options{Dir: dir})
	conv := chat.C2COf(benchApp, "ann", "bob")
	fillBench(b, s, conv, n)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	s = mustOpen(b, Options{Dir: dir})
	read := func(from chat.Seq, down bool) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				at := from
				if at == 0 {
					at = chat.Seq(50 + i*7919%(n-1000))
				}
				page, err := s.Messages(b.Context(), conv, at, down, 50, 0)
				if err != nil || len(page) != 50 {
					b.Fatalf("%d messages, %v", len(page), err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
		}
	}
	b.Run("hot", read(n, true))
	b.Run("cold-down", read(0, true))
	b.Run("cold-up", read(0, false))
}

// BenchmarkOpen opens a folder and closes it again; only the opening is timed.
func BenchmarkOpen(b *testing.B) {
	for name, n := range map[string]int{"empty": 0, "messages=100000": 100_000} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			s := mustOpen(b, Options{Dir: dir})
			fillBench(b, s, chat.C2COf(benchApp, "ann", "bob"), n)
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
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
		})
	}
}
