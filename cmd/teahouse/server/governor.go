package server

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The Go runtime's soft limit is a part of the memory that may be used; the rest is for
// mapped files, the program's code and what the kernel holds for sockets.
const (
	softShare = 0.6 // of Memory.Target, while what lives is small
	hardShare = 0.8 // of Memory.Limit, however much lives
	// headroom is by how much the limit is above what lives, so that the collector never
	// runs without end: as many bytes as half of it are allocated from one collection to
	// the next.
	headroom = 1.5
)

// soft is the soft limit while live bytes are in use.
func (m Memory) soft(live uint64) int64 {
	limit := max(softShare*float64(m.target()), headroom*float64(live))
	if m.Limit > 0 {
		limit = min(limit, hardShare*float64(m.Limit))
	}
	return int64(limit)
}

// Govern keeps the Go runtime's soft limit where Memory wants it, after each collection,
// until ctx ends. GOMEMLIMIT is left as it is.
func (m Memory) Govern(ctx context.Context) {
	if m.Source == SourceGo {
		return
	}
	debug.SetMemoryLimit(m.soft(0))
	collected := make(chan struct{}, 1)
	onCollection(ctx, collected)
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-collected:
			metrics.Read(sample)
			debug.SetMemoryLimit(m.soft(sample[0].Value.Uint64() + sample[1].Value.Uint64()))
		}
	}
}

// marker is something to collect; the pointer keeps it out of blocks that are shared.
type marker struct{ _ *marker }

// onCollection writes to tell after each collection until ctx ends.
func onCollection(ctx context.Context, tell chan<- struct{}) {
	runtime.AddCleanup(new(marker), func(ctx context.Context) {
		select {
		case tell <- struct{}{}:
		default: // told already
		}
		if ctx.Err() == nil {
			onCollection(ctx, tell)
		}
	}, ctx)
}
