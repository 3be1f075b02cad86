package badger

import (
	"os"

	"github.com/prometheus/client_golang/prometheus"
)

// meters are what the committer counts, once for each transaction, and damage.
type meters struct {
	seconds  prometheus.Histogram // from the staged transaction to the durable one
	messages prometheus.Histogram // appended by one transaction
	damage   prometheus.Counter   // met by reads and checks
}

func newMeters() *meters {
	return &meters{
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "teahouse_store_commit_seconds", Help: "Time to make one transaction durable, the fsync included.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 15), // to 1.6 s
		}),
		messages: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "teahouse_store_commit_messages", Help: "How many messages one transaction has appended: sends that come together share an fsync.",
			Buckets: prometheus.ExponentialBuckets(1, 4, 7), // to 4096
		}),
		damage: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "teahouse_store_damage_total", Help: "Times that stored data could not be read or was missing; anything but 0 wants a look at the log and the disk.",
		}),
	}
}

// register makes the store known to r; nil is nobody. What is returned undoes it.
func (s *Store) register(r prometheus.Registerer) (undo func(), err error) {
	if r == nil {
		return func() {}, nil
	}
	list := []prometheus.Collector{
		s.meters.seconds, s.meters.messages, s.meters.damage,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "teahouse_store_queue", Help: "Writes waiting for the committer.",
		}, func() float64 { return float64(len(s.queue)) }),
	}
	list = append(list, s.disk.collectors()...)
	list = append(list, storeCaches{s})
	for part, files := range storeParts {
		list = append(list, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "teahouse_store_bytes", Help: "Disk in use by part: lsm (tables), vlog (large values), wal (what is not in tables yet).",
			ConstLabels: prometheus.Labels{"part": part},
		}, func() float64 { return float64(bytesOf(s.db.Opts().Dir, files)) }))
	}
	undo = func() {
		for _, c := range list {
			r.Unregister(c)
		}
	}
	for _, c := range list {
		if err := r.Register(c); err != nil {
			undo()
			return nil, err
		}
	}
	return undo, nil
}

// collectors are none where the system does not tell.
func (w *diskWatch) collectors() []prometheus.Collector {
	if w.free == nil {
		return nil
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("teahouse_store_free_bytes", "Bytes free for the server on the disk of the data folder, at the last look.", func() float64 {
			free, _ := w.seen()
			return float64(free)
		}),
		gauge("teahouse_store_needed_bytes", "Bytes that must be free on the disk of the data folder, or writes are refused.", func() float64 {
			_, needed := w.seen()
			return float64(needed)
		}),
		gauge("teahouse_store_full", "1 while writes are refused because the disk is full.", func() float64 {
			if w.full.Load() {
				return 1
			}
			return 0
		}),
	}
}

// storeParts are the engine's files by what they are.
var storeParts = map[string]string{"lsm": "*.sst", "vlog": "*.vlog", "wal": "*.mem"}

// bytesOf is the room that the files of one form take; those that vanish
// meanwhile take none.
func bytesOf(dir, form string) (n int64) {
	files, _ := os.ReadDir(dir) // a folder that cannot be read has nothing to show
	for _, f := range files {
		if !matches(f.Name(), form) {
			continue
		}
		if info, err := f.Info(); err == nil {
			n += diskBytes(info)
		}
	}
	return n
}
