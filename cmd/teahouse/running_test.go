package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/ticket"
)

// house is a process with a server, a configuration file and a client.
type house struct {
	t     *testing.T
	at    target
	conf  string // the file
	key   string
	app   *server.App
	ended chan error
}

const houseApp = 1400000001

func openHouse(t *testing.T, more string) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{t: t, conf: filepath.Join(dir, "teahouse.yaml"), key: server.NewKey(), ended: make(chan error, 1)}
	h.at.Data = filepath.Join(dir, "data")
	h.write("info", more)
	c := serveCommand{Config: h.conf}
	conf, err := c.load()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	o, err := options(conf, log)
	if err != nil {
		t.Fatal(err)
	}
	level, err := server.NewLevel("info")
	if err != nil {
		t.Fatal(err)
	}
	files := reloading{command: c, level: level, first: conf}
	files.last.Store(&conf)
	o.Level, o.Reread = level, files.reread
	started := make(chan *server.App, 1)
	p := process{options: o, log: log, started: func(a *server.App) error { started <- a; return nil }}
	go func() { h.ended <- p.run() }()
	h.app = receive(t, started)
	t.Cleanup(func() {
		h.app.Ask()
		select {
		case <-h.ended:
		case <-time.After(patience):
			t.Error("the process does not end")
		}
	})
	return h
}

// write makes the configuration file.
func (h *house) write(level, more string) {
	h.t.Helper()
	keep(h.t, h.conf, []byte("data: "+h.at.Data+`
listen: {mqtt: "127.0.0.1:0", ws: "off", admin: "127.0.0.1:0"}
log: {level: `+level+`}
apps: {1400000001: {keys: {first: {secret: "`+h.key+`"}}, `+more+`}}
`))
}

// client logs bob in; lost gets a value when the connection ends.
func (h *house) client() (lost chan struct{}) {
	h.t.Helper()
	text, err := ticket.Mint(houseApp, "bob", h.key, time.Now(), time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	lost = make(chan struct{}, 1)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + h.app.Ready().MQTT).SetClientID("phone").SetUsername("bob").SetPassword(text).
		SetAutoReconnect(false).SetConnectionLostHandler(func(mqtt.Client, error) { lost <- struct{}{} }))
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		h.t.Fatalf("bob is not let in: %v", token.Error())
	}
	return lost
}

func (h *house) prints(what string, run func() error, want string) {
	h.t.Helper()
	if got := printed(h.t, run); !regexp.MustCompile(want).MatchString(got) {
		h.t.Errorf("%s prints %q, want %s", what, got, want)
	}
}

