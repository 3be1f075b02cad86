//go:build e2e

package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/e2e/program"
	"github.com/teahouse-im/teahouse/origins"
)

// house is a server whose clock can be set, and that can be started again with the same
// folder and at the same addresses.
type house struct {
	*testing.T
	data  string
	ahead atomic.Int64 // nanoseconds
	app   *server.App
	mqtt  string // its address, the same after a restart
	ws    string
}

func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, data: t.TempDir(), mqtt: "127.0.0.1:0", ws: "127.0.0.1:0"}
	h.start()
	t.Cleanup(h.stop)
	return h
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

func (h *house) start() {
	h.Helper()
	var err error
	h.app, err = server.Start(context.Background(), server.Options{
		Data: h.data, MQTT: h.mqtt, WS: h.ws, Origins: origins.Any, Now: h.now,
		Dev: &server.Dev{Apps: 1}, Memory: server.FindMemory(0), Push: push.Options{Hold: -1},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.mqtt = h.app.Ready().MQTT
	h.ws = h.app.Ready().WS[len("ws://") : len(h.app.Ready().WS)-len("/mqtt")]
}

func (h *house) stop() {
	if err := h.app.Close(); err != nil {
		h.Error(err)
	}
}

func (h *house) restart() {
	h.Helper()
	h.stop()
	h.start()
}

// pass lets time pass.
func (h *house) pass(d time.Duration) { h.ahead.Add(int64(d)) }

// sig is a UserSig.
func (h *house) sig(u chat.UserID) string {
	r := h.app.Ready()
	return program.UserSig(program.App{ID: uint32(r.SDKAppID), Key: r.Key}, string(u), h.now(), 180*24*time.Hour)
}

// pages serves the pages of these tests, from another origin than the server's.
func pages(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("page")))
	mux.HandleFunc("/mqtt.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "../node_modules/mqtt/dist/mqtt.min.js")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// login has a page log in as a user, who writes to a peer.
func (h *house) login(p page, u, peer chat.UserID) {
	h.Helper()
	p.call("login", h.app.Ready().WS, string(u), h.sig(u), string(peer))
}
