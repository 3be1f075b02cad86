package server

import (
	"math"
	"testing"
)

func TestConnectionsLeaveFilesForTheStore(t *testing.T) {
	for _, c := range []struct {
		files uint64
		want  int
	}{
		{0, 0},
		{256, 128},
		{1024, 512},
		{4096, 3072},
		{1 << 20, 3 << 18},
		{math.MaxUint64, 0}, // unlimited
	} {
		if got := connections(c.files); got != c.want {
			t.Errorf("%d files: %d connections, want %d", c.files, got, c.want)
		}
	}
}
