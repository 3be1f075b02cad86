package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

const operatorPassword = "correct horse"

// asking is what a request of a browser, or of somebody who is none, is made of.
type asking struct {
	method, path, body string
	cookie             string // Name=value
	csrf               string
	header             map[string]string
	host               string
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	text   string
	body   struct {
		Error struct {
			Code  string `json:"code"`
			Retry int    `json:"retry_seconds"`
		} `json:"error"`
		Token string           `json:"token"`
		CSRF  string           `json:"csrf"`
		Role  string           `json:"role"`
		Items []map[string]any `json:"items"`
	}
	cookie *http.Cookie
}

// ask asks the operators' API.
func ask(t *testing.T, a *App, q asking) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), q.method, a.Ready().Admin+"/operator/v1/"+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.cookie != "" {
		r.Header.Set("Cookie", q.cookie)
	}
	if q.csrf != "" {
		r.Header.Set("X-CSRF-Token", q.csrf)
	}
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	r.Host = q.host
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := reply{status: resp.StatusCode, header: resp.Header, text: string(text)}
	_ = json.Unmarshal(text, &answer.body) // what is none is seen by who asks
	for _, c := range resp.Cookies() {
		answer.cookie = c
	}
	return answer
}

// operators is a server with an operator of each role.
type operators struct {
	*App
	token, data    string
	write, read    reply
	writeC, readC  string // cookies
	firstLinkToken string

	said *journal // what the process has logged
}

