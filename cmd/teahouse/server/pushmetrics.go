package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat/push"
)

// pushMetrics are the numbers of pushes. Labels are bounded by the tables of channels and
// reasons; no app, user or token is among them.
type pushMetrics struct {
	push *push.Service
	now  func() time.Time

	queued, sent, retried, dropped, waiting, age, paused *prometheus.Desc
}

func newPushMetrics(p *push.Service, now func() time.Time) *pushMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("teahouse_push_"+name, help, append([]string{"channel"}, labels...), nil)
	}
	return &pushMetrics{
		push: p, now: now,
		queued:  desc("queued_total", "Pushes that were put into the queue, by channel."),
		sent:    desc("sent_total", "Pushes that a provider has taken, by channel."),
		retried: desc("retried_total", "Attempts after which a push is tried again, by channel and outcome: retry (the provider is away or busy), credentials (they are refused).", "outcome"),
		dropped: desc("dropped_total", "Pushes that were not sent and will not be, by channel and reason.", "reason"),
		waiting: desc("waiting", "Pushes in the queue by channel, as it was looked at last."),
		age:     desc("oldest_age_seconds", "Age of the oldest push in the queue by channel, 0 when there is none."),
		paused:  desc("paused", "Apps whose channel rests, by channel: its provider is away, or refuses the credentials."),
	}
}

// Describe implements prometheus.Collector.
func (m *pushMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.queued, m.sent, m.retried, m.dropped, m.waiting, m.age, m.paused} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m *pushMetrics) Collect(out chan<- prometheus.Metric) {
	for c, n := range m.push.Counts() {
		switch c.What {
		case push.CountQueued:
			out <- prometheus.MustNewConstMetric(m.queued, prometheus.CounterValue, float64(n), string(c.Channel))
		case push.CountSent:
			out <- prometheus.MustNewConstMetric(m.sent, prometheus.CounterValue, float64(n), string(c.Channel))
		case push.CountRetried:
			out <- prometheus.MustNewConstMetric(m.retried, prometheus.CounterValue, float64(n), string(c.Channel), c.Reason)
		case push.CountDropped:
			out <- prometheus.MustNewConstMetric(m.dropped, prometheus.CounterValue, float64(n), string(c.Channel), c.Reason)
		}
	}
	type sum struct {
		waiting, paused float64
		oldest          int64
	}
	all := map[push.ChannelName]sum{}
	for _, b := range m.push.Backlogs() {
		s := all[b.Channel]
		s.waiting += float64(b.Waiting)
		if b.Paused {
			s.paused++
		}
		if b.Oldest > 0 && (s.oldest == 0 || b.Oldest < s.oldest) {
			s.oldest = b.Oldest
		}
		all[b.Channel] = s
	}
	for channel, s := range all {
		age := 0.0
		if s.oldest > 0 {
			age = max(0, float64(m.now().UnixMilli()-s.oldest)/1000)
		}
		out <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, s.waiting, string(channel))
		out <- prometheus.MustNewConstMetric(m.age, prometheus.GaugeValue, age, string(channel))
		out <- prometheus.MustNewConstMetric(m.paused, prometheus.GaugeValue, s.paused, string(channel))
	}
}
