package admin

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/sampled"
	"github.com/teahouse-im/teahouse/ticket"
)

// Tickets checks tickets; a refusal is a [*ticket.Error].
// [*ticket.Verifier] implements it.
type Tickets interface {
	Verify(app uint32, user, text string) (ticket.Claims, error)
}

// Failures counts bad tickets and slows those who show too many;
// [*ticket.Failures] is one.
type Failures interface {
	// Failed counts a bad ticket that an address has shown for an app (0: for none). It
	// reports whether there have been too many, and then waits first, or until ctx ends.
	Failed(ctx context.Context, ip string, app uint32) bool
}

// Options are what the door is built from. Core, Table and Tickets are
// required; the zero value of the rest works.
type Options struct {
	Core    *core.Core
	Table   *api.Table
	Tickets Tickets

	Failures Failures             // default: its own, with the limits of package ticket
	Registry *prometheus.Registry // shown on /metrics, and holds the door's own; default: a new one
	Ready    func() error         // why the server is not ready; default: it is
	Version  map[string]string    // shown on /version
	// Token, as a bearer token, opens /metrics and, if Pprof is set, /debug/pprof. Without
	// one they are not served here (see Inside), unless OpenMetrics says that everybody who reaches
	// the port may have them.
	Token       func() string // as it is now; nil: there is none
	OpenMetrics bool
	Pprof       bool
	// Host reports whether the server may be asked by a host name, in lower case; of
	// names that a stranger can make point here it allows none by default. Addresses, names without
	// a dot and local domains are always allowed.
	Host func(name string) bool
	// Docs serves /docs/, for everybody; nil: it is not there.
	Docs http.Handler
	// Operator serves /operator/v1/ and Console serves /console/; nil: they are not there.
	Operator, Console http.Handler
	Log               *slog.Logger     // default: discards
	Now               func() time.Time // default: time.Now
	// NoHolds answers refused calls at once, however many there are.
	NoHolds bool
	// Wait holds an answer back until the time is over or ctx ends; default: a timer.
	Wait func(ctx context.Context, d time.Duration)
	// Timeout ends a call, default [DefaultTimeout]; it is the one deadline of
	// everything the call waits for.
	Timeout time.Duration
	// MaxBody bounds a body in bytes, default [DefaultMaxBody].
	MaxBody int64
}

// DefaultTimeout is longer than the 3 s of the original (spec/02 §3), so that
// the large batches (100 accounts leaving all their groups) end with an answer; single
// commands are far below it, a before-webhook included (2 s).
const DefaultTimeout = 10 * time.Second

// DefaultMaxBody leaves room for the largest batches: 1,000 names or 300
// members. A message itself is bounded at 12 KB.
const DefaultMaxBody = 1 << 20

// door is the HTTP door; it has no state of its own but its limiters.
type door struct {
	Options
	limits  limits
	slow    slow
	large   crowded
	metrics *metrics
	lines   *sampled.Log // what callers cause
}

// New returns the door's handler.
func New(o Options) http.Handler {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = pause
	}
	if o.Failures == nil {
		o.Failures = ticket.NewFailures(ticket.FailureOptions{Now: o.Now})
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	d := &door{Options: o, metrics: newMetrics(o.Registry), lines: sampled.New(o.Log, o.Now)}
	d.slow.seed = maphash.MakeSeed()
	return d.routes()
}

// routes is every address of this door.
func (d *door) routes() http.Handler {
	mux := http.NewServeMux()
	if d.Token != nil || d.OpenMetrics {
		addInside(mux, d.Registry, d.Pprof, d.withToken)
	}
	mux.HandleFunc("GET /livez", d.live)
	mux.HandleFunc("GET /readyz", d.ready)
	mux.HandleFunc("GET /version", d.version)
	mux.HandleFunc("GET /history/{app}/{name}", d.historyFile)
	if d.Operator != nil {
		mux.Handle("/operator/v1/", d.Operator)
	}
	if d.Console != nil {
		mux.Handle("/console/", d.Console)
	}
	if d.Docs != nil {
		mux.Handle("/docs/", d.Docs)
	}
	mux.Handle("GET /openapi.yaml", document(openAPI))
	mux.Handle("GET /asyncapi.yaml", document(asyncAPI))
	return d.commandsFirst(mux)
}

// commandsFirst serves what begins with v4, whatever its slashes: a mux would
// answer doubled ones with a redirect (spec/02 §1). The rest is for operators.
func (d *door) commandsFirst(rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if version, _, _ := strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/"); version == "v4" {
			d.serveCommand(w, r)
			return
		}
		d.hold(r.Context(), r)
		d.checked(rest).ServeHTTP(w, r)
	})
}

// live says that the process answers.
func (d *door) live(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// ready says whether clients should be sent here.
func (d *door) ready(w http.ResponseWriter, _ *http.Request) {
	if err := d.Ready(); err != nil {
		say(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	say(w, http.StatusOK, "ok")
}

func (d *door) version(w http.ResponseWriter, _ *http.Request) {
	text, err := json.Marshal(d.Version)
	if err != nil {
		say(w, http.StatusInternalServerError, "internal error")
		return
	}
	page(w, http.StatusOK, "application/json", text)
}

func say(w http.ResponseWriter, status int, text string) {
	page(w, status, "text/plain; charset=utf-8", []byte(text+"\n"))
}

// page writes an operator's page. It ignores errors, which mean that the reader is gone.
func page(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
