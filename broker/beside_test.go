package broker

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Beside MQTT a listener serves other paths, and a request there may take longer than a
// CONNECT when it asks for more time. Its connection does not wait for another.
func TestOtherPathsBesideMQTT(t *testing.T) {
	slow := make(chan struct{})
	other := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := control.SetReadDeadline(time.Time{}); err != nil {
			t.Error(err)
		}
		<-slow
		if err := r.Context().Err(); err != nil {
			t.Errorf("the request has ended: %v", err)
		}
		if err := control.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
		}
		_, _ = fmt.Fprintf(w, "other %s", r.URL.Path)
	})
	l, url := wsListening(t, transportOptions{Beside: other, ConnectTimeout: time.Second, WriteTimeout: time.Second}, echo)
	past := time.AfterFunc(1500*time.Millisecond, func() { close(slow) })
	defer past.Stop()
	at := "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/mqtt")
	for _, path := range []string{"/files/x", "/"} {
		r, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || string(body) != "other "+path || !r.Close {
			t.Errorf("%s: %q, %v, closed %v", path, body, err, r.Close)
		}
	}
	addr, err := l.ListenHTTP("127.0.0.1:0", nil, nil, other)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.Get("http://" + addr.String() + "/mqtt")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil || string(body) != "other /mqtt" {
		t.Errorf("an address of its own: %q, %v", body, err)
	}
}
