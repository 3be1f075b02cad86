package server

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/operator"
)

// What operators do with the process takes role write, is refused in words when it is wrong, and is
// in the log of operators once.
func TestOperatorsLookAfterTheProcess(t *testing.T) {
	h := newOperators(t)
	var mistake error
	h.opt.Reread = func(*App) (operator.Reloaded, error) {
		return operator.Reloaded{Taken: []string{"log.level"}, Restart: []string{"data"}}, mistake
	}
	for _, c := range []struct {
		what, method, path, body string
		status                   int
		want                     string
	}{
		{"level", "GET", "log", "", 200, `{"level":"info","usual":"info","back_at":0}`},
		{"a level", "POST", "log", `{"level":"debug","for_seconds":60}`, 200, `"level":"debug","usual":"info","back_at":1`},
		{"a level that there is not", "POST", "log", `{"level":"loud"}`, 400, "want one of debug, info, warn, error"},
		{"a time before", "POST", "log", `{"level":"debug","for_seconds":-1}`, 400, "want 0 to 86400"},
		{"reload", "POST", "config/reload", "", 200, `{"taken":["log.level"],"restart":["data"]}`},
		{"drain", "POST", "drain", `{"over_seconds":1}`, 200, `{"on":true,`},
		{"a long drain", "POST", "drain", `{"over_seconds":3601}`, 400, "want 0 to 3600"},
		{"how far", "GET", "drain", "", 200, `"stop":false}`},
		{"overview", "GET", "overview", "", 200, `"ready":false,"why":"draining`},
		{"undrain", "DELETE", "drain", "", 200, `{"on":false,"since_at":0,"until_at":0,"clients":0,"done":false,"stop":false}`},
		{"ready", "GET", "overview", "", 200, `"ready":true,"why":""`},
	} {
		if got := ask(t, h.App, h.by(c.method, c.path, c.body)); got.status != c.status || !strings.Contains(got.text, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.what, got.status, got.text, c.status, c.want)
		}
		if c.method == "GET" {
			continue
		}
		read := asking{method: c.method, path: c.path, body: c.body, cookie: h.readC, csrf: h.read.body.CSRF}
		if got := ask(t, h.App, read); got.status != http.StatusForbidden || got.body.Error.Code != "read_only" {
			t.Errorf("%s with role read: %d %s", c.what, got.status, got.text)
		}
	}
	mistake = errors.New("teahouse.yaml:\nlisen: unknown key")
	if got := ask(t, h.App, h.by("POST", "config/reload", "")); got.status != http.StatusConflict || !strings.Contains(got.text, "lisen: unknown key") {
		t.Errorf("a mistake: %d %s", got.status, got.text)
	}
	var done []string
	for _, e := range ask(t, h.App, h.by("GET", "audit?actor=ann&limit=200", "")).body.Items {
		done = append(done, e["action"].(string)+" "+e["result"].(string)+" "+e["detail"].(string))
	}
	want := "config.reload conflict |server.undrain ok |server.drain bad_request |server.drain ok over=1s stop=false|" +
		"config.reload ok taken=log.level|log.level bad_request |log.level bad_request |log.level ok for=1m0s"
	if got := strings.Join(done, "|"); !strings.HasPrefix(got, want) {
		t.Errorf("the log of operators has %s, want %s", got, want)
	}
}