func newOperators(t *testing.T) *operators {
	t.Helper()
	o := devOptions(t)
	o.Dev, o.Apps = nil, append(o.Apps, NewApp(FirstDevApp, "declared"))
	h := &operators{data: o.Data, said: new(journal)}
	o.Log = slog.New(slog.NewJSONHandler(h.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.App = start(t, o)
	h.token = h.NewToken()
	_, h.firstLinkToken, _ = strings.Cut(h.FirstLink(), "/#/link/")
	h.write = h.redeem(t, h.firstLinkToken, "ann")
	h.writeC = h.write.cookie.Name + "=" + h.write.cookie.Value
	invited := ask(t, h.App, h.by("POST", "operators/invite", `{"role":"read"}`))
	h.read = h.redeem(t, invited.body.Token, "bob")
	h.readC = h.read.cookie.Name + "=" + h.read.cookie.Value
	return h
}

func (h *operators) redeem(t *testing.T, token, name string) reply {
	t.Helper()
	got := ask(t, h.App, asking{method: "POST", path: "links/redeem", body: `{"token":"` + token + `","name":"` + name + `","password":"` + operatorPassword + `"}`})
	if got.status != http.StatusOK || got.cookie == nil {
		t.Fatalf("%s is let in by a link: %d %s", name, got.status, got.text)
	}
	return got
}

// by is a request of the operator with role write.
func (h *operators) by(method, path, body string) asking {
	return asking{method: method, path: path, body: body, cookie: h.writeC, csrf: h.write.body.CSRF}
}

// Requests that are refused, each with the code of the answer.
func TestOperatorsAttacks(t *testing.T) {
	h := newOperators(t)
	const change = "apps/1400000001/users/alice/kick"
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": token} }
	for _, c := range []struct {
		what string
		asking
		want string
	}{
		{"nobody reads", asking{method: "GET", path: "apps"}, "unauthenticated"},
		{"nobody writes", asking{method: "POST", path: change}, "unauthenticated"},
		{"a cookie that is none of ours", asking{method: "GET", path: "apps", cookie: "teahouse=x"}, "unauthenticated"},
		{"a cookie twice: one was put there by another page", asking{method: "GET", path: "apps", cookie: h.writeC + "; teahouse=x"}, "unauthenticated"},
		{"the cookie of a connection without TLS, over TLS", asking{method: "GET", path: "apps", cookie: h.writeC, header: map[string]string{"X-Forwarded-Proto": "https"}}, "unauthenticated"},
		{"a change without a CSRF token", asking{method: "POST", path: change, cookie: h.writeC}, "csrf"},
		{"a change with a wrong one", asking{method: "POST", path: change, cookie: h.writeC, csrf: "x"}, "csrf"},
		{"a change with that of another session", asking{method: "POST", path: change, cookie: h.writeC, csrf: h.read.body.CSRF}, "csrf"},
		{"logging out without a CSRF token", asking{method: "POST", path: "logout", cookie: h.writeC}, "csrf"},
		{"a change from another site", asking{method: "POST", path: change, cookie: h.writeC, csrf: h.write.body.CSRF, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, "foreign_origin"},
		{"a change from a sibling host", asking{method: "POST", path: change, cookie: h.writeC, csrf: h.write.body.CSRF, header: map[string]string{"Sec-Fetch-Site": "same-site"}}, "foreign_origin"},
		{"a change from another origin", asking{method: "POST", path: change, cookie: h.writeC, csrf: h.write.body.CSRF, header: map[string]string{"Origin": "http://evil.example"}}, "foreign_origin"},
		{"a change from a frame without an origin", asking{method: "POST", path: change, cookie: h.writeC, csrf: h.write.body.CSRF, header: map[string]string{"Origin": "null"}}, "foreign_origin"},
		{"a login from another origin", asking{method: "POST", path: "login", body: `{}`, header: map[string]string{"Origin": "http://evil.example"}}, "foreign_origin"},
		{"a body as a form sends it", asking{method: "POST", path: "login", body: `{}`, header: map[string]string{"Content-Type": "text/plain"}}, "not_json"},
		{"a GET that changes", asking{method: "GET", path: change, cookie: h.writeC}, "method"},
		{"a method in a header", asking{method: "GET", path: "operators/bob", cookie: h.writeC, header: map[string]string{"X-HTTP-Method-Override": "DELETE"}}, "method"},
		{"a reader's change", asking{method: "POST", path: change, cookie: h.readC, csrf: h.read.body.CSRF}, "read_only"},
		{"a reader's new app", asking{method: "POST", path: "apps", body: `{"name":"x"}`, cookie: h.readC, csrf: h.read.body.CSRF}, "read_only"},
		{"a reader makes themselves a writer", asking{method: "PATCH", path: "operators/bob", body: `{"role":"write"}`, cookie: h.readC, csrf: h.read.body.CSRF}, "read_only"},
		{"a reader invites", asking{method: "POST", path: "operators/invite", body: `{"role":"write"}`, cookie: h.readC, csrf: h.read.body.CSRF}, "read_only"},
		{"a reader's backup", asking{method: "GET", path: "backup", cookie: h.readC}, "read_only"},
		{"a reader's backup without files", asking{method: "GET", path: "backup?media=no", cookie: h.readC, csrf: h.read.body.CSRF}, "read_only"},
		{"nobody's backup", asking{method: "GET", path: "backup"}, "unauthenticated"},
		{"a backup with half of the files", h.by("GET", "backup?media=half", ""), "bad_request"},
		{"a wrong server token", asking{method: "GET", path: "apps", header: bearer("Bearer x")}, "unauthenticated"},
		{"an empty server token", asking{method: "GET", path: "apps", header: bearer("Bearer ")}, "unauthenticated"},
		{"a server token with a cookie that is good", asking{method: "GET", path: "apps", cookie: h.writeC, header: bearer("Bearer x")}, "unauthenticated"},
		{"the server token in the address", asking{method: "GET", path: "apps?token=" + h.token}, "unauthenticated"},
		{"a used link", asking{method: "POST", path: "links/redeem", body: `{"token":"` + h.firstLinkToken + `","name":"eve","password":"` + operatorPassword + `"}`}, "link_gone"},
		{"a link that never was", asking{method: "POST", path: "links/check", body: `{"token":"x"}`}, "link_gone"},
		{"a member that is not known", h.by("POST", "operators/invite", `{"role":"read","admin":true}`), "bad_request"},
		{"two documents", h.by("POST", "operators/invite", `{"role":"read"}{}`), "bad_request"},
		{"a body without end", h.by("POST", "operators/invite", `{"name":"`+strings.Repeat("x", 70<<10)+`"}`), "too_large"},
		{"a name with a path", h.by("POST", "operators/invite", `{"role":"read","name":"../x"}`), "bad_request"},
		{"an app that is declared", h.by("PATCH", "apps/1400000001", `{"settings":{"name":"x"}}`), "declared"},
		{"an app that is none", h.by("GET", "apps/7", ""), "not_found"},
		{"an app that is no number", h.by("GET", "apps/..%2f..%2f", ""), "bad_request"},
		{"a path out of the door", h.by("GET", "..%2f..%2fmetrics", ""), "not_found"},
		{"a page too large", h.by("GET", "apps?limit=100000", ""), "bad_request"},
		{"top by what there is not", h.by("GET", "top?by=name", ""), "bad_request"},
		{"top of an app that there is not", h.by("GET", "top?app=5", ""), "not_found"},
		{"a cursor that is none", h.by("GET", "connections?cursor=x", ""), "bad_request"},
		{"one's own role", h.by("PATCH", "operators/ann", `{"role":"read"}`), "conflict"},
		{"the last writer", h.by("DELETE", "operators/ann", ""), "conflict"},
	} {
		got := ask(t, h.App, c.asking)
		if got.body.Error.Code != c.want {
			t.Errorf("%s: %d %s, want %s", c.what, got.status, got.text, c.want)
		}
		if got.status < 400 || got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: status %d, headers %v", c.what, got.status, got.header)
		}
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example"} { // a name that leads here
		if got := ask(t, h.App, asking{method: "GET", path: "session", cookie: h.writeC, host: host}); got.status != http.StatusMisdirectedRequest {
			t.Errorf("by the host %s: %d %s", host, got.status, got.text)
		}
	}
}

// What the roles, the token and the socket may do.
func TestOperatorsAreServed(t *testing.T) {
	h := newOperators(t)
	for _, c := range []struct {
		what string
		asking
	}{
		{"a reader reads", asking{method: "GET", path: "apps", cookie: h.readC}},
		{"a writer reads", asking{method: "GET", path: "apps", cookie: h.writeC}},
		{"from the address bar", asking{method: "GET", path: "session", cookie: h.readC, header: map[string]string{"Sec-Fetch-Site": "none"}}},
		{"a change from our own page", asking{method: "POST", path: "apps", body: `{"name":"x"}`, cookie: h.writeC, csrf: h.write.body.CSRF, header: map[string]string{"Sec-Fetch-Site": "same-origin"}}},
		{"a change by the server token", asking{method: "POST", path: "apps", body: `{"name":"y"}`, header: map[string]string{"Authorization": "Bearer " + h.token}}},
	} {
		if got := ask(t, h.App, c.asking); got.status >= 300 {
			t.Errorf("%s: %d %s", c.what, got.status, got.text)
		}
	}
	file := filepath.Join(h.data, SocketFile)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	through := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", file)
	}}}
	resp, err := through.Post("http://teahouse/operator/v1/apps", "application/json", bytes.NewReader([]byte(`{"name":"z"}`)))
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("through the socket: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	if resp, err = through.Get("http://teahouse/metrics"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("another page through the socket: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	if got := ask(t, h.App, asking{method: "GET", path: "apps", cookie: h.readC}); len(got.body.Items) != 4 {
		t.Errorf("%d apps, want the declared one and three that were made: %s", len(got.body.Items), got.text)
	}
}

