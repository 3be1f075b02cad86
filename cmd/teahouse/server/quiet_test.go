package server

import "testing"

func TestMemoryIsReturnedWhenQuiet(t *testing.T) {
	const mb = 1 << 20
	var q quiet
	for _, look := range []struct {
		what            string
		allocated, free uint64 // MB
		want            bool
	}{
		{"a start that allocates much", 40, 0, false},
		{"quiet after it", 41, 0, true},
		{"nothing since", 42, 2, false},
		{"a crowd comes", 90, 0, false},
		{"and still comes", 140, 10, false},
		{"the crowd is silent", 141, 0, true},
		{"a trickle", 145, 0, false},
		{"a trickle that adds up", 149, 0, false},
		{"further", 153, 0, false},
		{"enough", 157, 0, true},
		{"the crowd has left, a collection has found it", 158, 60, true},
	} {
		if got := q.due(look.allocated*mb, look.free*mb); got != look.want {
			t.Errorf("%s: %v, want %v", look.what, got, look.want)
		}
	}
}
