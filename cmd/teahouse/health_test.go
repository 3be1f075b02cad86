package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// A server is asked over TLS with a CA of one's own, by its socket, and as its configuration says.
func TestHealth(t *testing.T) {
	r := startRemote(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(r.url, "https://"))
	conf := filepath.Join(t.TempDir(), "teahouse.yaml")
	keep(t, conf, []byte("data: "+r.data+"\nlisten: {admin: ':"+port+"'}\nadmin: {tls: true}\ntls: {cert: "+r.ca+", key: "+filepath.Join(filepath.Dir(r.ca), "key.pem")+"}\n"))
	closed := filepath.Join(t.TempDir(), "closed.yaml")
	keep(t, closed, []byte("data: "+r.data+"\nlisten: {admin: 'off'}\n"))
	socket := "unix:" + filepath.Join(r.data, server.SocketFile)
	for what, c := range map[string]struct {
		command healthCommand
		want    string // of the fault; "": ready
	}{
		"a CA":                      {healthCommand{Address: r.url, CA: r.ca}, ""},
		"a name":                    {healthCommand{Address: r.url, CA: r.ca, ServerName: "im.example.com"}, ""},
		"another name":              {healthCommand{Address: r.url, CA: r.ca, ServerName: "x.example.com"}, "is for another name"},
		"no CA":                     {healthCommand{Address: r.url}, "with --ca"},
		"no TLS":                    {healthCommand{Address: strings.TrimPrefix(r.url, "https://")}, "not ready: 400"},
		"the socket":                {healthCommand{Address: socket}, ""},
		"its configuration":         {healthCommand{Config: conf}, ""},
		"with a CA":                 {healthCommand{Config: conf, CA: r.ca, ServerName: "im.example.com"}, ""},
		"without an admin listener": {healthCommand{Config: closed}, ""},
		"two addresses":             {healthCommand{Address: r.url, Config: conf}, "leave one of them out"},
		"nobody":                    {healthCommand{Address: "127.0.0.1:1"}, "no answer: http://127.0.0.1:1: nobody listens"},
	} {
		t.Run(what, func(t *testing.T) {
			c.command.Timeout = patience
			if c.want == "" {
				if got := printed(t, c.command.Run); got != "ready\n" {
					t.Errorf("printed %q", got)
				}
				return
			}
			if err := c.command.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// A server that hangs does not hang who asks.
func TestHealthOfAServerThatHangs(t *testing.T) {
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	err = healthCommand{Address: "unix:" + ln.Addr().String(), Timeout: 50 * time.Millisecond}.Run()
	if err == nil || !strings.Contains(err.Error(), "no answer in time") {
		t.Error(err)
	}
	if _, err := os.Stat(ln.Addr().String()); err != nil {
		t.Error(err)
	}
}
