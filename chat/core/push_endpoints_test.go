package core_test

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/push"
)

// Clients name the push services of Web Push, so those of one user that fail, or ask to wait,
// hold nobody else up.
func TestEndpointsSpeakForThemselves(t *testing.T) {
	p := openPush(t, nil)
	coded := base64.RawURLEncoding.EncodeToString
	tab := func(endpoint string) push.Device {
		return push.Device{
			Channel: push.WebPush, Endpoint: "https://push.example.com/" + endpoint,
			P256dh: coded(append([]byte{4}, make([]byte, 64)...)), Auth: coded(make([]byte, 16)),
		}
	}
	for i := range 10 {
		name := fmt.Sprint("tab-", i)
		p.register("bob", name, tab("bob-"+name))
	}
	p.register("cat", "phone", tab("cat"))
	p.answers(func(d *push.Device, _ *push.Notice) push.Result {
		if d.User == "bob" && d.Channel == push.WebPush {
			return push.Result{Outcome: push.Retry, RetryAfter: time.Hour, Code: 503}
		}
		return push.Result{Outcome: push.Sent}
	})
	p.send("ann", chat.ToUser("bob"), "to bob")
	p.until("all of bob's are tried", func() bool { return p.had("to bob") >= 11 })
	since := p.clock()
	p.send("ann", chat.ToUser("cat"), "to cat")
	p.until("cat's is sent", func() bool { return p.had("to cat") == 1 })
	if d := p.clock().Sub(since); d > time.Minute {
		t.Errorf("it took %s", d)
	}
	for _, b := range p.Push.Backlogs() {
		if b.Paused {
			t.Errorf("%s is paused", b.Channel)
		}
	}
}
