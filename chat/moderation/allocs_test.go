//go:build !race

package moderation

import "testing"

// The race detector has a sync.Pool lose things at random, so nothing can be counted there.

func TestABodyWithoutWordsCostsNoAllocation(t *testing.T) {
	m := matcherOf(t, manyWords(1000, false), nil)
	if n := testing.AllocsPerRun(100, func() {
		if changed, refused := m.body(cleanBody); changed != nil || refused {
			t.Fatal("it has a word")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
