package server

import (
	"context"
	"log/slog"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
)

// showItself registers what there is to say of the program as a whole, and has its lines of the
// log counted from then on.
func (a *App) showItself() {
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "teahouse_build_info", Help: "Always 1; its labels say which version of the program this is, and of Go.",
	}, []string{"version", "goversion"})
	build.WithLabelValues(Version, runtime.Version()).Set(1)
	lines := newLineCounter()
	a.log = slog.New(countedLog{a.log.Handler(), lines})
	a.metrics.MustRegister(build, lines.all, appFigures{a}, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "teahouse_ready", Help: "1 when /readyz says yes, 0 while the server starts or stops, or takes no writes.",
	}, a.readiness))
}

// readiness is 1 when clients should be sent here.
func (a *App) readiness() float64 {
	if a.isReady() != nil {
		return 0
	}
	return 1
}

// appFigures counts the apps when it is asked.
type appFigures struct{ a *App }

var appsDesc = prometheus.NewDesc("teahouse_apps", "Apps by state: enabled, disabled.", []string{"state"}, nil)

// Describe implements prometheus.Collector.
func (appFigures) Describe(out chan<- *prometheus.Desc) { out <- appsDesc }

// Collect implements prometheus.Collector.
func (f appFigures) Collect(out chan<- prometheus.Metric) {
	var enabled, disabled float64
	for _, app := range f.a.apps.All() {
		if app.Disabled {
			disabled++
		} else {
			enabled++
		}
	}
	out <- prometheus.MustNewConstMetric(appsDesc, prometheus.GaugeValue, enabled, "enabled")
	out <- prometheus.MustNewConstMetric(appsDesc, prometheus.GaugeValue, disabled, "disabled")
}

// lineCounter counts lines of the log by level.
type lineCounter struct {
	all                      *prometheus.CounterVec
	debug, info, warn, error prometheus.Counter
}

func newLineCounter() *lineCounter {
	all := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "teahouse_log_lines_total",
		Help: "Lines written to the log by level: debug, info, warn, error. An error is a fault of the server or of its machine.",
	}, []string{"level"})
	return &lineCounter{
		all: all, debug: all.WithLabelValues("debug"), info: all.WithLabelValues("info"),
		warn: all.WithLabelValues("warn"), error: all.WithLabelValues("error"),
	}
}

// of is the counter of a level.
func (c *lineCounter) of(l slog.Level) prometheus.Counter {
	switch {
	case l >= slog.LevelError:
		return c.error
	case l >= slog.LevelWarn:
		return c.warn
	case l >= slog.LevelInfo:
		return c.info
	}
	return c.debug
}

// countedLog is a log whose lines are counted.
type countedLog struct {
	slog.Handler
	lines *lineCounter
}

// Handle implements slog.Handler.
func (h countedLog) Handle(ctx context.Context, r slog.Record) error {
	h.lines.of(r.Level).Inc()
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h countedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return countedLog{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup implements slog.Handler.
func (h countedLog) WithGroup(name string) slog.Handler {
	return countedLog{h.Handler.WithGroup(name), h.lines}
}
