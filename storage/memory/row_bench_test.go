package memory

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// BenchmarkRow looks up another row each time, of as many as a small and a large group
// have members.
func BenchmarkRow(b *testing.B) {
	for _, n := range []int{fewCells, 100, 100_000} {
		b.Run(fmt.Sprintf("of=%d", n), func(b *testing.B) {
			s := New(Options{})
			c := &chat.Commit{Shard: chat.GroupShard(1, "g")}
			for i := range n {
				c.Rows = append(c.Rows, chat.Row{Kind: 31, Key: fmt.Sprintf("user%07d", i), Value: []byte{1}})
			}
			if err := s.Apply(b.Context(), []*chat.Commit{c}); err != nil {
				b.Fatal(err)
			}
			ctx := b.Context()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if r, err := s.Row(ctx, c.Shard, 31, c.Rows[i*7919%n].Key); r == nil || err != nil {
					b.Fatal(r, err)
				}
			}
		})
	}
}
