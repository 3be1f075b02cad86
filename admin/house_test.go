package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/chattest"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/mediatest"
	"github.com/teahouse-im/teahouse/chat/search"
	"github.com/teahouse-im/teahouse/search/searchtest"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/ticket"
)

const (
	app   chat.AppID  = 1400000001
	admin chat.UserID = chattest.Admin
)

// tickets knows one ticket per user: "good"; others say which code they earn.
type tickets struct{ clock func() time.Time }

func (k tickets) Verify(id uint32, user, text string) (ticket.Claims, error) {
	switch text {
	case "good":
		return ticket.Claims{App: id, User: user, Issued: k.clock()}, nil
	case "old":
		return ticket.Claims{App: id, User: user, Issued: time.Unix(1, 0)}, nil
	case "":
		return ticket.Claims{}, &ticket.Error{Code: ticket.CodeEmpty, Msg: "ticket is empty"}
	}
	return ticket.Claims{}, &ticket.Error{Code: ticket.CodeMalformed, Msg: "ticket is malformed"}
}

// house is the whole door over a core on the memory engine, with a clock that
// stands still and random numbers that count.
type house struct {
	*testing.T
	svc      *core.Core
	table    *api.Table
	apps     *chat.Apps
	store    chat.Store
	registry *prometheus.Registry
	url      string

	mu     sync.Mutex
	now    time.Time
	random uint32
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) count() uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.random++
	return h.random
}

// open builds a house; change may alter the door's options.
func open(t *testing.T, change func(*Options)) *house {
	t.Helper()
	return openOn(t, func(s chat.Store) chat.Store { return s }, change)
}

// openOn is open on an engine that wraps the memory engine.
func openOn(t *testing.T, wrap func(chat.Store) chat.Store, change func(*Options)) *house {
	t.Helper()
	return openWith(t, wrap, nil, change)
}

// openLogged is open with a log of the core.
func openLogged(t *testing.T, log *slog.Logger) *house {
	t.Helper()
	return openWith(t, func(s chat.Store) chat.Store { return s }, log, nil)
}

func openWith(t *testing.T, wrap func(chat.Store) chat.Store, log *slog.Logger, change func(*Options)) *house {
	t.Helper()
	return openCore(t, wrap, log, change, nil)
}

// openIndexed is open with messages, users and groups that are found.
func openIndexed(t *testing.T) *house {
	t.Helper()
	return openCore(t, func(s chat.Store) chat.Store { return s }, nil, nil, searchtest.New())
}

func openCore(t *testing.T, wrap func(chat.Store) chat.Store, log *slog.Logger, change func(*Options), shelf search.Shelf) *house {
	t.Helper()
	h := &house{T: t, apps: &chat.Apps{}, now: time.Unix(1_700_000_000, 0), registry: prometheus.NewRegistry()}
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{admin}, Keys: []chat.Key{{ID: "k", Secret: "secret"}}, Limits: chat.Limits{CommandRate: -1, GroupRate: -1}})
	h.apps.Set(chat.App{ID: app + 1, Disabled: true})
	h.store = wrap(memory.New(memory.Options{Now: h.clock}))
	h.svc = core.New(core.Options{
		Store: h.store, Apps: h.apps, Now: h.clock, Random: h.count, Log: log, HistoryDir: t.TempDir(),
		Media:       core.Media{Store: &mediatest.Store{Any: []byte(mediatest.Picture)}, Addresses: mediatest.Addresses(h.clock), Pace: -1},
		SearchShelf: shelf,
	})
	h.table = commands.New(h.svc)
	o := Options{Core: h.svc, Table: h.table, Tickets: tickets{h.clock}, Registry: h.registry, Now: h.clock, Wait: func(context.Context, time.Duration) {}}
	if change != nil {
		change(&o)
	}
	server := httptest.NewServer(New(o))
	h.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := h.svc.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := h.store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return h
}

// settings changes the app.
func (h *house) settings(change func(*chat.App)) {
	a := *h.apps.App(app)
	change(&a)
	h.apps.Set(a)
}

// query is a good caller's.
func query() url.Values {
	return url.Values{
		"sdkappid": {"1400000001"}, "identifier": {string(admin)}, "usersig": {"good"},
		"random": {"99999999"}, "contenttype": {"json"},
	}
}

// answer is an envelope with what came in it.
type answer struct {
	ActionStatus string
	ErrorCode    chat.Code
	ErrorInfo    string
	text         []byte
}

// into reads the members of the answer.
func (h *house) into(a answer, v any) {
	h.Helper()
	if err := json.Unmarshal(a.text, v); err != nil {
		h.Fatalf("%s: %v", a.text, err)
	}
}

// post sends a request as it is.
func (h *house) post(path string, q url.Values, body string) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodPost, h.url+path+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	r.Host = "teahouse" // goldens have it, in place of a port
	return h.do(r)
}

func (h *house) do(r *http.Request) answer {
	h.Helper()
	resp, text := fetch(h.T, r)
	if resp.StatusCode != http.StatusOK {
		h.Errorf("%s: status %s, want 200", r.URL.Path, resp.Status)
	}
	a := answer{text: text}
	h.into(a, &a)
	if want := map[bool]string{true: "OK", false: "FAIL"}[a.ErrorCode == 0]; a.ActionStatus != want && a.ActionStatus != "SomeError" && !strings.Contains(r.URL.Path, config) {
		h.Errorf("%s: status %q beside code %d", r.URL.Path, a.ActionStatus, a.ErrorCode)
	}
	return a
}

// fetch sends a request and reads the whole response.
func fetch(t *testing.T, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp, text
}

// call is the administrator's call of a command.
func (h *house) call(command, body string) answer {
	h.Helper()
	return h.post("/v4/"+command, query(), body)
}

// ok is a call that has to succeed.
func (h *house) ok(command, body string) answer {
	h.Helper()
	a := h.call(command, body)
	if a.ErrorCode != 0 {
		h.Fatalf("%s %s: %s", command, body, a.text)
	}
	return a
}

// users registers accounts.
func (h *house) users(list ...string) {
	h.Helper()
	for _, u := range list {
		h.ok("im_open_login_svc/account_import", `{"UserID":"`+u+`"}`)
	}
}
