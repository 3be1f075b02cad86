package bench

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets of about 3 % width, without locks.
type histogram struct {
	buckets [64 * steps]atomic.Uint64
	count   atomic.Uint64
	most    atomic.Int64
}

// steps is the number of buckets in each power of two of nanoseconds.
const steps = 32

func (h *histogram) add(d time.Duration) {
	ns := uint64(max(d, 1))
	h.buckets[bucketOf(ns)].Add(1)
	h.count.Add(1)
	for {
		old := h.most.Load()
		if int64(ns) <= old || h.most.CompareAndSwap(old, int64(ns)) {
			return
		}
	}
}

func bucketOf(ns uint64) int {
	top := bits.Len64(ns) - 1
	if top < 5 {
		return int(ns)
	}
	return top*steps + int(ns>>(top-5))&(steps-1)
}

// upper is the largest duration of a bucket.
func upper(b int) time.Duration {
	if b < steps {
		return time.Duration(b)
	}
	top, part := b/steps, b%steps
	return time.Duration((uint64(steps+part)+1)<<(top-5) - 1)
}

// quantile returns the duration that a share q of all did not exceed.
func (h *histogram) quantile(q float64) time.Duration {
	want := uint64(q * float64(h.count.Load()))
	var seen uint64
	for b := range h.buckets {
		if seen += h.buckets[b].Load(); seen > want {
			return min(upper(b), time.Duration(h.most.Load()))
		}
	}
	return time.Duration(h.most.Load())
}

// Latency is a histogram's summary, in microseconds.
type Latency struct {
	P50, P90, P99, P999, Max float64
}

func (h *histogram) summary() Latency {
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	return Latency{
		P50: us(h.quantile(0.5)), P90: us(h.quantile(0.9)), P99: us(h.quantile(0.99)),
		P999: us(h.quantile(0.999)), Max: us(time.Duration(h.most.Load())),
	}
}
