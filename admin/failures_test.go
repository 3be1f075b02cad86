package admin

import (
	"context"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// Bad tickets in the administrator's name are slowed and answered with 70050;
// the administrator's own goes on working.
func TestBadTicketsDoNotShutTheAdministratorOut(t *testing.T) {
	waits := 0
	h := open(t, func(o *Options) {
		o.Failures = ticket.NewFailures(ticket.FailureOptions{
			Now: o.Now, Wait: func(context.Context, time.Duration) { waits++ },
		})
	})
	bad := query()
	bad.Set("usersig", "bad")
	const body = `{"CheckItem":[{"UserID":"ann"}]}`
	for i := range 35 {
		want := chat.Code(ticket.CodeMalformed)
		if i >= 30 {
			want = chat.CodeTooManyFailures
		}
		if a := h.post("/v4/im_open_login_svc/account_check", bad, body); a.ErrorCode != want {
			t.Fatalf("bad ticket %d: code %d, want %d", i+1, a.ErrorCode, want)
		}
	}
	if waits != 5 {
		t.Errorf("%d answers were held back, want 5", waits)
	}
	h.ok("im_open_login_svc/account_check", body)
}