func (h *house) fails(what string, run func() error, want string) {
	h.t.Helper()
	if err := run(); err == nil || !strings.Contains(err.Error(), want) {
		h.t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// Connections are listed and closed, the log's level is changed, and what was done is in the log of
// operators.
func TestSessionsLogAndAudit(t *testing.T) {
	h := openHouse(t, "")
	lost := h.client()
	h.prints("list", sessionsList{target: h.at}.Run, `(?m)^1400000001 +bob +phone +\S+ +127\.0\.0\.1 +3\.1\.1 +20\d\d-`)
	h.prints("list of nobody", sessionsList{target: h.at, User: "ann"}.Run, `BEHIND IN\n$`)
	h.prints("list as JSON", sessionsList{target: h.at, App: houseApp, JSON: true}.Run, `^\{"app":1400000001,"user":"bob",.*\}\n$`)
	h.fails("another device", sessionsKick{target: h.at, App: houseApp, User: "bob", Device: "tablet"}.Run, "no such connection")
	h.prints("kick", sessionsKick{target: h.at, App: houseApp, User: "bob", Device: "phone"}.Run, `^closed 1\n$`)
	receive(t, lost)
	h.prints("level", logLevel{target: h.at}.Run, `^info\n$`)
	h.prints("change", logLevel{target: h.at, Level: "debug", For: 10 * time.Minute}.Run, `^debug until 20.*, then info\n$`)
	h.prints("change for good", logLevel{target: h.at, Level: "error"}.Run, `^error until the configuration is read again, which says info\n$`)
	h.fails("a time alone", logLevel{target: h.at, For: time.Minute}.Run, "belongs to a level")
	h.fails("a long time", logLevel{target: h.at, Level: "debug", For: 100 * time.Hour}.Run, "for_seconds: want 0 to 86400")
	h.prints("audit", operatorLog{target: h.at, Since: "1h"}.Run, `(?s)\(socket\) +socket\S* .*log.level +error .*log.level +debug +- +ok +for=10m0s.*user.kick +bob +1400000001 +ok +client=phone`)
	h.prints("audit of kicks", operatorLog{target: h.at, Since: "2020-01-01", Action: "user.", JSON: true}.Run, `^(\{"id":.*"action":"user.kick".*\}\n){2}$`)
	h.fails("no time", operatorLog{target: h.at, Since: "yesterday"}.Run, "want a time ago")
}

// Reading the configuration again says what was taken and what was not, and names a mistake.
func TestConfigReload(t *testing.T) {
	h := openHouse(t, "")
	reload := configReload{h.at}.Run
	h.prints("nothing", reload, `^nothing has changed\n$`)
	h.write("warn", "name: new")
	h.prints("changes", reload, `^taken: apps\.1400000001\.name\ntaken: log\.level\n$`)
	h.prints("level", logLevel{target: h.at}.Run, `^warn\n$`)
	h.write("warn", "name: new")
	text, err := os.ReadFile(h.conf)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, h.conf, append(text, "admin: {hosts: [im.example.com]}\nsearch: {enabled: false}\nhistory: {utc_offset: 'Z'}\n"...))
	h.prints("restart", reload, `^needs a restart: admin\.hosts\nneeds a restart: history\.utc_offset\nneeds a restart: search\.enabled\n$`)
	h.write("loud", "")
	h.fails("a mistake", reload, `log.level: "loud" is not known`)
	h.prints("level", logLevel{target: h.at}.Run, `^warn\n$`)
}

// A drain moves clients away and lets nobody in, until it is called off; or it ends the server.
func TestDrainFromTheCommandLine(t *testing.T) {
	h := openHouse(t, "")
	lost := h.client()
	h.prints("drain", drainCommand{target: h.at, Over: 0}.Run, `(?s)^nobody is let in any more; 1 are connected.*nobody is connected; end the server`)
	receive(t, lost)
	h.fails("health", healthCommand{Address: h.app.Ready().Admin, Timeout: patience}.Run, "not ready: 503 Service Unavailable: draining")
	h.prints("cancel", drainCommand{target: h.at, Cancel: true}.Run, `^clients are let in, 0 are connected\n$`)
	h.prints("health", healthCommand{Address: h.app.Ready().Admin, Timeout: patience}.Run, `^ready\n$`)
	lost = h.client()
	h.fails("both", drainCommand{target: h.at, Cancel: true, Stop: true}.Run, "opposites")
	h.prints("stop", drainCommand{target: h.at, Stop: true}.Run, `it has ended\n$`)
	receive(t, lost)
	err := receive(t, h.ended)
	if err != nil {
		t.Errorf("the process ends with %v", err)
	}
	h.ended <- err // for the end of the test
	h.fails("another", drainCommand{target: h.at}.Run, "start it first")
}

// A webhook is tried, and what was given up is shown and told again.
func TestWebhookFromTheCommandLine(t *testing.T) {
	status, answer := http.StatusOK, `{"ActionStatus":"OK"}`
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(receiver.Close)
	h := openHouse(t, "webhook: {url: '"+receiver.URL+"/im?x=hush', events: [all]}")
	try := webhookTest{target: h.at, App: houseApp}.Run
	h.prints("test", try, `^called +`+receiver.URL+`/im\nabout +State\.StateChange\ntook +\d+ ms\nstatus +200\nanswer +"\{.*OK.*"\nit answered well`)
	for _, c := range []struct {
		status int
		answer string
		want   string
	}{
		{http.StatusNotFound, "no", "only the status 200 counts, and it is 404"},
		{http.StatusFound, "", "is a redirection"},
		{http.StatusBadGateway, "", "the status 502 says that nobody is there"},
		{http.StatusOK, "<html>", "the answer is not JSON"},
	} {
		status, answer = c.status, c.answer
		h.fails(c.want, try, c.want)
	}
	receiver.Close()
	h.fails("nobody", try, "nobody listens at this address")
	h.prints("dead", deadList{target: h.at}.Run, `^APP +ID +COMMAND +TIME +ABOUT\n$`)
	h.prints("replay", webhookReplay{target: h.at, App: houseApp, All: true}.Run, `^1400000001: told again: 0\n$`)
	h.fails("one that there is not", webhookReplay{target: h.at, App: houseApp, ID: "x"}.Run, `no dead letter "x"`)
	h.fails("show", deadShow{target: h.at, App: houseApp, ID: "x"}.Run, `no dead letter "x"`)
	h.fails("neither", webhookReplay{target: h.at, App: houseApp}.Run, "name one event")
	h.fails("no app", webhookReplay{target: h.at, ID: "x"}.Run, "name the app")
	h.fails("an app that there is not", webhookTest{target: h.at, App: chat.AppID(5)}.Run, "there is no app 5")
}
