package server

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/badger"
)

func TestDataFolderIsKeptAndExclusive(t *testing.T) {
	o := devOptions(t)
	o.Dev.Apps = 3
	a := start(t, o)
	first := a.Ready()
	if len(first.Apps) != 3 || first.Apps[0].Key == first.Apps[1].Key || first.SDKAppID != FirstDevApp {
		t.Fatalf("got %+v", first)
	}
	if _, err := Start(t.Context(), o); !errors.Is(err, badger.ErrInUse) {
		t.Errorf("a second server on the folder: %v", err)
	}
	stop(t, a)
	stop(t, a) // closing twice does nothing

	again := start(t, o).Ready()
	if again.Key != first.Key || again.Apps[2] != first.Apps[2] {
		t.Errorf("after a restart the apps are %+v, were %+v", again.Apps, first.Apps)
	}
}

func TestBusyPortErrorNamesFlag(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for flag, set := range map[string]func(*Options, string){
		"--listen-mqtt":  func(o *Options, at string) { o.MQTT = at },
		"--listen-ws":    func(o *Options, at string) { o.WS = at },
		"--listen-admin": func(o *Options, at string) { o.Admin = at },
	} {
		o := devOptions(t)
		set(&o, busy.Addr().String())
		_, err := Start(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), flag) || !strings.Contains(err.Error(), busy.Addr().String()) {
			t.Errorf("%s: got %v", flag, err)
		}
	}
}

// Without an app and without a console nobody could ever log in.
func TestStartNeedsAnAppOrConsole(t *testing.T) {
	o := devOptions(t)
	o.Dev, o.Admin = nil, ""
	if _, err := Start(t.Context(), o); !errors.Is(err, ErrNoApp) {
		t.Errorf("got %v", err)
	}
}

// The first app is made in the console, and its users are let in at once.
func TestFirstAppIsMadeInConsole(t *testing.T) {
	o := devOptions(t)
	o.Dev = nil
	var log journal
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	a := start(t, o)
	if !a.NoApp() || a.Ready().Console == "" || a.FirstLink() == "" || !strings.Contains(log.String(), "no app yet") {
		t.Fatalf("no app: %v, console %q, link %q, log %s", a.NoApp(), a.Ready().Console, a.FirstLink(), &log)
	}
	if status, text := get(t, a.Ready().Admin+"/readyz"); status != http.StatusOK {
		t.Errorf("not ready without an app: %d %s", status, text)
	}
	at := "tcp://" + a.Ready().MQTT
	if _, err := connect(t, at, FirstDevApp, NewKey(), "dora", nil); err == nil {
		t.Error("a user of no app is let in")
	}
	_, token, _ := strings.Cut(a.FirstLink(), "/#/link/")
	h := &operators{App: a}
	ann := h.redeem(t, token, "ann")
	made := ask(t, a, asking{method: "POST", path: "apps", body: `{"name":"first"}`, cookie: ann.cookie.Name + "=" + ann.cookie.Value, csrf: ann.body.CSRF})
	var key struct {
		Key struct {
			Secret string `json:"secret"`
		} `json:"key"`
	}
	if err := json.Unmarshal([]byte(made.text), &key); err != nil || made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.text)
	}
	if _, err := connect(t, at, FirstDevApp, key.Key.Secret, "dora", nil); err != nil {
		t.Errorf("a user of the first app: %v", err)
	}
	if a.NoApp() {
		t.Error("an app was made, and is not known")
	}
}

// Declared apps win over stored ones; reading the configuration again changes
// keys at once.
func TestDeclaredAppsAndReload(t *testing.T) {
	o := devOptions(t)
	stop(t, start(t, o)) // leaves an app of the same number in the folder
	o.Dev = nil
	declared := NewApp(FirstDevApp, "declared")
	o.Apps = []chat.App{declared}
	a := start(t, o)
	if r := a.Ready(); r.Key != "" || r.Apps != nil {
		t.Errorf("serve tells keys: %+v", r)
	}
	at := "tcp://" + a.Ready().MQTT
	if _, err := connect(t, at, FirstDevApp, declared.Keys[0].Secret, "dora", nil); err != nil {
		t.Errorf("the declared key does not work: %v", err)
	}
	next := NewApp(FirstDevApp, "declared")
	if _, err := connect(t, at, FirstDevApp, next.Keys[0].Secret, "dora", nil); err == nil {
		t.Error("a key nobody knows works")
	}
	if err := a.Reload([]chat.App{next}); err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t, at, FirstDevApp, next.Keys[0].Secret, "dora", nil); err != nil {
		t.Errorf("after the reload the new key does not work: %v", err)
	}
}

func TestReadiness(t *testing.T) {
	a := start(t, devOptions(t))
	if status, text := get(t, a.Ready().Admin+"/readyz"); status != http.StatusOK {
		t.Errorf("open: %d %s", status, text)
	}
	full := errors.New("the disk is full")
	refuses := a.refuses
	a.refuses = func() error { return full }
	if status, text := get(t, a.Ready().Admin+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, full.Error()) {
		t.Errorf("no writes: %d %s", status, text)
	}
	a.refuses = refuses
	a.open.Store(false) // as Close does first
	if status, text := get(t, a.Ready().Admin+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("closing: %d %s", status, text)
	}
	if status, _ := get(t, a.Ready().Admin+"/livez"); status != http.StatusOK {
		t.Errorf("not alive while closing: %d", status)
	}
	if status, text := get(t, a.Ready().Admin+"/metrics"); status != http.StatusOK || !strings.Contains(text, "teahouse_") {
		t.Errorf("metrics: %d %.200s", status, text)
	}
}

func TestFailedStoreEndsProgram(t *testing.T) {
	a := start(t, devOptions(t))
	broken := errors.New("disk is gone")
	a.fail(broken)
	a.fail(broken) // every lane may say so
	select {
	case err := <-a.Failed():
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	case <-time.After(patience):
		t.Error("nobody was told")
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return answer.StatusCode, string(text)
}
