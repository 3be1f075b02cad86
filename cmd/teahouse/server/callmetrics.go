package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat/call"
)

// callMetrics are the numbers of calls.
type callMetrics struct {
	calls         *call.Service
	signals, open *prometheus.Desc
}

func newCallMetrics(c *call.Service) *callMetrics {
	return &callMetrics{
		calls:   c,
		signals: prometheus.NewDesc("teahouse_call_signals_total", "Signals of calls that were sent, by signal: invite, accept, reject, cancel, timeout.", []string{"signal"}, nil),
		open:    prometheus.NewDesc("teahouse_calls_due", "Invitations to calls whose time is not over yet.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *callMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- m.signals
	out <- m.open
}

// Collect implements prometheus.Collector.
func (m *callMetrics) Collect(out chan<- prometheus.Metric) {
	for signal, n := range m.calls.Counts() {
		out <- prometheus.MustNewConstMetric(m.signals, prometheus.CounterValue, float64(n), signal)
	}
	out <- prometheus.MustNewConstMetric(m.open, prometheus.GaugeValue, float64(m.calls.Waiting()))
}
