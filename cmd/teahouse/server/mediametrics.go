package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// fileFigures shows how many files there are and how many have gone. It asks the core when it is
// asked.
type fileFigures struct {
	a                    *App
	files, bytes, ending *prometheus.Desc
}

func newFileFigures(a *App) *fileFigures {
	return &fileFigures{
		a: a,
		files: prometheus.NewDesc("teahouse_media_files",
			"Files of users, those about to be sent included.", nil, nil),
		bytes: prometheus.NewDesc("teahouse_media_file_bytes",
			"Bytes of all files of users, as their senders said them.", nil, nil),
		ending: prometheus.NewDesc("teahouse_media_removed_total",
			"Files that went since the start, by reason: pending (not sent in time), kind (not what was said), unnamed "+
				"(no message named it), expired, recalled, account, avatar (its user has many newer ones), stray (bytes of no file).",
			[]string{"reason"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (f *fileFigures) Describe(out chan<- *prometheus.Desc) {
	out <- f.files
	out <- f.bytes
	out <- f.ending
}

// figuresWithin bounds the reading of the figures.
const figuresWithin = 2 * time.Second

// Collect implements prometheus.Collector.
func (f *fileFigures) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), figuresWithin)
	defer cancel()
	var files, bytes int64
	for _, app := range f.a.apps.All() {
		n, size, err := f.a.core.Media.Have(ctx, app.ID)
		if err != nil {
			out <- prometheus.NewInvalidMetric(f.files, err)
			return
		}
		files, bytes = files+n, bytes+size
	}
	out <- prometheus.MustNewConstMetric(f.files, prometheus.GaugeValue, float64(files))
	out <- prometheus.MustNewConstMetric(f.bytes, prometheus.GaugeValue, float64(bytes))
	for why, n := range f.a.core.Media.Swept() {
		out <- prometheus.MustNewConstMetric(f.ending, prometheus.CounterValue, float64(n), why)
	}
}
