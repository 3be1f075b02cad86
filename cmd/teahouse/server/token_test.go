package server

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve makes a server token at its first start and keeps it; metrics ask for it, but
// for a listener of their own.
func TestServerToken(t *testing.T) {
	o := devOptions(t)
	o.Dev, o.Apps, o.Metrics = nil, append(o.Apps, NewApp(FirstDevApp, "x")), "127.0.0.1:0"
	a, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	token := a.NewToken()
	file := filepath.Join(o.Data, tokenFile)
	kept, err := os.ReadFile(file)
	if err != nil || strings.TrimSpace(string(kept)) != token || len(token) < 26 {
		t.Errorf("kept %q, %v; shown %q", kept, err, token)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v", file, info.Mode(), err)
	}
	if status, _ := get(t, a.Ready().Admin+"/metrics"); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	if status, text := get(t, a.Ready().Metrics+"/metrics"); status != http.StatusOK || !strings.Contains(text, "teahouse_") {
		t.Errorf("on the listener for metrics: %d %.200s", status, text)
	}
	if status, _ := get(t, a.Ready().Metrics+"/livez"); status != http.StatusNotFound {
		t.Errorf("something else on the listener for metrics: %d", status)
	}
	stop(t, a)

	a = start(t, o)
	if got := a.NewToken(); got != "" {
		t.Errorf("shown again: %q", got)
	}
	r, err := http.NewRequest(http.MethodGet, a.Ready().Admin+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("with the token: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

// A start that fails makes no token: the next one shows it.
func TestFailedStartKeepsNoToken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := devOptions(t)
	o.Dev, o.Apps, o.Admin = nil, append(o.Apps, NewApp(FirstDevApp, "x")), taken.Addr().String()
	if a, err := Start(t.Context(), o); err == nil {
		stop(t, a)
		t.Fatal("started on a port that is taken")
	}
	if _, err := os.Stat(filepath.Join(o.Data, tokenFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the token file after a start that failed: %v", err)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if token := start(t, o).NewToken(); token == "" {
		t.Error("the first start that succeeds shows no token")
	}
}

// After a rotation the token of before opens nothing, and the new one does, over a restart too.
func TestServerTokenIsRotated(t *testing.T) {
	h := newOperators(t)
	by := func(token, path string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.Ready().Admin+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	pages := []string{"/metrics", "/operator/v1/apps"}
	if got := ask(t, h.App, asking{method: "POST", path: "token/rotate", cookie: h.readC, csrf: h.read.body.CSRF}); got.body.Error.Code != "read_only" {
		t.Errorf("a reader rotates: %d %s", got.status, got.text)
	}
	made := ask(t, h.App, h.by("POST", "token/rotate", ""))
	if made.status != http.StatusCreated || len(made.body.Token) < 26 || made.body.Token == h.token {
		t.Fatalf("%d %s", made.status, made.text)
	}
	for _, page := range pages {
		if got := by(h.token, page); got != http.StatusUnauthorized {
			t.Errorf("%s by the token of before: %d", page, got)
		}
		if got := by(made.body.Token, page); got != http.StatusOK {
			t.Errorf("%s by the new token: %d", page, got)
		}
	}
	kept, err := os.ReadFile(filepath.Join(h.data, tokenFile))
	if err != nil || strings.TrimSpace(string(kept)) != made.body.Token {
		t.Errorf("kept %q, %v", kept, err)
	}
	if text := h.said.String(); strings.Contains(text, made.body.Token) {
		t.Error("the log has the token")
	}
	if got := ask(t, h.App, asking{method: "GET", path: "audit?action=token.", cookie: h.writeC}); strings.Contains(got.text, made.body.Token) || len(got.body.Items) != 2 {
		t.Errorf("the log of operators: %s", got.text)
	}
}
