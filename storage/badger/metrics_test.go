package badger

import (
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/teahouse-im/teahouse/chat"
)

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Registerer: registry})
	c := &chat.Commit{Shard: pair.Shard(), Messages: []*chat.Message{text(pair, "a"), text(pair, "b"), text(pair, "c")}}
	if err := s.Apply(t.Context(), []*chat.Commit{c}); err != nil {
		t.Fatal(err)
	}
	got := gathered(t, registry)
	for name, want := range map[string]float64{
		"teahouse_store_commit_seconds count":  1,
		"teahouse_store_commit_messages count": 1,
		"teahouse_store_commit_messages sum":   3,
		"teahouse_store_queue":                 0,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s: got %v %v, want %v", name, v, ok, want)
		}
	}
	for _, part := range []string{"lsm", "vlog", "wal"} {
		name := fmt.Sprintf("teahouse_store_bytes part=%s", part)
		if v, ok := got[name]; !ok || v < 0 || part == "wal" && v == 0 {
			t.Errorf("%s: got %v %v", name, v, ok)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := gathered(t, registry); len(left) > 0 {
		t.Errorf("after Close: %v", left)
	}
	mustOpen(t, Options{Dir: dir, Registerer: registry})
}

// gathered gives each value by the name of its metric, with what it is of.
func gathered(t *testing.T, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			if f.GetType() != dto.MetricType_HISTOGRAM {
				values[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() // it is one of them
				continue
			}
			values[name+" count"] = float64(m.GetHistogram().GetSampleCount())
			values[name+" sum"] = m.GetHistogram().GetSampleSum()
		}
	}
	return values
}
