package bench

import (
	"testing"
	"time"
)

func TestHistogramIsWithinThreePercent(t *testing.T) {
	var h histogram
	for i := 1; i <= 100_000; i++ {
		h.add(time.Duration(i) * time.Microsecond)
	}
	for q, want := range map[float64]time.Duration{
		0.5: 50 * time.Millisecond, 0.9: 90 * time.Millisecond, 0.99: 99 * time.Millisecond, 1: 100 * time.Millisecond,
	} {
		got := h.quantile(q)
		if got < want-want/30 || got > want+want/30 {
			t.Errorf("quantile %v: got %v, want about %v", q, got, want)
		}
	}
}

func TestHistogramBucketsHoldTheirUpperBound(t *testing.T) {
	for _, ns := range []uint64{1, 31, 32, 33, 63, 64, 1000, 123456789, 1 << 40} {
		b := bucketOf(ns)
		if upper(b) < time.Duration(ns) || bucketOf(uint64(upper(b))) != b {
			t.Errorf("%d ns: bucket %d ends at %d", ns, b, upper(b))
		}
	}
}