func TestOperatorsCookies(t *testing.T) {
	h := newOperators(t)
	if c := h.write.cookie; c.Name != "teahouse" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || c.Domain != "" {
		t.Errorf("without TLS: %v", c)
	}
	body := `{"name":"ann","password":"` + operatorPassword + `"}`
	tls := map[string]string{"X-Forwarded-Proto": "https"}
	got := ask(t, h.App, asking{method: "POST", path: "login", body: body, header: tls})
	if c := got.cookie; c == nil || c.Name != "__Host-teahouse" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Fatalf("behind a proxy with TLS: %v", c)
	}
	if strings.Contains(got.text, got.cookie.Value) {
		t.Error("the answer shows the cookie to scripts")
	}
	// Each login has another session, and ends the one that it came with (fixation).
	fixed := "teahouse=" + h.write.cookie.Value
	again := ask(t, h.App, asking{method: "POST", path: "login", body: body, cookie: fixed})
	if again.cookie == nil || again.cookie.Value == h.write.cookie.Value {
		t.Fatalf("a login keeps the session of before: %s", again.text)
	}
	if old := ask(t, h.App, asking{method: "GET", path: "session", cookie: fixed}); old.status != http.StatusUnauthorized {
		t.Errorf("the session of before: %d", old.status)
	}
	mine := asking{method: "POST", path: "logout", cookie: "teahouse=" + again.cookie.Value, csrf: again.body.CSRF}
	if out := ask(t, h.App, mine); out.status != http.StatusOK || out.cookie == nil || out.cookie.MaxAge >= 0 {
		t.Errorf("logging out: %d %v", out.status, out.cookie)
	}
	if out := ask(t, h.App, asking{method: "GET", path: "session", cookie: mine.cookie}); out.status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", out.status)
	}
}

