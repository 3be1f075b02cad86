package core_test

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
)

// The pair that the server makes for an app is kept, sealed, and the same for all who ask at
// once.
func TestWebPushKeysAreMadeOnce(t *testing.T) {
	h := open(t, nil)
	one, other := newSeal(t, strings.Repeat("a", 32)), newSeal(t, strings.Repeat("b", 32))
	app := chat.App{ID: 7, Push: chat.Push{WebPush: chat.PushWebPush{Contact: "mailto:ops@example.com"}}}
	pair := func(seal *core.Seal, a chat.App) (public, private string) {
		t.Helper()
		got, err := core.WithWebPushKeys(h.ctx, h.store, seal, a)
		if err != nil {
			t.Fatal(err)
		}
		return got.Push.WebPush.PublicKey, got.Push.WebPush.PrivateKey
	}
	public, private := pair(nil, app)
	scalar, err := base64.RawURLEncoding.DecodeString(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil || base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()) != public {
		t.Errorf("%q is not the public key of %q: %v", public, private, err)
	}
	if !strings.Contains(h.pairs(), private) {
		t.Error("the test does not see what is stored")
	}
	for _, seal := range []*core.Seal{nil, one, one} { // before there was a seal, and after it
		if a, b := pair(seal, app); a != public || b != private {
			t.Errorf("another pair: %q %q", a, b)
		}
	}
	if strings.Contains(h.pairs(), private) {
		t.Error("the private key lies open")
	}
	for what, seal := range map[string]*core.Seal{"none": nil, "another": other} {
		if _, err := core.WithWebPushKeys(h.ctx, h.store, seal, app); !errors.Is(err, core.ErrSealed) {
			t.Errorf("with %s seal: %v", what, err)
		}
	}

	second := app
	second.ID = 8
	seen := make([]string, 20)
	var all sync.WaitGroup
	for i := range seen {
		all.Go(func() { seen[i], _ = pair(one, second) })
	}
	all.Wait()
	for _, s := range seen {
		if s != seen[0] || s == public {
			t.Errorf("pairs of those who asked at once, and of another app: %q, %q, %q", s, seen[0], public)
		}
	}

	mine := app
	mine.Push.WebPush.PublicKey, mine.Push.WebPush.PrivateKey = "p", "q"
	if a, b := pair(one, mine); a != "p" || b != "q" {
		t.Errorf("configured keys became %q %q", a, b)
	}
	if a, b := pair(one, chat.App{ID: 9}); a != "" || b != "" {
		t.Errorf("an app without Web Push has keys: %q %q", a, b)
	}
}

// pairs is every byte of the pairs' rows.
func (h *house) pairs() string {
	h.Helper()
	rows, err := h.store.Rows(h.ctx, chat.ServerShard, chat.RowKind(record.WebPushPair), "", "", 100)
	if err != nil {
		h.Fatal(err)
	}
	var all strings.Builder
	for _, r := range rows {
		all.Write(r.Value)
	}
	return all.String()
}
