package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/sampled"
)

// with is a good query with one value changed; "-" removes it.
func with(name, value string) url.Values {
	q := query()
	q.Set(name, value)
	if value == "-" {
		q.Del(name)
	}
	return q
}

func TestOrderOfChecks(t *testing.T) {
	h := open(t, nil)
	h.users("ann")
	const check = "/v4/im_open_login_svc/account_check"
	for _, c := range []struct {
		what, path string
		query      url.Values
		body       string
		want       chat.Code
	}{
		{"no app, and everything else wrong too", "/v4/no/such", url.Values{}, "", 60012},
		{"an app that is no number", "/v4/no/such", with("sdkappid", "x"), "", 60006},
		{"an app beyond 32 bits", check, with("sdkappid", "4294967296"), "{}", 60006},
		{"an app nobody knows", "/v4/no/such", with("sdkappid", "7"), "", 60006},
		{"an app that is switched off", check, with("sdkappid", "1400000002"), "{}", 60016},
		{"nobody", "/v4/no/such", with("identifier", "-"), "", 60004},
		{"no ticket", "/v4/no/such", with("usersig", "-"), "", 70002},
		{"a bad ticket", "/v4/no/such", with("usersig", "rubbish"), "", 70003},
		{"no administrator", "/v4/no/such", with("identifier", "ann"), "", 60010},
		{"no such service", "/v4/no/such", query(), "", 60009},
		{"no such command", "/v4/openim/nothing", query(), "", 60009},
		{"no such command of the group service", "/v4/group_open_http_svc/nothing", query(), "", 10003},
		{"no command", "/v4/openim/", query(), "{}", 60009},
		{"no service", "/v4/", query(), "{}", 60009},
		{"another case", "/v4/im_open_login_svc/Account_Check", query(), "{}", 60009},
		{"a method without a command", "/v4/", query(), "{}", 60009},
		{"an empty body", check, query(), "", 60003},
		{"no JSON", check, query(), "x=1", 60003},
		{"an array", check, query(), "[]", 60003},
		{"no UTF-8", check, query(), "{\"CheckItem\":\"\xff\"}", 60003},
		{"more than one value", check, query(), "{}{}", 60003},
		{"a missing member", check, query(), "{}", 70402},
		{"a slash behind", check + "/", query(), `{"CheckItem":[{"UserID":"ann"}]}`, 0},
		{"blanks behind", check + "%20%20", query(), `{"CheckItem":[{"UserID":"ann"}]}`, 0},
		{"no random", check, with("random", "-"), `{"CheckItem":[{"UserID":"ann"}]}`, 0},
		{"unknown members", check, query(), `{"CheckItem":[{"UserID":"ann","X":[]}],"Y":{"z":1}}`, 0},
		{"a body that is too long", check, query(), `{"x":"` + strings.Repeat("x", DefaultMaxBody) + `"}`, 93000},
	} {
		if a := h.post(c.path, c.query, c.body); a.ErrorCode != c.want {
			t.Errorf("%s: %.200s, want %d", c.what, a.text, c.want)
		}
	}
	if a := h.post(check, url.Values{"sdkappid": {"1400000001"}, "%zz": nil}, "{}"); a.ErrorCode != 60004 {
		t.Errorf("an escaped name is a name: %s", a.text)
	}
	r, _ := http.NewRequest(http.MethodPost, h.url+check+"?sdkappid=%zz", strings.NewReader("{}"))
	if a := h.do(r); a.ErrorCode != 60002 {
		t.Errorf("a broken escape: %s", a.text)
	}
}

func TestRevokedTicketIsRefused(t *testing.T) {
	h := open(t, nil)
	h.users(string(admin))
	h.ok("im_open_login_svc/kick", `{"UserID":"`+string(admin)+`"}`)
	if a := h.post("/v4/im_open_login_svc/account_check", with("usersig", "old"), "{}"); a.ErrorCode != 70052 {
		t.Errorf("got %s, want 70052", a.text)
	}
	if a := h.call("im_open_login_svc/account_check", "{}"); a.ErrorCode != 70052 {
		t.Errorf("a ticket of the same second: %s, want 70052", a.text)
	}
	h.wait(time.Second)
	if a := h.call("im_open_login_svc/account_check", "{}"); a.ErrorCode != 70402 {
		t.Errorf("a new ticket: %s", a.text)
	}
}

