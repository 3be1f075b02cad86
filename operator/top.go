package operator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of what is shown of a moment.
const (
	momentKept = 400 * time.Millisecond // counters are not read more often, however many ask
	topApps    = 100                    // apps in an answer
)

// topView is the server at a moment, as "teahouse top" shows it. Counters only grow while the
// server runs, so that who asks makes rates of any two answers.
type topView struct {
	At         int64                  `json:"at"`
	Started    int64                  `json:"started_at"`
	Version    string                 `json:"version"`
	Ready      bool                   `json:"ready"`
	Why        string                 `json:"why"`
	Counters   map[string]float64     `json:"counters"`
	Gauges     map[string]float64     `json:"gauges"`
	Transports map[chat.Transport]int `json:"transports"`
	Protocols  map[string]int         `json:"protocols"`
	AppsInAll  int                    `json:"apps_in_all"`
	Apps       []topApp               `json:"apps"`
	Slow       []slowView             `json:"slow"`
}

// topApp is an app at a moment.
type topApp struct {
	ID          chat.AppID `json:"id"`
	Name        string     `json:"name"`
	Online      int64      `json:"online"`
	Connections int64      `json:"connections"`
	Sent        int64      `json:"sent"`
	Delivered   int64      `json:"delivered"`
	PacketsIn   int64      `json:"in_packets"`
	PacketsOut  int64      `json:"out_packets"`
	BytesIn     int64      `json:"in_bytes"`
	BytesOut    int64      `json:"out_bytes"`

	moved int64 // messages and packets since the moment before
}

// slowView is a connection of which something waits.
type slowView struct {
	connectionView
	Stuck float64 `json:"stuck_seconds"`
}

// readings make one number of the present metrics.
var readings = struct {
	counters, gauges map[string]func(*scrape) float64
}{
	counters: map[string]func(*scrape) float64{
		"sent":             total("teahouse_store_commit_messages"),
		"delivered":        total("teahouse_delivered_total"),
		"refused":          totalBut("teahouse_publishes_total", "ok"),
		"rest":             total("teahouse_admin_requests_total"),
		"connects":         total("teahouse_connects_total"),
		"connects_refused": totalBut("teahouse_connects_total", "ok"),
		"in_packets":       total("teahouse_received_packets_total"),
		"out_packets":      total("teahouse_sent_packets_total"),
		"in_bytes":         total("teahouse_received_bytes_total"),
		"out_bytes":        total("teahouse_sent_bytes_total"),
		"acks":             observed("teahouse_send_ack_seconds"),
		"ack_seconds":      total("teahouse_send_ack_seconds"),
		"delivers":         observed("teahouse_send_deliver_seconds"),
		"deliver_seconds":  total("teahouse_send_deliver_seconds"),
		"commits":          observed("teahouse_store_commit_seconds"),
		"commit_seconds":   total("teahouse_store_commit_seconds"),
		"webhook_calls":    total("teahouse_webhook_attempts_total"),
		"webhook_failed":   totalBut("teahouse_webhook_attempts_total", "ok"),
		"push_sent":        total("teahouse_push_sent_total"),
		"push_dropped":     total("teahouse_push_dropped_total"),
		"cpu_seconds":      total("process_cpu_seconds_total"),
	},
	gauges: map[string]func(*scrape) float64{
		"sockets":        total("teahouse_connections"),
		"buffered_bytes": total("teahouse_buffered_bytes"),
		"behind":         total("teahouse_lag_conversations"),
		"store_queue":    total("teahouse_store_queue"),
		"webhook_queue":  total("teahouse_outbox_depth"),
		"webhook_age":    total("teahouse_outbox_oldest_age_seconds"),
		"push_queue":     total("teahouse_push_waiting"),
		"push_age":       func(s *scrape) float64 { return most("teahouse_push_oldest_age_seconds")(s, nil) },
		"memory":         total("process_resident_memory_bytes"),
		"heap":           total("go_memstats_heap_alloc_bytes"),
		"goroutines":     total("go_goroutines"),
		"disk_used":      total("teahouse_store_bytes"),
		"disk_free":      total("teahouse_store_free_bytes"),
		"disk_needed":    total("teahouse_store_needed_bytes"),
	},
}

func total(name string) func(*scrape) float64 { return totalBut(name, "") }

func totalBut(name, but string) func(*scrape) float64 {
	return func(s *scrape) float64 {
		v, _ := s.sum(name, but)
		return v
	}
}

