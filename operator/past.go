package operator

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// How often figures are sampled, and how many points are kept: a quarter of an hour.
const (
	sampleEvery = 5 * time.Second
	pointsKept  = 180
)

// value makes one number of a point out of the present metrics and those of the point before.
type value struct {
	name string
	of   func(now, was *scrape) float64
}

// values are what a point holds, in its order.
var values = []value{
	{"at", func(now, _ *scrape) float64 { return float64(now.at.UnixMilli()) }},
	{"connections", gauge("teahouse_connections")},
	{"sessions", gauge("teahouse_sessions")},
	{"behind", gauge("teahouse_lag_conversations")},
	{"online", func(now, _ *scrape) float64 { return float64(now.online) }},
	{"sent", perSecond("teahouse_store_commit_messages")},
	{"delivered", perSecond("teahouse_delivered_total")},
	{"rest", perSecond("teahouse_admin_requests_total")},
	{"in_bytes", perSecond("teahouse_received_bytes_total")},
	{"out_bytes", perSecond("teahouse_sent_bytes_total")},
	{"refused", perSecondBut("teahouse_publishes_total", "ok")},
	{"ack_ms", meanMs("teahouse_send_ack_seconds")},
	{"commit_ms", meanMs("teahouse_store_commit_seconds")},
	{"store_queue", gauge("teahouse_store_queue")},
	{"webhook_queue", gauge("teahouse_outbox_depth")},
	{"webhook_age", gauge("teahouse_outbox_oldest_age_seconds")},
	{"webhook_calls", perSecond("teahouse_webhook_attempts_total")},
	{"webhook_failed", perSecondBut("teahouse_webhook_attempts_total", "ok")},
	{"push_queue", gauge("teahouse_push_waiting")},
	{"push_age", most("teahouse_push_oldest_age_seconds")},
	{"push_sent", perSecond("teahouse_push_sent_total")},
	{"push_dropped", perSecond("teahouse_push_dropped_total")},
	{"memory", gauge("process_resident_memory_bytes")},
	{"heap", gauge("go_memstats_heap_alloc_bytes")},
	{"goroutines", gauge("go_goroutines")},
	{"cpu", perSecond("process_cpu_seconds_total")},
	{"disk_used", gauge("teahouse_store_bytes")},
	{"disk_free", gauge("teahouse_store_free_bytes")},
	{"disk_needed", gauge("teahouse_store_needed_bytes")},
}

var pointNames = func() []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.name
	}
	return names
}()

// scrape is what the metrics said at a time.
type scrape struct {
	at     time.Time
	online int64
	all    map[string]*dto.MetricFamily
}

// sum adds up a metric: counters, gauges, and what histograms have observed. but leaves out those
// with a label of that value.
func (s *scrape) sum(name, but string) (total, count float64) {
	for _, m := range s.all[name].GetMetric() {
		if but != "" && slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetValue() == but }) {
			continue
		}
		h := m.GetHistogram()
		total += m.GetCounter().GetValue() + m.GetGauge().GetValue() + h.GetSampleSum()
		count += float64(h.GetSampleCount())
	}
	return total, count
}

func gauge(name string) func(now, was *scrape) float64 {
	return func(now, _ *scrape) float64 {
		v, _ := now.sum(name, "")
		return v
	}
}

func most(name string) func(now, was *scrape) float64 {
	return func(now, _ *scrape) (v float64) {
		for _, m := range now.all[name].GetMetric() {
			v = max(v, m.GetGauge().GetValue())
		}
		return v
	}
}

func perSecond(name string) func(now, was *scrape) float64 { return perSecondBut(name, "") }

func perSecondBut(name, but string) func(now, was *scrape) float64 {
	return func(now, was *scrape) float64 {
		seconds := now.at.Sub(was.at).Seconds()
		if seconds <= 0 {
			return 0
		}
		v, _ := now.sum(name, but)
		before, _ := was.sum(name, but)
		return max(0, v-before) / seconds
	}
}

func meanMs(name string) func(now, was *scrape) float64 {
	return func(now, was *scrape) float64 {
		v, n := now.sum(name, "")
		before, m := was.sum(name, "")
		if n <= m {
			return 0
		}
		return 1000 * (v - before) / (n - m)
	}
}

// past keeps the last points, in memory.
type past struct {
	from prometheus.Gatherer
	now  func() time.Time

	mu     sync.Mutex
	was    *scrape
	points [][]float64 // oldest first
}

func newPast(from prometheus.Gatherer, now func() time.Time) *past {
	return &past{from: from, now: now}
}

// sample takes a point. The first scrape makes none: there is nothing to compare it with.
func (p *past) sample(online int64) error {
	if p.from == nil {
		return nil
	}
	families, err := p.from.Gather()
	if err != nil && len(families) == 0 {
		return fmt.Errorf("gather: %w", err)
	}
	now := &scrape{at: p.now(), online: online, all: map[string]*dto.MetricFamily{}}
	for _, f := range families {
		now.all[f.GetName()] = f
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.was
	if p.was = now; was == nil {
		was = now // rates are 0
	}
	point := make([]float64, len(values))
	for i, v := range values {
		point[i] = math.Round(v.of(now, was)*1000) / 1000
	}
	p.points = append(p.points, point)
	if extra := len(p.points) - pointsKept; extra > 0 {
		p.points = slices.Delete(p.points, 0, extra)
	}
	return err
}

// all are the points, oldest first.
func (p *past) all() [][]float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([][]float64{}, p.points...)
}

func (p *past) last() []float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.points) == 0 {
		return nil
	}
	return p.points[len(p.points)-1]
}
