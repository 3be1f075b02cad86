package admin

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/sampled"
)

// A refused login and a limit that bites are in the operator's log, sampled, and
// say who it was; a caller's other mistakes are not, nor is a ticket.
func TestOperatorLines(t *testing.T) {
	var log bytes.Buffer
	h := open(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	h.settings(func(a *chat.App) { a.Limits.CommandRate = 1 })
	bad := query()
	bad.Set("usersig", "hush")
	for range 20 {
		h.post("/v4/openim/sendmsg", bad, "{}")
	}
	for range 20 {
		h.call("im_open_login_svc/account_check", "{}")
	}
	for msg, want := range map[string]string{
		"login refused": `remote=127.0.0.1 path=/v4/openim/sendmsg app=1400000001 user=administrator code=70003`,
		"limit reached": `remote=127.0.0.1 path=/v4/im_open_login_svc/account_check app=1400000001 user=administrator code=60007`,
	} {
		line := "level=INFO msg=\"" + msg + "\" " + want
		if n := strings.Count(log.String(), line); n != 5 {
			t.Errorf("%d lines with %s, want 5", n, line)
		}
	}
	if text := log.String(); strings.Contains(text, "hush") || strings.Count(text, "\n") != 10 {
		t.Errorf("the log says:\n%s", text)
	}
}

// While the app's own server is away each message may be refused: that is a few lines, not
// one for each. A fault of ours is always a line.
func TestRefusedForAWhileIsSampled(t *testing.T) {
	var log bytes.Buffer
	d := &door{Options: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	d.lines = sampled.New(d.Log, func() time.Time { return time.Unix(0, 0) })
	r := httptest.NewRequest(http.MethodPost, "/v4/openim/sendmsg", nil)
	for range 20 {
		d.respond(&call{w: httptest.NewRecorder(), r: r}, nil, &chat.Error{Code: chat.CodeWebhookFailed})
		d.respond(&call{w: httptest.NewRecorder(), r: r}, nil, errors.New("disk on fire"))
	}
	if warnings, faults := strings.Count(log.String(), "level=WARN"), strings.Count(log.String(), "level=ERROR"); warnings != 5 || faults != 20 {
		t.Errorf("%d warnings, want 5; %d errors, want 20", warnings, faults)
	}
}

// What is too long is told how long it may be.
func TestTooLongNamesTheBound(t *testing.T) {
	h := open(t, func(o *Options) { o.MaxBody = 4000 })
	h.settings(func(a *chat.App) { a.Limits.MessageBytes = 100 })
	message := func(n int) string {
		return `"From_Account":"u1","MsgRandom":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("x", n) + `"}}]}`
	}
	for _, c := range []struct{ command, body, want string }{
		{"openim/sendmsg", `{"To_Account":"u2",` + message(200), `"ErrorCode":93000,"ErrorInfo":"message longer than 100 bytes`},
		{"openim/batchsendmsg", `{"To_Account":["u2"],` + message(200), `"ErrorCode":90055,"ErrorInfo":"message longer than 100 bytes`},
		{"openim/sendmsg", `{"To_Account":"u2",` + message(5000), `"ErrorCode":93000,"ErrorInfo":"the body is longer than 4000 bytes`},
	} {
		if got := h.call(c.command, c.body); !strings.Contains(string(got.text), c.want) {
			t.Errorf("%s: %s, want %s", c.command, got.text, c.want)
		}
	}
}
