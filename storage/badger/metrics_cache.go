package badger

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// storeCaches shows how often each cache of the store had what it was asked for, and how the
// engine's tables lie. It asks when it is asked.
type storeCaches struct{ s *Store }

var (
	cacheDesc = prometheus.NewDesc("teahouse_store_cache_requests_total",
		"Look-ups in the caches of the store, by cache (messages, rows, heads, senders; blocks and indexes are those of tables) and result (hit, miss).",
		[]string{"cache", "result"}, nil)
	tablesDesc = prometheus.NewDesc("teahouse_store_tables",
		"Tables of the engine by level; many at level 0 mean that merging does not keep up with writing.", []string{"level"}, nil)
)

// Describe implements prometheus.Collector.
func (storeCaches) Describe(out chan<- *prometheus.Desc) {
	out <- cacheDesc
	out <- tablesDesc
}

// Collect implements prometheus.Collector.
func (c storeCaches) Collect(out chan<- prometheus.Metric) {
	all := map[string]asks{
		"messages": c.s.tail.asked(), "rows": c.s.rows.asked(), "heads": c.s.heads.asked(), "senders": c.s.senders.asked(),
	}
	// The engine's counters are nil without a cache, and then 0.
	blocks, indexes := c.s.db.BlockCacheMetrics(), c.s.db.IndexCacheMetrics()
	all["blocks"] = asks{blocks.Hits(), blocks.Misses()}
	all["indexes"] = asks{indexes.Hits(), indexes.Misses()}
	for name, a := range all {
		out <- prometheus.MustNewConstMetric(cacheDesc, prometheus.CounterValue, float64(a.hits), name, "hit")
		out <- prometheus.MustNewConstMetric(cacheDesc, prometheus.CounterValue, float64(a.misses), name, "miss")
	}
	for _, l := range c.s.db.Levels() {
		out <- prometheus.MustNewConstMetric(tablesDesc, prometheus.GaugeValue, float64(l.NumTables), strconv.Itoa(l.Level))
	}
}