func TestHTTPMethodsAndHeaders(t *testing.T) {
	h := open(t, nil)
	r, _ := http.NewRequest(http.MethodGet, h.url+"/v4/openim/sendmsg?"+query().Encode(), nil)
	if a := h.do(r); a.ErrorCode != 60002 {
		t.Errorf("GET: %s", a.text)
	}
	r, _ = http.NewRequest(http.MethodOptions, h.url+"/v4/openim/sendmsg", nil)
	resp, _ := fetch(t, r)
	if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS: %s %v", resp.Status, resp.Header)
	}
	r, _ = http.NewRequest(http.MethodPost, h.url+"/v4/x/y", strings.NewReader("{}"))
	resp, _ = fetch(t, r)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "X-Requested-With",
		"Access-Control-Allow-Methods": "POST", "Content-Type": "application/json; charset=utf-8",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestRateLimits(t *testing.T) {
	h := open(t, nil)
	h.settings(func(a *chat.App) { a.Limits.CommandRate = 0 }) // the default
	refused := func(command string, calls int) int {
		n := 0
		for range calls {
			if h.call(command, "{}").ErrorCode == 60007 {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		command     string
		calls, want int
	}{
		{"im_open_login_svc/account_check", 110, 10},
		{"group_open_http_svc/get_appid_group_list", 15, 5},
		{"openim/admin_msgwithdraw", 210, 10},
	} {
		if got := refused(c.command, c.calls); got != c.want {
			t.Errorf("%s: %d of %d refused, want %d", c.command, got, c.calls, c.want)
		}
	}
	h.wait(time.Second)
	if got := refused("im_open_login_svc/account_check", 100); got != 0 {
		t.Errorf("a second later %d are refused", got)
	}
	h.settings(func(a *chat.App) { a.Limits.CommandRate = 400 })
	if got := refused("im_open_login_svc/account_check", 210); got != 10 {
		t.Errorf("at twice the default %d of 210 are refused, want 10", got)
	}
	h.settings(func(a *chat.App) { a.Limits.CommandRate = -1 })
	if got := refused("im_open_login_svc/account_check", 500); got != 0 {
		t.Errorf("without limits %d are refused", got)
	}
}

func TestEveryCodeHasAnAnswer(t *testing.T) {
	var log bytes.Buffer
	d := &door{Options: Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}}
	now := time.Unix(0, 0)
	d.lines = sampled.New(d.Log, func() time.Time { return now })
	for _, code := range append(chat.Codes(), 10100, 120001, 99999) {
		o, ok := outcomes[code.Class()]
		if !ok || o.status != http.StatusOK {
			t.Errorf("%d of class %d has no answer", code, code.Class())
		}
		w := &recorder{header: http.Header{}}
		r, _ := http.NewRequest(http.MethodPost, "/v4/openim/sendmsg", nil)
		log.Reset()
		now = now.Add(time.Hour) // lines are sampled
		d.respond(&call{w: w, r: r}, nil, &chat.Error{Code: code, Msg: "why", Err: errors.New("secret")})
		var a answer
		(&house{T: t}).into(answer{text: w.body.Bytes()}, &a)
		if w.status != http.StatusOK || a.ErrorCode != code || a.ErrorInfo != "why" || a.ActionStatus != "FAIL" {
			t.Errorf("%d: %d %s", code, w.status, w.body.Bytes())
		}
		if strings.Contains(w.body.String(), "secret") || !strings.Contains(log.String(), "secret") {
			t.Errorf("%d: the inner cause is for the log alone: %s", code, w.body.Bytes())
		}
		if fault := strings.Contains(log.String(), "level=ERROR"); fault != (code.Class() == chat.Fault) {
			t.Errorf("%d is logged as %s", code, log.String())
		}
	}
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// faulty is an engine that fails at one thing.
type faulty struct {
	chat.Store
	panics bool
}

func (f faulty) Row(ctx context.Context, s chat.Shard, k chat.RowKind, key string) (*chat.Cell, error) {
	switch {
	case s.User() != "cursed":
		return f.Store.Row(ctx, s, k, key)
	case f.panics:
		panic("engine on fire")
	}
	return nil, errors.New("disk on fire")
}

func (f faulty) RowsOf(ctx context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	if f.panics {
		panic("engine on fire")
	}
	return f.Store.RowsOf(ctx, asks)
}

func TestFaultsAndPanicsHideTheirCause(t *testing.T) {
	for _, c := range []struct {
		what, command, body string
		panics              bool
		want                chat.Code
	}{
		{"a panic", "im_open_login_svc/account_check", `{"CheckItem":[{"UserID":"ann"}]}`, true, 91000},
		{"a panic on a lane", "im_open_login_svc/kick", `{"UserID":"cursed"}`, true, 70500},
		{"a fault", "im_open_login_svc/kick", `{"UserID":"cursed"}`, false, 70500},
	} {
		var log bytes.Buffer
		h := openOn(t, func(s chat.Store) chat.Store { return faulty{s, c.panics} }, func(o *Options) {
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		h.users("ann", "bob")
		a := h.call(c.command, c.body)
		if a.ErrorCode != c.want || strings.Contains(string(a.text), "fire") {
			t.Errorf("%s: %s, want %d", c.what, a.text, c.want)
		}
		if !strings.Contains(log.String(), "on fire") {
			t.Errorf("%s: the cause is not in the log: %s", c.what, log.String())
		}
	}
}

func TestOperatorPages(t *testing.T) {
	notReady := errors.New("still loading")
	var ready error = notReady
	h := open(t, func(o *Options) {
		o.Ready = func() error { return ready }
		o.OpenMetrics = true
		o.Version = map[string]string{"version": "1.2.3"}
	})
	h.users("ann")
	h.call("no/such", "{}")
	get := func(path string, status int, has string) {
		t.Helper()
		r, _ := http.NewRequest(http.MethodGet, h.url+path, nil)
		resp, text := fetch(t, r)
		if resp.StatusCode != status || !strings.Contains(string(text), has) {
			t.Errorf("%s: %s %.300s, want %d and %q", path, resp.Status, text, status, has)
		}
	}
	get("/livez", 200, "ok")
	get("/readyz", 503, "still loading")
	ready = nil
	get("/readyz", 200, "ok")
	get("/version", 200, `{"version":"1.2.3"}`)
	get("/metrics", 200, `teahouse_admin_requests_total{code="0",command="im_open_login_svc/account_import"} 1`)
	get("/metrics", 200, `teahouse_admin_requests_total{code="60009",command="unknown"} 1`)
	get("/metrics", 200, `teahouse_admin_request_duration_seconds_count{command="unknown"} 1`)
	get("/debug/pprof/", 404, "")
	get("/", 404, "")
	h = open(t, func(o *Options) { o.Pprof, o.OpenMetrics = true, true })
	get("/debug/pprof/", 200, "goroutine")
}

// What shows the inside of the server is for who has the server token, or on a
// listener of its own.
func TestInsideNeedsToken(t *testing.T) {
	status := func(h http.Handler, path, authorization string) int {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "127.0.0.1"
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	registry := prometheus.NewRegistry()
	locked := New(Options{Token: func() string { return "secret" }, Pprof: true, Registry: registry})
	shut := New(Options{Pprof: true})
	own := Inside(Options{Registry: registry, Pprof: true})
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap"} {
		for authorization, want := range map[string]int{
			"": 401, "Bearer": 401, "Bearer ": 401, "Bearer secre": 401, "Bearer secret2": 401, "Basic secret": 401, "secret": 401, "Bearer secret": 200,
		} {
			if got := status(locked, path, authorization); got != want {
				t.Errorf("%s with %q: %d, want %d", path, authorization, got, want)
			}
		}
		if got := status(shut, path, "Bearer "); got != 404 {
			t.Errorf("%s without a token to ask for: %d, want 404", path, got)
		}
		if got := status(own, path, ""); got != 200 {
			t.Errorf("%s on a listener of its own: %d", path, got)
		}
	}
	if got := status(own, "/v4/openim/sendmsg", ""); got != 404 {
		t.Errorf("commands on the listener for metrics: %d", got)
	}
	if got := status(locked, "/livez", ""); got != 200 {
		t.Errorf("/livez: %d", got)
	}
}

// However the slashes of an address are doubled, the answer is 200 with an
// envelope, never a redirect (spec/02 §1, §2).
func TestDoubledSlashes(t *testing.T) {
	h := open(t, nil)
	noRedirect := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]chat.Code{
		"/v4/im_open_login_svc/account_check":         0,
		"//v4/im_open_login_svc/account_check":        0,
		"/v4//im_open_login_svc/account_check":        0,
		"/v4/im_open_login_svc//account_check":        0,
		"///v4//im_open_login_svc///account_check//":  0,
		"/v4/im_open_login_svc/account_check/":        0,
		"/v4/im_open_login_svc/account_check%20":      0,
		"//v4/im_open_login_svc/nothing":              chat.CodeUnknownCommand,
		"/v4/im_open_login_svc/../openim/sendmsg":     chat.CodeUnknownCommand,
		"/v4/./im_open_login_svc/account_check":       chat.CodeUnknownCommand,
		"/v4/im_open_login_svc/account_check/account": chat.CodeUnknownCommand,
		"/v4":                               chat.CodeUnknownCommand,
		"//v4":                              chat.CodeUnknownCommand,
		"/v4/":                              chat.CodeUnknownCommand,
		"/v4//group_open_http_svc//nothing": chat.CodeGroupUnknown,
	} {
		r, err := http.NewRequest(http.MethodPost, h.url+path+"?"+query().Encode(), strings.NewReader(`{"CheckItem":[{"UserID":"ann"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := noRedirect.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := errors.Join(json.NewDecoder(resp.Body).Decode(&a), resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK || a.ErrorCode != want {
			t.Errorf("%s: %s, code %d, %v; want 200 with code %d", path, resp.Status, a.ErrorCode, err, want)
		}
	}
}
