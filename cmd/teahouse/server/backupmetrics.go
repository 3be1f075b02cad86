package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/backup"
)

// backupMetrics are the figures of backups of the running server.
type backupMetrics struct {
	at, seconds, bytes prometheus.Gauge
}

func newBackupMetrics() *backupMetrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "teahouse", Subsystem: "backup", Name: name, Help: help})
	}
	return &backupMetrics{
		gauge("last_timestamp_seconds", "Moment of the last backup that was written whole, as Unix time; 0 when none was since the start."),
		gauge("last_duration_seconds", "How long the last backup took, in seconds."),
		gauge("last_bytes", "Bytes of the store and of files in the last backup, before compression."),
	}
}

func (m *backupMetrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.at, m.seconds, m.bytes} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// done notes a backup that is whole.
func (m *backupMetrics) done(h backup.Header, t backup.Trailer, took time.Duration) {
	m.at.Set(float64(h.Made) / 1000)
	m.seconds.Set(took.Seconds())
	m.bytes.Set(float64(t.Bytes + t.FileLen))
}
