package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// metrics counts outcomes. Labels are bounded by the table of commands and
// the table of codes.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_admin_requests_total",
			Help: "REST calls by command and ErrorCode; \"app\" stands for all codes that an app's own server has chosen, unknown for paths that are no command.",
		}, []string{"command", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "teahouse_admin_request_duration_seconds",
			Help:    "How long REST calls took from their arrival to their answer, by command.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 10), // 0.5 ms to 1.9 s
		}, []string{"command"}),
	}
	r.MustRegister(m.requests, m.seconds)
	return m
}

func (m *metrics) count(c *api.Command, code chat.Code, took time.Duration) {
	command := commandLabel(c)
	m.requests.WithLabelValues(command, code.Label()).Inc()
	m.seconds.WithLabelValues(command).Observe(took.Seconds())
}

// commandLabel is the command's first name; refused paths share one label.
func commandLabel(c *api.Command) string {
	if c == nil {
		return "unknown"
	}
	return c.Service + "/" + c.Name
}
