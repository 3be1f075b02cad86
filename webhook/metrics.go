package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
)

// Metrics are what this package counts. Labels are bounded by the tables of
// commands and outcomes; no app, URL or user is among them.
type Metrics struct {
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
	depth    prometheus.Gauge
	age      prometheus.Gauge
	settled  *prometheus.CounterVec
	paused   prometheus.Gauge
}

// NewMetrics makes the metrics and registers them; a nil Registerer keeps them
// to ourselves.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_webhook_attempts_total",
			Help: "Webhook calls by command and outcome: ok (any proper answer), timeout, unreachable, status, malformed, overload, breaker, unsendable.",
		}, []string{"command", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "teahouse_webhook_before_duration_seconds",
			Help:    "How much before-webhooks add to the latency of what they are asked about, by command; waiting included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2},
		}, []string{"command"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "teahouse_webhook_call_duration_seconds",
			Help:    "How long calls of apps' servers took that were answered or given up, by way: before (asks) and after (tells).",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2},
		}, []string{"way"}),
		depth: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_outbox_depth",
			Help: "Webhook events that are not told to their app yet.",
		}),
		age: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_outbox_oldest_age_seconds",
			Help: "Age of the oldest webhook event that is not told yet, 0 when there is none.",
		}),
		settled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_outbox_events_total",
			Help: "Webhook events that left the outbox, by end: delivered, buried (a dead letter now), dropped (the webhook is off).",
		}, []string{"end"}),
		paused: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_outbox_paused_receivers",
			Help: "Apps whose server cannot be reached: it is called every few seconds to see, and its events wait.",
		}),
	}
	if r != nil {
		r.MustRegister(m.attempts, m.seconds, m.calls, m.depth, m.age, m.settled, m.paused)
	}
	return m
}

func (m *Metrics) attempt(kind chat.EventKind, o outcome) {
	if _, known := bodies[kind]; !known {
		kind = "other"
	}
	m.attempts.WithLabelValues(string(kind), string(o)).Inc()
}

// called counts a call by how long it took, and whether it asked.
func (m *Metrics) called(asks bool, took time.Duration) {
	way := "after"
	if asks {
		way = "before"
	}
	m.calls.WithLabelValues(way).Observe(took.Seconds())
}

func (m *Metrics) before(kind chat.EventKind, took time.Duration) {
	m.seconds.WithLabelValues(string(kind)).Observe(took.Seconds())
}
