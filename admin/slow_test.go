package admin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// waits records how long answers were held back, and lets no time pass.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) wait(_ context.Context, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
}

// Refusals beyond the rate are answered later, whatever they are for.
func TestRefusalsBeyondTheRateAreHeldBack(t *testing.T) {
	for _, c := range []struct {
		what, path, app, body string
		want                  chat.Code
		free                  int // a second's worth
	}{
		{"an unknown command", "/v4/openim/no_such_command", "1400000001", "{}", 60009, 20},
		{"no JSON", "/v4/openim/sendmsg", "1400000001", strings.Repeat("[", 1000), 60003, 20},
		{"large, and no JSON", "/v4/openim/sendmsg", "1400000001", strings.Repeat("[", 4*largeBody), 60003, 4},
		{"no app", "/v4/openim/sendmsg", "", "{}", 60012, 20},
	} {
		t.Run(c.what, func(t *testing.T) {
			var w waits
			h := open(t, func(o *Options) { o.Wait = w.wait })
			q := query()
			q.Set("sdkappid", c.app)
			for i := range c.free + 10 {
				if a := h.post(c.path, q, c.body); a.ErrorCode != c.want {
					t.Fatalf("call %d: %s", i, a.text)
				}
			}
			if len(w.all) != 10 {
				t.Fatalf("%d answers were held back, want 10", len(w.all))
			}
			for i, d := range w.all {
				if d <= 0 || d > 250*time.Millisecond {
					t.Errorf("answer %d was held back for %v", i, d)
				}
			}
			h.wait(time.Minute)
			h.post(c.path, q, c.body)
			if len(w.all) != 10 {
				t.Error("the next minute's first refusal was held back")
			}
		})
	}
}

func TestPagesBeyondTheRateAreHeldBack(t *testing.T) {
	var w waits
	h := open(t, func(o *Options) { o.Wait = w.wait })
	for range 30 {
		r, _ := http.NewRequest(http.MethodPost, h.url+"/metrics", nil)
		fetch(t, r)
	}
	if len(w.all) != 10 {
		t.Errorf("%d answers were held back, want 10", len(w.all))
	}
}

// A backend within its rates is never held back, refusals by the app's rules included.
func TestHonestBackendsAreNotHeldBack(t *testing.T) {
	var w waits
	h := open(t, func(o *Options) { o.Wait = w.wait })
	h.settings(func(a *chat.App) { a.Limits.CommandRate = 0 }) // the default
	h.users("ann")
	for range 5 {
		for range 100 {
			h.ok("im_open_login_svc/account_check", `{"CheckItem":[{"UserID":"ann"}]}`)
			h.call("group_open_http_svc/destroy_group", `{"GroupId":"none"}`)
		}
		h.wait(time.Second)
	}
	if len(w.all) > 0 {
		t.Errorf("%d answers were held back", len(w.all))
	}
}

// A stranger who is held back does not delay anybody's good calls.
func TestStrangersDoNotHoldBackTheBackend(t *testing.T) {
	var w waits
	h := open(t, func(o *Options) { o.Wait = w.wait })
	bad := query()
	bad.Del("sdkappid")
	for range 100 {
		h.post("/v4/openim/sendmsg", bad, "{}")
	}
	before := len(w.all)
	if before == 0 {
		t.Fatal("the stranger was not held back")
	}
	h.ok("im_open_login_svc/account_check", `{"CheckItem":[{"UserID":"ann"}]}`)
	if len(w.all) != before {
		t.Error("the backend was held back")
	}
}

func TestFewLargeBodiesAtATime(t *testing.T) {
	large := &http.Request{ContentLength: largeBody + 1}
	var places crowded
	enter := func(app chat.AppID, r *http.Request) (func(), error) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // a call that would have to wait is refused
		for range 100 {
			if leave, err := places.enter(ctx, app, r); err == nil {
				return leave, nil
			}
		}
		return nil, errors.New("no place")
	}
	var leaves []func()
	for range largeAtOnce {
		leave, err := enter(1, large)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	if _, err := enter(1, large); err == nil {
		t.Error("one more was let in")
	}
	if _, err := enter(1, &http.Request{ContentLength: -1}); err == nil {
		t.Error("one of unknown length was let in")
	}
	if _, err := enter(1, &http.Request{ContentLength: largeBody}); err != nil {
		t.Error("a small one had to wait")
	}
	if _, err := enter(2, large); err != nil {
		t.Error("another app's had to wait")
	}
	leaves[0]()
	if _, err := enter(1, large); err != nil {
		t.Error("nobody was let in after one had left")
	}
}

// Pages that are expensive are made at a rate, however many ask.
func TestMetricsAreServedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := 0 // one at a time
		h := inTurn(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }), 4)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for ctx.Err() == nil {
					h.ServeHTTP(nil, (&http.Request{}).WithContext(ctx))
				}
			})
		}
		all.Wait()
		if served < 40 || served > 45 {
			t.Errorf("%d pages in 10 s, want about 4 a second and 4 at once", served)
		}
	})
}
