package operator

import (
	"context"
	"time"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// overview is the server at a glance.
type overview struct {
	Version   string             `json:"version"`
	Go        string             `json:"go"`
	Started   int64              `json:"started_at"`
	Now       int64              `json:"now"`
	Uptime    int64              `json:"uptime_seconds"`
	Ready     bool               `json:"ready"`
	Why       string             `json:"why"`
	Values    map[string]float64 `json:"now_values"`
	Apps      int                `json:"apps"`
	Data      string             `json:"data_dir"`
	Listeners map[string]string  `json:"listeners"`
}

func (h *Handler) overview(_ context.Context, _ *call) (any, error) {
	now := h.Now()
	o := overview{
		Version: h.About.Version, Go: h.About.Go, Started: h.About.Started.UnixMilli(), Now: now.UnixMilli(),
		Uptime: int64(now.Sub(h.About.Started) / time.Second), Ready: true, Values: map[string]float64{},
		Apps: len(h.Apps.All()), Data: h.About.Data, Listeners: map[string]string{},
	}
	if h.About.Listeners != nil {
		o.Listeners = h.About.Listeners()
	}
	if err := h.Ready(); err != nil {
		o.Ready, o.Why = false, err.Error()
	}
	if p := h.past.last(); p != nil {
		for i, name := range pointNames {
			o.Values[name] = p[i]
		}
	}
	return o, nil
}

// history is the last quarter of an hour.
type history struct {
	Every  int         `json:"every_seconds"`
	Names  []string    `json:"names"`
	Points [][]float64 `json:"points"`
}

func (h *Handler) history(_ context.Context, _ *call) (any, error) {
	return history{int(sampleEvery / time.Second), pointNames, h.past.all()}, nil
}

// Run samples the figures, and keeps the log of operators within its bound, until ctx ends.
func (h *Handler) Run(ctx context.Context) {
	t := time.NewTicker(sampleEvery)
	defer t.Stop()
	for {
		h.Sample()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		h.trim(ctx)
	}
}

// trim removes what is too much of the log of operators.
func (h *Handler) trim(ctx context.Context) {
	if !h.people.TrimDue() {
		return
	}
	removed, err := h.people.Trim(ctx, room.AuditRows)
	if err != nil && ctx.Err() == nil {
		h.Log.Warn("the log of operators stays longer than it may be", "err", err)
	}
	if removed > 0 {
		h.Log.Info("the oldest entries of the log of operators are gone", "removed", removed, "kept", room.AuditRows)
	}
}

// Sample takes the figures once.
func (h *Handler) Sample() {
	online := int64(0)
	if h.Live != nil {
		for _, app := range h.Apps.All() {
			online += h.Live.Online(app.ID)
		}
	}
	if err := h.past.sample(online); err != nil {
		h.lines.Info("figures for operators", "gather", "err", err)
	}
}