// A name that is known and one that is not are answered alike, and after a while not at all.
func TestOperatorsGuessing(t *testing.T) {
	h := newOperators(t)
	login := func(name string) (reply, time.Duration) {
		began := time.Now()
		got := ask(t, h.App, asking{method: "POST", path: "login", body: `{"name":"` + name + `","password":"wrong horse!"}`})
		return got, time.Since(began)
	}
	best := map[string]time.Duration{}
	limited := map[string]int{}
	for range 8 {
		for _, name := range []string{"ann", "nobody"} {
			got, took := login(name)
			if got.body.Error.Code != "wrong_login" {
				limited[name]++
				continue
			}
			if was, ok := best[name]; !ok || took < was {
				best[name] = took
			}
		}
	}
	if a, b := best["ann"], best["nobody"]; a > 3*b || b > 3*a {
		t.Errorf("a known name takes %s, an unknown one %s", a, b)
	}
	for range 10 {
		login("ann")
	}
	got, _ := login("ann")
	if got.status != http.StatusTooManyRequests || got.body.Error.Retry == 0 || got.header.Get("Retry-After") == "" {
		t.Errorf("after many: %d %s", got.status, got.text)
	}
	if got, _ = login("somebody"); got.status != http.StatusTooManyRequests {
		t.Errorf("another name from the same address: %d %s", got.status, got.text)
	}
	if got := ask(t, h.App, h.by("GET", "audit?action=session.login&limit=200", "")); len(got.body.Items) < 8 {
		t.Errorf("%d logins are in the log of operators", len(got.body.Items))
	}
}

// No secret is shown but once, where it is made, and none is in the log of operators or that of the
// process, also when it is used wrongly or in the wrong place.
func TestOperatorsSecretsStaySecret(t *testing.T) {
	h := newOperators(t)
	made := ask(t, h.App, h.by("POST", "apps", `{"name":"made"}`))
	var app struct {
		App struct {
			ID chat.AppID `json:"id"`
		} `json:"app"`
		Key struct {
			Secret string `json:"secret"`
		} `json:"key"`
	}
	if err := json.Unmarshal([]byte(made.text), &app); err != nil || app.Key.Secret == "" {
		t.Fatalf("%v: %s", err, made.text)
	}
	const hook = "hook-secret-1"
	patched := ask(t, h.App, h.by("PATCH", "apps/1400000002", `{"settings":{"webhook":{"url":"http://127.0.0.1:9/","token":"`+hook+`","events":["all"]}}}`))
	if patched.status != http.StatusOK {
		t.Fatalf("%d %s", patched.status, patched.text)
	}
	rotated := ask(t, h.App, h.by("POST", "apps/1400000002/keys", `{"overlap_seconds":60}`))
	invited := ask(t, h.App, h.by("POST", "operators/invite", `{"role":"read","name":"carol"}`))
	minted := ask(t, h.App, h.by("POST", "apps/1400000002/usersig", `{"user":"alice"}`))
	for what, got := range map[string]reply{"a rotation": rotated, "an invitation": invited, "a ticket": minted} {
		if got.status >= 300 {
			t.Errorf("%s: %d %s", what, got.status, got.text)
		}
	}
	var next, signed struct {
		Key struct {
			Secret string `json:"secret"`
		} `json:"key"`
		UserSig string `json:"usersig"`
	}
	if err := errors.Join(json.Unmarshal([]byte(rotated.text), &next), json.Unmarshal([]byte(minted.text), &signed)); err != nil {
		t.Fatal(err)
	}
	const wrong, newer = "wrong horse and no battery", "a newer horse"
	for _, q := range []asking{
		{method: "POST", path: "login", body: `{"name":"ann","password":"` + wrong + `"}`},
		{method: "POST", path: "login", body: `{"name":"` + wrong + `","password":"ann"}`}, // in the wrong field
		{method: "POST", path: "links/redeem", body: `{"token":"x","name":"` + wrong + `","password":"eve"}`},
		{method: "POST", path: "login", body: `{"name":"ann","password":"` + operatorPassword + `","more":1}`},
		{method: "POST", path: "links/redeem", body: `{"token":"` + h.firstLinkToken + `","name":"eve","password":"` + wrong + `"}`},
		{method: "GET", path: "apps", header: map[string]string{"Authorization": "Bearer " + h.token + wrong}},
		{method: "GET", path: "apps?token=" + h.token, cookie: "teahouse=" + wrong},
		h.by("POST", "password", `{"old":"`+wrong+`","new":"`+newer+`"}`),
		h.by("POST", "password", `{"old":"`+operatorPassword+`","new":"`+newer+`"}`),
		h.by("POST", "apps/1400000002/usersig/check", `{"usersig":"`+signed.UserSig+`","user":"bob"}`),
		h.by("PATCH", "apps/1400000002", `{"settings":{"webhook":{"url":"http://127.0.0.1:9/","token":["`+hook+`"]}}}`),
	} {
		ask(t, h.App, q)
	}
	if said := h.said.String(); !strings.Contains(said, "operator's login refused") {
		t.Errorf("the log of the process has not what it should: %s", said)
	}
	seen := patched.text + h.said.String()
	for _, path := range []string{"apps", "apps/1400000001", "apps/1400000002", "operators", "sessions", "audit?limit=200", "overview", "session"} {
		got := ask(t, h.App, h.by("GET", path, ""))
		if got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
		seen += got.text
	}
	for what, secret := range map[string]string{
		"a key": app.Key.Secret, "a key after a rotation": next.Key.Secret, "a ticket": signed.UserSig, "an invitation": invited.body.Token,
		"a wrong password": wrong, "a changed password": newer, "a declared key": h.opt.Apps[0].Keys[0].Secret, "a webhook's token": hook, "a password": operatorPassword,
		"a session": h.write.cookie.Value, "another's session": h.read.cookie.Value, "the server token": h.token, "a link": h.firstLinkToken, "a hash": "$argon2id$",
	} {
		if strings.Contains(seen, secret) {
			t.Errorf("%s is shown", what)
		}
	}
}

