package main

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// Who starts a server is told what is shown once, and what is to be done first.
func TestWelcome(t *testing.T) {
	const (
		token = `server token \S+, for /metrics.*\n`
		link  = `nobody is an operator yet: .* http://127\.0\.0\.1:\d+/console/#/link/[\w-]{43}\n`
		noApp = `there is no app yet, so nobody can log in: make the first in the console, http://127\.0\.0\.1:\d+/console/\n`
	)
	data := filepath.Join(t.TempDir(), "data")
	for _, c := range []struct {
		what string
		apps []chat.App
		want string
	}{
		{"a new folder", nil, token + link + noApp},
		{"the second start", nil, link + noApp},
		{"an app", []chat.App{server.NewApp(77, "declared")}, link},
	} {
		a, err := server.Start(t.Context(), server.Options{Data: data, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", Apps: c.apps})
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if got := welcome(a); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
			t.Errorf("%s: %s", c.what, got)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
