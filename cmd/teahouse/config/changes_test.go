package config

import (
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// changed applies changes of the command line to an app.
func changed(t *testing.T, a *chat.App, set, unset []string) error {
	t.Helper()
	patch, err := Changes(set, unset)
	if err != nil {
		return err
	}
	text, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	return Patch(a, text)
}

// Settings are written as the keys of the file, and what was not named stays.
func TestChanges(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte("0123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set, unset []string
		want       func(*chat.App)
	}{
		{set: []string{"name=Eight", "retention=2h", "limits.group_rate=100"}, want: func(a *chat.App) {
			a.Name, a.Retention, a.Limits.GroupRate = "Eight", 2*time.Hour, 100
		}},
		{set: []string{"switches.friends_only=true", "switches.no_earlier_history=[Public, Work]"}, want: func(a *chat.App) {
			a.Switches.FriendsOnly, a.Switches.NoEarlierHistory = true, map[chat.GroupType]bool{chat.Work: true, chat.Public: true}
		}},
		{set: []string{"webhook.events=[C2C.CallbackBeforeSendMsg]", "webhook.token_file=" + file}, want: func(a *chat.App) {
			a.Webhook.Events, a.Webhook.Token = map[string]bool{"C2C.CallbackBeforeSendMsg": true}, "0123"
		}},
		{set: []string{"administrators=ann,bob"}, want: func(a *chat.App) { a.Admins = []chat.UserID{"ann", "bob"} }},
		{set: []string{"login.instances.iOS=3"}, want: func(a *chat.App) { a.Login.Instances[chat.PlatformIOS] = 3 }},
		{set: []string{"custom.group.room.read=[app]"}, want: func(a *chat.App) {
			f := a.Custom.Group["room"]
			f.Read = []chat.Level{chat.LevelApp}
			a.Custom.Group["room"] = f
		}},
		{set: []string{"custom.member.seat={read: [user], write: [self]}"}, want: func(a *chat.App) {
			a.Custom.Member = map[string]chat.FieldRights{"seat": {Read: []chat.Level{chat.LevelUser}, Write: []chat.Level{chat.LevelSelf}, Types: []chat.GroupType{}}}
		}},
		{unset: []string{"limits.message_bytes", "retention", "login.policy"}, want: func(a *chat.App) {
			a.Limits.MessageBytes, a.Retention, a.Login.Policy = 0, DefaultRetention, chat.LoginMulti
		}},
		{unset: []string{"limits"}, want: func(a *chat.App) { a.Limits = chat.Limits{} }},
		{unset: []string{"custom.group.room", "webhook.token_file"}, want: func(a *chat.App) {
			a.Custom.Group, a.Webhook.Token = nil, ""
		}},
	} {
		got, want := full(), full()
		if err := changed(t, &got, c.set, c.unset); err != nil {
			t.Errorf("%v %v: %v", c.set, c.unset, err)
			continue
		}
		if c.want(&want); !reflect.DeepEqual(got, want) {
			t.Errorf("%v %v:\ngot  %+v\nwant %+v", c.set, c.unset, got, want)
		}
	}
}

// What is wrong is named, and nothing has changed then.
func TestWrongChanges(t *testing.T) {
	for _, c := range []struct {
		set, unset []string
		want       string
	}{
		{set: []string{"limit.group_rate=5"}, want: "limit: unknown key, did you mean limits?"},
		{set: []string{"limits.grouprate=5"}, want: "limits.grouprate: unknown key, did you mean group_rate?"},
		{set: []string{"limits.group_rate=many"}, want: "limits.group_rate: is text that does not fit, want a whole number"},
		{set: []string{"name=Eight", "login.policy=dule"}, want: "want one of [multi single dual triple]"},
		{set: []string{"retention=1 week"}, want: "retention: is text that does not fit, want a time such as 90s, 15m or 168h"},
		{set: []string{"limits=5"}, want: "limits: is text that does not fit, want a section"},
		{set: []string{"name.first=x"}, want: "name: has no keys below it"},
		{set: []string{"keys.first.secret=x"}, want: "keys: is not changed here, a key is made by rotate"},
		{set: []string{"disabled=true"}, want: "disabled: is not changed here, use disable"},
		{set: []string{"webhook.token_file=/no/such/file"}, want: "webhook.token_file: open /no/such/file"},
		{set: []string{"jwt.jwks_file=/etc/passwd"}, want: "jwt.jwks_file: files of the server are not read here"},
		{set: []string{"hunter2"}, want: "want KEY=VALUE"},
		{set: []string{"administrators=[ann"}, want: "administrators: is no list"},
		{unset: []string{"limits.grouprate"}, want: "did you mean group_rate?"},
	} {
		app := full()
		err := changed(t, &app, c.set, c.unset)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v %v: %v, want %q", c.set, c.unset, err, c.want)
		}
		if !reflect.DeepEqual(app, full()) {
			t.Errorf("%v %v has changed the app", c.set, c.unset)
		}
	}
}

// What is shown of an app is a file that declares it, but for secrets.
func TestShownAppIsAFile(t *testing.T) {
	app := full()
	app.Push = chat.Push{}
	settings, err := ShowSettings(&app)
	if err != nil {
		t.Fatal(err)
	}
	keys := []ShownKey{{"b", time.Time{}}, {"a", app.Keys[1].NotAfter}}
	for _, all := range []bool{false, true} {
		text, err := ShowApp(7, settings, false, keys, all)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "secret-") || strings.Contains(text, "group_rate") != all {
			t.Errorf("all %t: %s", all, text)
		}
		conf, err := Parse([]byte(strings.ReplaceAll(text, hidden, strings.Repeat("s", 40))), nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		list, err := conf.Tenants()
		if err != nil {
			t.Fatal(err)
		}
		got, want := list[0], full()
		want.Push, want.Keys, got.Keys = chat.Push{}, nil, nil
		want.JWT.Secret, want.Webhook.Token = got.JWT.Secret, got.Webhook.Token
		if len(list) != 1 || !reflect.DeepEqual(got, want) {
			t.Errorf("all %t: got\n%+v\nwant\n%+v\nfrom\n%s", all, got, want, text)
		}
	}
}

// A certificate is given itself, stays when it is not named, and goes with null.
func TestCertificatesArePatched(t *testing.T) {
	app := full()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	server := httptest.NewTLSServer(nil)
	server.Close()
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(ca, append([]byte("# ours\n"), pem.EncodeToMemory(block)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := changed(t, &app, []string{"push.webhook.ca_file=" + ca}, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	if app.Push.Webhook.CA != strings.TrimSpace(string(text)) {
		t.Errorf("the certificate is %q", app.Push.Webhook.CA)
	}
	if err := changed(t, &app, []string{"push.webhook.url=https://localhost/other"}, nil); err != nil || app.Push.Webhook.CA == "" {
		t.Errorf("%v, %q", err, app.Push.Webhook.CA)
	}
	if err := changed(t, &app, nil, []string{"push.webhook.ca_file"}); err != nil || app.Push.Webhook.CA != "" {
		t.Errorf("%v, %q", err, app.Push.Webhook.CA)
	}
}
