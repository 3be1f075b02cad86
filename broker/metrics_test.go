package broker_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// value adds up a metric over the labels that are not named.
func value(t *testing.T, r *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatalf("gather: %v", err)
	}
	sum, found := 0.0, false
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			match := 0
			for _, l := range m.GetLabel() {
				for i := 0; i+1 < len(labels); i += 2 {
					if l.GetName() == labels[i] && l.GetValue() == labels[i+1] {
						match++
					}
				}
			}
			if 2*match == len(labels) {
				found = true
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	if !found {
		t.Fatalf("no metric %s %v", name, labels)
	}
	return sum
}

func TestMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	h := open(t, func(o *broker.Options) { o.Registerer = r })
	h.dial(hello{user: "ann", password: "bad"})
	ann, bob := h.listener(hello{user: "ann", client: "a", keep: true}), h.listener(hello{user: "bob"})
	ann.publish(1, "im/text/c2c/bob", "hi")
	ann.publish(0, "im/text/c2c/nobody", "hi")
	bob.message("im/in/c2c/ann")
	for range 3 { // im/ack, PUBACK and im/err; the refusal may overtake
		ann.next()
	}
	h.delivered()
	for _, w := range []struct {
		want   float64
		name   string
		labels []string
	}{
		{2, "teahouse_connects_total", []string{"outcome", "ok"}},
		{1, "teahouse_connects_total", []string{"outcome", "ticket"}},
		{1, "teahouse_publishes_total", []string{"class", "ok"}},
		{1, "teahouse_publishes_total", []string{"class", "not-found"}},
		{1, "teahouse_delivered_total", []string{"way", "live", "qos", "1"}},
		{2, "teahouse_sessions", []string{"state", "connected"}},
		{0, "teahouse_sessions", []string{"state", "detached"}},
		{1, "teahouse_send_ack_seconds", nil},
		{1, "teahouse_send_deliver_seconds", nil},
		{0, "teahouse_reads_slowed_total", []string{"budget", "connection"}},
		{0, "teahouse_reads_slowed_seconds_total", []string{"budget", "address"}},
		{0, "teahouse_lag_conversations", nil},
		{0, "teahouse_dropped_frames_total", nil},
	} {
		if got := value(t, r, w.name, w.labels...); got != w.want {
			t.Errorf("%s %v is %v, want %v", w.name, w.labels, got, w.want)
		}
	}
	ann.leave()
	h.away("ann")
	bob.bye()
	h.away("bob")
	for name, want := range map[string]float64{"connected": 0, "detached": 1} {
		if got := value(t, r, "teahouse_sessions", "state", name); got != want {
			t.Errorf("%s sessions: %v, want %v", name, got, want)
		}
	}
	if got := value(t, r, "teahouse_disconnects_total", "reason", "Unregister"); got != 1 {
		t.Errorf("logouts: %v", got)
	}
}

// Clean sessions leave nothing behind: the gauges are back at 0.
func TestCleanSessionsLeaveNoState(t *testing.T) {
	r := prometheus.NewRegistry()
	h := open(t, func(o *broker.Options) { o.Registerer = r })
	h.group("lobby", "bob", "ann", "cat")
	for range 20 {
		for _, u := range []chat.UserID{"ann", "bob", "cat"} {
			h.listener(hello{user: u, version: 4, client: string(u)}).leave()
			h.away(u)
		}
	}
	for _, state := range []string{"connected", "detached"} {
		if got := value(t, r, "teahouse_sessions", "state", state); got != 0 {
			t.Errorf("%s sessions: %v", state, got)
		}
	}
}
