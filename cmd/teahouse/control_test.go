package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// printed is what a command prints.
func printed(t *testing.T, run func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stdout
	os.Stdout = w
	failed := run()
	os.Stdout = was
	_ = w.Close()
	text, err := io.ReadAll(r)
	if err != nil || failed != nil {
		t.Errorf("%v, %v", failed, err)
	}
	return string(text)
}

// The command line changes apps and operators of a server that runs.
func TestRunningServerIsChanged(t *testing.T) {
	at := target{folder: folder{Data: filepath.Join(t.TempDir(), "data")}}
	if err := (operatorList{at}).Run(); err == nil || !strings.Contains(err.Error(), "start it first") {
		t.Errorf("without a server: %v", err)
	}
	app, err := server.Start(context.Background(), server.Options{
		Data: at.Data, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", Apps: []chat.App{server.NewApp(77, "declared")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	for _, c := range []struct {
		what string
		run  func() error
		want string
	}{
		{"add", appAdd{target: at, Name: "made"}.Run, `(?m)^sdkappid +1400000001$\n^key +[0-9a-f]{64}$`},
		{"rotate", appRotate{target: at, SDKAppID: server.FirstDevApp, Overlap: 1e9}.Run, `(?m)^key +[0-9a-f]{64}$`},
		{"list", appList{at}.Run, `(?m)^77 +declared .*\n^1400000001 +made +first until`},
		{"link", operatorLink{target: at, Role: "read"}.Run, `^http://127\.0\.0\.1:\d+/console/#/link/[\w-]{43}\n$`},
		{"operators", operatorList{at}.Run, `^NAME +ROLE +STATE +SESSIONS +LAST LOGIN\n$`},
		{"sessions", operatorSessions{at}.Run, `^SESSION +OPERATOR`},
	} {
		if got := printed(t, c.run); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%s prints %q, want %s", c.what, got, c.want)
		}
	}
	if err := (operatorDisable{named{at, "eve"}}).Run(); err == nil || !strings.Contains(err.Error(), "no such operator") {
		t.Errorf("nobody is disabled: %v", err)
	}
	if err := (appRotate{target: at, SDKAppID: 77}).Run(); err == nil || !strings.Contains(err.Error(), "configuration file") {
		t.Errorf("the key of a declared app: %v", err)
	}
}
