package media

import (
	"errors"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
)

// counters count what moves. Labels are bounded by the table of codes.
type counters struct {
	in, out  prometheus.Counter
	uploads  prometheus.Gauge
	ended    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	pictures *prometheus.CounterVec
}

func newCounters(r prometheus.Registerer) *counters {
	bytes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "teahouse_media_bytes_total",
		Help: "Bytes of files that came in and went out through this server.",
	}, []string{"direction"})
	c := &counters{
		in: bytes.WithLabelValues("in"), out: bytes.WithLabelValues("out"),
		uploads: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "teahouse_media_uploads",
			Help: "Requests that send a file or a part of it now.",
		}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_media_uploads_total",
			Help: "Requests that sent a file or a part of it, by how they ended: complete, partial, refused.",
		}, []string{"end"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_media_refused_total",
			Help: "Requests for files that were refused, by ErrorCode; \"full\" is a disk or bucket without room.",
		}, []string{"code"}),
		pictures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_media_pictures_total",
			Help: "Smaller pictures by size and outcome: made, refused, failed.",
		}, []string{"size", "outcome"}),
	}
	if r != nil {
		r.MustRegister(bytes, c.uploads, c.ended, c.refused, c.pictures)
	}
	return c
}

func (c *counters) refuse(err error) {
	label := strconv.Itoa(int(chat.CodeOf(err)))
	if errors.Is(err, room.ErrFull) {
		label = "full"
	}
	c.refused.WithLabelValues(label).Inc()
}
