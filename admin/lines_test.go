package admin

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
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