// Names that hold script are text wherever they come back.
func TestOperatorsAnswersAreNoPages(t *testing.T) {
	h := newOperators(t)
	got := ask(t, h.App, h.by("POST", "apps", `{"name":"<script>alert(1)</script>"}`))
	if got.status != http.StatusCreated || strings.Contains(got.text, "<script>") {
		t.Errorf("%d %s", got.status, got.text)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
		"Access-Control-Allow-Origin": "",
	} {
		if got := got.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Who is invited, disabled, or has ended a session sees it at the next request.
func TestOperatorsSessionsEndAtOnce(t *testing.T) {
	h := newOperators(t)
	session := asking{method: "GET", path: "session", cookie: h.readC}
	if got := ask(t, h.App, h.by("PATCH", "operators/bob", `{"disabled":true}`)); got.status != http.StatusOK {
		t.Fatal(got.text)
	}
	if got := ask(t, h.App, session); got.status != http.StatusUnauthorized {
		t.Errorf("a disabled operator: %d", got.status)
	}
	mine := ask(t, h.App, h.by("GET", "sessions", ""))
	if len(mine.body.Items) != 1 {
		t.Fatal(mine.text)
	}
	if got := ask(t, h.App, h.by("DELETE", "sessions/"+mine.body.Items[0]["id"].(string), "")); got.status != http.StatusOK {
		t.Fatal(got.text)
	}
	if got := ask(t, h.App, asking{method: "GET", path: "session", cookie: h.writeC}); got.status != http.StatusUnauthorized {
		t.Errorf("an ended session: %d", got.status)
	}
}

// The page of figures, left open, does not keep the session; who uses the console does.
func TestOperatorsPollsDoNotKeepASession(t *testing.T) {
	o := devOptions(t)
	var ahead atomic.Int64
	o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	o.Dev, o.Apps = nil, []chat.App{NewApp(FirstDevApp, "declared")}
	h := &operators{App: start(t, o)}
	_, token, _ := strings.Cut(h.FirstLink(), "/#/link/")
	in := h.redeem(t, token, "ann")
	cookie := in.cookie.Name + "=" + in.cookie.Value
	poll := asking{method: "GET", path: "overview", cookie: cookie, header: map[string]string{"X-Poll": "1"}}
	used := asking{method: "GET", path: "overview", cookie: cookie}
	for _, c := range []struct {
		what string
		asking
		after time.Duration
		want  int
	}{
		{"a poll", poll, 110 * time.Minute, http.StatusOK},
		{"somebody looks", used, 5 * time.Minute, http.StatusOK},
		{"a poll of later", poll, 119 * time.Minute, http.StatusOK},
		{"nobody has looked for two hours", poll, 2 * time.Minute, http.StatusUnauthorized},
	} {
		ahead.Add(int64(c.after))
		if got := ask(t, h.App, c.asking); got.status != c.want {
			t.Errorf("%s: %d %s", c.what, got.status, got.text)
		}
	}
}
