//go:build e2e

package browser

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// pushed is what the stand-in for a push service has got.
type pushed struct {
	header http.Header
	body   []byte
}

// pushService takes every push, on loopback as a dev server may be asked to.
func pushService(t *testing.T) (endpoint string, got <-chan pushed) {
	t.Helper()
	all := make(chan pushed, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		all <- pushed{r.Header.Clone(), body}
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/subscription-of-carol", all
}

// A page that has gone is woken by a message: the server encrypts it for the page's keys alone,
// and the page's service worker shows it. No browser can be brought to subscribe to a push
// service of our own, so the page makes the keys, opens the push, and has it delivered.
func TestWebPushInChromium(t *testing.T) {
	h, b := openHouse(t), openBrowser(t)
	endpoint, got := pushService(t)
	carol := b.open("carol", pages(t)+"/push.html")
	carol.must("allow", map[string]any{"permission": "notifications"})
	carol.call("login", h.app.Ready().WS, "carol", h.sig("carol"))
	var key string
	if err := json.Unmarshal(carol.call("subscribe", endpoint), &key); err != nil || len(key) != 87 {
		t.Fatalf("the key of the server is %q: %v", key, err)
	}
	carol.call("leave")

	bob := b.open("bob", pages(t)+"/push.html")
	bob.call("login", h.app.Ready().WS, "bob", h.sig("bob"))
	bob.call("request", "msg.send", map[string]any{
		"Conv":            "c2c/carol",
		"MsgBody":         []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "are you there? 你好"}}},
		"OfflinePushInfo": map[string]any{"Ext": `{"room":7}`},
	})

	var one pushed
	select {
	case one = <-got:
	case <-time.After(patience):
		t.Fatal("nothing was pushed")
	}
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Aud, Sub, K string }
	if err := json.Unmarshal(carol.call("verify", one.header.Get("Authorization")), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Aud != at.Scheme+"://"+at.Host || claims.Sub == "" || claims.K != key {
		t.Errorf("claims %+v, key %q", claims, key)
	}
	if one.header.Get("TTL") == "" || one.header.Get("Topic") == "" || one.header.Get("Content-Encoding") != "aes128gcm" {
		t.Errorf("header %v", one.header)
	}

	var text string
	if err := json.Unmarshal(carol.call("decrypt", base64.RawURLEncoding.EncodeToString(one.body)), &text); err != nil {
		t.Fatal(err)
	}
	var notice struct{ Title, Text, Ext, Tag, PushId string }
	if err := json.Unmarshal([]byte(text), &notice); err != nil {
		t.Fatal(err)
	}
	if notice.Text == "" || notice.Ext != `{"room":7}` || notice.PushId == "" || notice.Tag != one.header.Get("Topic") {
		t.Errorf("the push is %s", text)
	}

	carol.must("push", map[string]any{"data": text})
	carol.await(`shown().then((list) => list.length > 0)`, nil)
	var shown []struct{ Title, Text, Tag, PushId string }
	if err := json.Unmarshal(carol.call("shown"), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown) != 1 || shown[0].Text != notice.Text || shown[0].PushId != notice.PushId || shown[0].Tag != notice.Tag {
		t.Errorf("shown is %+v, pushed was %s", shown, text)
	}
	carol.shot("shown")
	carol.quiet()
	bob.quiet()
}
