package certificates

import "github.com/prometheus/client_golang/prometheus"

var (
	expiryDesc = prometheus.NewDesc("teahouse_certificate_expiry_timestamp_seconds",
		"When a certificate that is shown to clients ends, in Unix seconds, by its first name and where it is from.",
		[]string{"name", "from"}, nil)
	ordersDesc = prometheus.NewDesc("teahouse_certificate_orders_total",
		"Orders at the authority of tls.acme by result.", []string{"result"}, nil)
)

// Describe implements prometheus.Collector. A server without TLS has the metrics too: a nil Store
// describes them and shows none.
func (s *Store) Describe(to chan<- *prometheus.Desc) {
	to <- expiryDesc
	to <- ordersDesc
}

// Collect implements prometheus.Collector. Names are those of the configuration and of the files
// there, so they are few.
func (s *Store) Collect(to chan<- prometheus.Metric) {
	if s == nil {
		return
	}
	type key struct{ name, from string }
	seen := map[key]bool{}
	for _, h := range s.all() {
		if k := (key{h.name, h.from}); !seen[k] { // two files may be for one name
			seen[k] = true
			to <- prometheus.MustNewConstMetric(expiryDesc, prometheus.GaugeValue, float64(h.leaf.NotAfter.Unix()), h.name, h.from)
		}
	}
	if s.acme == nil {
		return
	}
	to <- prometheus.MustNewConstMetric(ordersDesc, prometheus.CounterValue, float64(s.acme.orders.done.Load()), "ok")
	to <- prometheus.MustNewConstMetric(ordersDesc, prometheus.CounterValue, float64(s.acme.orders.failed.Load()), "error")
}
