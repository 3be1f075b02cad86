package media

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/picture"
	"github.com/teahouse-im/teahouse/origins"
	"github.com/teahouse-im/teahouse/sampled"
)

// Path is what the paths of all addresses begin with.
const Path = room.Path

// Room is what is asked of room media.
type Room interface {
	Upload(ctx context.Context, path string, query url.Values) (*room.Upload, error)
	Uploaded(ctx context.Context, u *room.Upload, size int64, head []byte) (*room.Object, error)
	Download(ctx context.Context, path string, query url.Values) (*room.Download, error)
}

// Options are what a Handler is built from. Room and Store are required.
type Options struct {
	Room  Room
	Store room.Store

	// Origins are the pages of other hosts that may upload. Any page may download.
	Origins origins.List

	// PictureBytes is what pictures that are decoded at the same time may take in memory; see
	// picture.Options.
	PictureBytes int64

	// How many uploads and downloads there may be at the same time, in all and of one address
	// (IPv6: of a /64). Of this machine there may be any number up to the first. Defaults: 128
	// and 16 uploads, 1,024 and 64 downloads.
	Uploads, AddressUploads     int
	Downloads, AddressDownloads int

	// Stall is how long nothing may move, 30 s. MinRate is how fast an upload has to be on
	// average, in bytes a second, after Stall: 1 KiB.
	Stall   time.Duration
	MinRate int64

	Log        *slog.Logger
	Registerer prometheus.Registerer // default: metrics are kept and not shown
	Now        func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	def(&o.Uploads, 128)
	def(&o.AddressUploads, 16)
	def(&o.Downloads, 1024)
	def(&o.AddressDownloads, 64)
	def(&o.Stall, 30*time.Second)
	def(&o.MinRate, 1<<10)
	return o
}

func def[N int | int64 | time.Duration](v *N, otherwise N) {
	if *v == 0 {
		*v = otherwise
	}
}

// Handler serves the addresses of files. It may be mounted on any listener; its requests bound
// their own time, so that the listener's may be short.
type Handler struct {
	opt       Options
	lines     *sampled.Log
	count     *counters
	uploads   *places
	downloads *places
	turns     turns
	pictures  *pictures

	ctx    context.Context // of what requests start; ended by Close
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup // requests; added to under mu
}

// New makes a Handler. Close ends what it has started.
func New(o Options) *Handler {
	o = o.withDefaults()
	h := &Handler{
		opt: o, lines: sampled.New(o.Log, o.Now), count: newCounters(o.Registerer),
		uploads: newPlaces(o.Uploads, o.AddressUploads), downloads: newPlaces(o.Downloads, o.AddressDownloads),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.pictures = newPictures(h.ctx, o.Store, picture.New(picture.Options{Budget: o.PictureBytes}), h.count, o.Log)
	return h
}

// Close cuts uploads off, what has come of them stays, and waits until all requests have ended,
// at most until ctx does.
func (h *Handler) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.cancel()
	h.turns.endAll()
	ended := make(chan struct{})
	go func() {
		h.inside.Wait()
		h.pictures.wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter counts a request, false when the handler is closing.
func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.inside.Add(1)
	return true
}

// call is one request.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	path    string // below Path
	query   url.Values
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard(w.Header())
	if !h.enter() {
		h.refuse(&call{w: w, r: r}, chat.Refuse(chat.CodeShutdown, ""))
		return
	}
	defer h.inside.Done()
	c := &call{w: w, r: r, control: http.NewResponseController(w)}
	// The listener's deadline would end whatever takes longer. What is read has its own, and so
	// has what is written.
	_ = c.control.SetReadDeadline(time.Time{})
	path, ours := strings.CutPrefix(r.URL.Path, Path)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if !ours || err != nil {
		h.refuse(c, chat.Refuse(chat.CodeBadPath, ""))
		return
	}
	c.path, c.query = path, query
	switch r.Method {
	case http.MethodOptions:
		h.preflight(c)
	case http.MethodPut:
		h.upload(c)
	case http.MethodGet:
		h.download(c)
	case http.MethodHead:
		h.head(c)
	default:
		w.Header().Set("Allow", "GET, HEAD, PUT, OPTIONS")
		h.answer(c, http.StatusMethodNotAllowed, failure(chat.Refuse(chat.CodeBadPath, "files are sent with PUT and fetched with GET")))
	}
}

// head tells of an upload how much has come, and of a file what GET would.
func (h *Handler) head(c *call) {
	u, err := h.opt.Room.Upload(c.r.Context(), c.path, c.query)
	switch {
	case err == nil:
		h.tellProgress(c, u)
	case chat.CodeOf(err) == chat.CodeAuthFailed: // an upload's address that does not hold
		h.refuse(c, err)
	default:
		h.download(c)
	}
}