// observed is how many values a histogram has got.
func observed(name string) func(*scrape) float64 {
	return func(s *scrape) float64 {
		_, n := s.sum(name, "")
		return n
	}
}

// recent holds the moment that was read last, for all who ask within momentKept.
type recent struct {
	mu   sync.Mutex
	now  *scrape
	apps []topApp // those that do most first
}

// moment reads the counters, or has those that were read just now. What it returns is not changed.
func (h *Handler) moment() (*scrape, []topApp, error) {
	r := &h.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := h.Now(); r.now != nil && now.Sub(r.now.at) < momentKept && !now.Before(r.now.at) {
		return r.now, r.apps, nil
	}
	s := &scrape{at: h.Now(), all: map[string]*dto.MetricFamily{}}
	if h.Gatherer != nil {
		families, err := h.Gatherer.Gather()
		if err != nil && len(families) == 0 {
			return nil, nil, fmt.Errorf("gather: %w", err)
		}
		for _, f := range families {
			s.all[f.GetName()] = f
		}
	}
	r.now, r.apps = s, h.appsNow(r.apps)
	return r.now, r.apps, nil
}

// appsNow are all apps, those first that have done most since the moment before.
func (h *Handler) appsNow(before []topApp) []topApp {
	was := make(map[chat.AppID]int64, len(before))
	for i := range before {
		was[before[i].ID] = before[i].Sent + before[i].PacketsIn + before[i].PacketsOut
	}
	all := h.Apps.All()
	list := make([]topApp, 0, len(all))
	for _, a := range all {
		one := topApp{ID: a.ID, Name: a.Name, Sent: h.Core.Sent(a.ID)}
		if h.Live != nil {
			t := h.Live.Traffic(a.ID)
			one.Online, one.Connections, one.Delivered = h.Live.Online(a.ID), h.Live.Connected(a.ID), t.Delivered
			one.PacketsIn, one.PacketsOut, one.BytesIn, one.BytesOut = t.PacketsIn, t.PacketsOut, t.BytesIn, t.BytesOut
		}
		one.moved = one.Sent + one.PacketsIn + one.PacketsOut
		if n, ok := was[a.ID]; ok {
			one.moved -= n
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b topApp) int {
		return cmp.Or(-cmp.Compare(a.moved, b.moved), -cmp.Compare(a.Connections, b.Connections), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// top is the server at a moment.
func (h *Handler) top(_ context.Context, c *call) (any, error) {
	limit, _, err := c.page()
	if err != nil {
		return nil, err
	}
	app, err := c.appQuery()
	if err != nil {
		return nil, err
	}
	if app != 0 && h.Apps.App(app) == nil {
		return nil, notFound("there is no app %d", app)
	}
	by := chat.SlowBy(cmp.Or(c.query("by"), string(chat.SlowByStuck)))
	if !slices.Contains([]chat.SlowBy{chat.SlowByStuck, chat.SlowByUnacked, chat.SlowByWaiting, chat.SlowByBehind}, by) {
		return nil, bad("by: want stuck, unacked, waiting or behind")
	}
	now, apps, err := h.moment()
	if err != nil {
		return nil, err
	}
	v := topView{
		At: now.at.UnixMilli(), Started: h.About.Started.UnixMilli(), Version: h.About.Version, Ready: true,
		Counters: map[string]float64{}, Gauges: map[string]float64{}, Protocols: map[string]int{},
		Transports: map[chat.Transport]int{}, AppsInAll: len(apps), Apps: []topApp{}, Slow: []slowView{},
	}
	if err := h.Ready(); err != nil {
		v.Ready, v.Why = false, err.Error()
	}
	for name, of := range readings.counters {
		v.Counters[name] = of(now)
	}
	for name, of := range readings.gauges {
		v.Gauges[name] = of(now)
	}
	for i := range apps {
		if (app == 0 || apps[i].ID == app) && len(v.Apps) < topApps {
			v.Apps = append(v.Apps, apps[i])
		}
	}
	if h.Live != nil {
		v.glance(h.Live.Glance(app, by, limit))
	}
	return v, nil
}

// glance enters what there is of connections.
func (v *topView) glance(g chat.Glance) {
	v.Gauges["connected"], v.Gauges["detached"] = float64(g.Connected), float64(g.Detached)
	v.Transports = g.Transports
	for version, n := range g.Versions {
		v.Protocols[protocols[version]] += n
	}
	for i := range g.Slow {
		v.Slow = append(v.Slow, slowView{viewOf(&g.Slow[i]), g.Slow[i].Stuck.Seconds()})
	}
}
