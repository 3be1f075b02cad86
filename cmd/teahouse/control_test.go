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
		Data: at.Data, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", Apps: []chat.App{server.NewApp(77, "declared")}, ConfigFile: "teahouse.yaml",
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
		{"rotate", appRotate{of{at, server.FirstDevApp}, 1e9}.Run, `(?m)^key +[0-9a-f]{64}$`},
		{"list", appList{at}.Run, `(?m)^77 +declared .*declared in the configuration file\n^1400000001 +made +first until`},
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
	if err := (appRotate{of: of{at, 77}}).Run(); err == nil || !strings.Contains(err.Error(), "(teahouse.yaml), and SIGHUP") {
		t.Errorf("the key of a declared app: %v", err)
	}
}

// The same commands change an app of a server that runs, and of the folder of one that is stopped.
func TestAppIsAdministered(t *testing.T) {
	for _, runs := range []bool{true, false} {
		t.Run(map[bool]string{true: "running", false: "stopped"}[runs], func(t *testing.T) {
			at := target{folder: folder{Data: filepath.Join(t.TempDir(), "data")}}
			if runs {
				app, err := server.Start(t.Context(), server.Options{
					Data: at.Data, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", EraseGrace: 1,
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = app.Close() })
			}
			administer(t, at)
		})
	}
}

func administer(t *testing.T, at target) {
	t.Helper()
	this := of{at, server.FirstDevApp}
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	show := appShow{of: this}.Run
	for _, c := range []struct {
		what string
		run  func() error
		want string // of what is printed, or of the error
	}{
		{"add", appAdd{target: at, Name: "made"}.Run, `(?m)^sdkappid +1400000001$`},
		{"set", appSet{this, []string{
			"limits.group_rate=100", "switches.friends_only=true", "webhook.url=https://localhost/hook", "webhook.events=[C2C.CallbackBeforeSendMsg]",
			"webhook.token_file=" + token, "retention=48h", "administrators=[ann,bob]", "login.policy=single", "allow_type=NeedConfirm",
			"custom.group.room={read: [user], write: [owner]}", "name=Eight",
		}}.Run, `^$`},
		{"show", show, `(?s)^apps:\n    "1400000001":\n        name: Eight\n        keys:\n            first:\n                secret: \(secret\)\n        administrators:\n            - ann\n            - bob\n        webhook:\n            url: https://localhost/hook\n            token: \(secret\)\n            events:\n                - C2C.CallbackBeforeSendMsg\n        retention: 48h0m0s\n        limits:\n            group_rate: 100\n        switches:\n            friends_only: true\n        login:\n            policy: single\n        custom:\n            group:\n                room:.*allow_type: NeedConfirm\n$`},
		{"show all", appShow{this, true}.Run, `message_bytes: 0`},
		{"a wrong key", appSet{this, []string{"limits.grouprate=1"}}.Run, `did you mean group_rate`},
		{"a wrong value beside a good one", appSet{this, []string{"name=Nine", "login.policy=none"}}.Run, `want one of \[multi single dual triple\]`},
		{"unset", appUnset{this, []string{"limits", "custom.group.room", "webhook", "retention", "login.policy", "allow_type", "administrators"}}.Run, `^$`},
		{"show what is left", show, `^apps:\n    "1400000001":\n        name: Eight\n        keys:\n            first:\n                secret: \(secret\)\n        switches:\n            friends_only: true\n$`},
		{"disable", appDisable{this}.Run, `^$`},
		{"list disabled", appList{at}.Run, `(?m)^1400000001 +Eight +first +\[\] +off$`},
		{"enable", appEnable{this}.Run, `^$`},
		{"revoke the last", appRevoke{this, "first"}.Run, `the last key that does not end stays`},
		{"rotate", appRotate{this, 1e9}.Run, `(?m)^key +[0-9a-f]{64}$`},
		{"keys", appKeys{this}.Run, `(?m)^KEY +ENDS\nfirst +2\d.*\n\d+T\d+ +never\n$`},
		{"revoke", appRevoke{this, "first"}.Run, `^$`},
		{"revoke none", appRevoke{this, "first"}.Run, `the app has no key "first"`},
		{"push set", pushSet{this, "webhook", []string{"url=http://127.0.0.1:1/push", "token=hush"}}.Run, `^$`},
		{"push set anew", pushSet{this, "webhook", []string{"url=http://127.0.0.1:2/push"}}.Run, `^$`},
		{"push show", pushShow{this}.Run, `^webhook:\n    url: http://127.0.0.1:2/push\n$`},
		{"push check", pushCheck{of: this}.Run, `1 of 1 channels cannot be used`},
		{"push of no channel", pushRemove{this, "apple"}.Run, `is no channel, want one of`},
		{"push remove", pushRemove{this, "webhook"}.Run, `^$`},
		{"push check nothing", pushCheck{of: this}.Run, `there is no such channel`},
		{"no such app", appShow{of: of{at, 5}}.Run, `no.* app`},
		{"delete", appDelete{this, true}.Run, `app 1400000001 is deleted`},
	} {
		var failed error
		text := printed(t, func() error {
			failed = c.run()
			return nil
		})
		if failed != nil {
			text = failed.Error()
		}
		if !regexp.MustCompile(c.want).MatchString(text) || strings.Contains(text, "hush") {
			t.Errorf("%s: %q, want %s", c.what, text, c.want)
		}
	}
}

// An app that the file declares is shown, and changed there, while the server is stopped too.
func TestDeclaredAppIsChangedInItsFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "teahouse.yaml")
	text := "data: " + filepath.Join(dir, "data") + "\napps:\n  77:\n    name: declared\n    keys: {first: {secret: '" + strings.Repeat("a", 64) + "'}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at := target{folder: folder{Config: file}}
	printed(t, appAdd{target: at, SDKAppID: 78}.Run)
	if got := printed(t, appList{at}.Run); !strings.Contains(got, "77        declared") {
		t.Error(got)
	}
	for _, run := range []func() error{appSet{of{at, 77}, []string{"name=x"}}.Run, appDelete{of{at, 77}, true}.Run, appRotate{of: of{at, 77}}.Run} {
		if err := run(); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%v", err)
		}
	}
}
