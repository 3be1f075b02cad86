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
			Help: "Webhook calls by command and how they ended; \"ok\" is any proper answer.",
		}, []string{"command", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "teahouse_webhook_before_duration_seconds",
			Help:    "What before-webhooks add to the latency of a send, waiting included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2},
		}, []string{"command"}),
		depth: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_outbox_depth",
			Help: "Events not yet told to their app.",
		}),
		age: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_outbox_oldest_age_seconds",
			Help: "Age of the oldest event not yet told, 0 when there is none.",
		}),
		settled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_outbox_events_total",
			Help: "Events that left the outbox: delivered, buried (dead-lettered) or dropped (webhook off).",
		}, []string{"end"}),
		paused: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_outbox_paused_receivers",
			Help: "Apps whose server cannot be reached and is only probed.",
		}),
	}
	if r != nil {
		r.MustRegister(m.attempts, m.seconds, m.depth, m.age, m.settled, m.paused)
	}
	return m
}

func (m *Metrics) attempt(kind chat.EventKind, o outcome) {
	if _, known := bodies[kind]; !known {
		kind = "other"
	}
	m.attempts.WithLabelValues(string(kind), string(o)).Inc()
}

func (m *Metrics) before(kind chat.EventKind, took time.Duration) {
	m.seconds.WithLabelValues(string(kind)).Observe(took.Seconds())
}
