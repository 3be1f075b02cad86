package operator

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	room "github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/sampled"
	"github.com/teahouse-im/teahouse/ticket"
)

// Path is where the door is mounted.
const Path = "/operator/v1/"

// Options are what the door is built from. Core, Table, Apps and Tenants are required; what else
// is nil is not served.
type Options struct {
	Core     *core.Core
	Table    *api.Table
	Apps     *chat.Apps
	Tenants  Tenants
	Live     Live
	Webhooks Webhooks
	Tickets  Tickets
	Process  Process

	Gatherer prometheus.Gatherer // what the overview is made of
	// Registerer gets the door's own metrics; nil keeps them to itself.
	Registerer prometheus.Registerer
	Ready      func() error // why the server is not ready; default: it is
	About      About
	Config     func() (string, error) // the settings in force, secrets masked
	OpenAPI    func() ([]byte, error) // the description of REST, as JSON
	Backup     Backup

	// Redeemed is told when a link was used; nil: nobody is.
	Redeemed func()
	// Token, as a bearer token, has role write; nil: there is none. RotateToken makes another.
	Token       func() string
	RotateToken func() (string, error)
	// ConfigFile is where declared apps stand, for who wants to change one; "": nobody says.
	ConfigFile string
	Log        *slog.Logger     // default: discards
	Now        func() time.Time // default: time.Now
	// NoLimits lifts the limits of logins and requests.
	NoLimits bool
}

// About is what the overview says of the server.
type About struct {
	Version, Go string
	Started     time.Time
	Data        string                   // the data folder
	Listeners   func() map[string]string // addresses by name
}

// Tickets makes and checks tickets for operators.
type Tickets interface {
	Explain(app uint32, user, text string) []ticket.Finding
}

// Handler is the door. Run keeps its figures; without it there is no past to show.
type Handler struct {
	Options
	people *room.Service
	limits *limits
	past   *past
	recent recent
	lines  *sampled.Log
	asked  *prometheus.CounterVec
	mux    *http.ServeMux
}

// New makes the door.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	h := &Handler{
		Options: o, people: o.Core.Operators, limits: newLimits(o.Now, o.NoLimits),
		past: newPast(o.Gatherer, o.Now), lines: sampled.New(o.Log, o.Now), asked: newAsked(o.Registerer), mux: http.NewServeMux(),
	}
	for _, r := range h.routes() {
		h.mux.HandleFunc(r.method+" "+Path+r.path, func(w http.ResponseWriter, q *http.Request) { h.serve(w, q, &r) })
	}
	h.mux.HandleFunc(Path, h.unknown)
	return h
}

// ServeHTTP serves requests over the network.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Socket serves requests that came through the unix socket: who may open it may do everything.
func (h *Handler) Socket() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mux.ServeHTTP(w, r.WithContext(throughSocket(r.Context())))
	})
}

// unknown answers paths that no route has, and methods that a route has not.
func (h *Handler) unknown(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := h.mux.Handler(other); pattern != Path && pattern != "" {
			refuse(w, &fault{status: http.StatusMethodNotAllowed, Code: "method", Message: r.Method + " is not served here"})
			return
		}
	}
	refuse(w, notFound("there is no such page"))
}
