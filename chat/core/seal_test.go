package core_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
)

func newSeal(t *testing.T, text string) *core.Seal {
	t.Helper()
	s, err := core.NewSeal(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stored is every byte of the tenants' rows.
func (h *house) stored() string {
	h.Helper()
	rows, err := h.store.Rows(h.ctx, chat.ServerShard, chat.RowKind(record.Tenant), "", "", 100)
	if err != nil {
		h.Fatal(err)
	}
	var all strings.Builder
	for _, r := range rows {
		all.Write(r.Value)
	}
	return all.String()
}

func TestSecretsOfAppsAreSealed(t *testing.T) {
	h := open(t, nil)
	one, other := newSeal(t, strings.Repeat("a", 32)), newSeal(t, strings.Repeat("b", 32))
	secrets := []string{
		"first-secret", "second-secret", "jwt-secret", "webhook-token",
		"apns-key", "fcm-account", "hms-secret", "vapid-key", "push-token",
	}
	a := chat.App{
		ID: 7, Name: "seven", Keys: []chat.Key{{ID: "1", Secret: secrets[0]}, {ID: "2", Secret: secrets[1]}},
		JWT: chat.JWT{Secret: secrets[2]}, Webhook: chat.Webhook{URL: "http://x", Token: secrets[3]},
		Push: chat.Push{
			APNs: chat.PushAPNs{Key: secrets[4], Topics: []string{"t"}}, FCM: chat.PushFCM{Account: secrets[5]},
			HMS: chat.PushHMS{Secret: secrets[6]}, WebPush: chat.PushWebPush{PrivateKey: secrets[7]},
			Webhook: chat.PushWebhook{URL: "http://x", Token: secrets[8]},
		},
	}
	b := chat.App{ID: 8, Keys: []chat.Key{{ID: "1", Secret: secrets[0]}}}
	open := func(seal *core.Seal) ([]chat.App, error) { return core.Tenants(h.ctx, h.store, seal) }

	h.wants(core.PutTenant(h.ctx, h.store, nil, a), 0) // before there was a seal
	h.wants(core.PutTenant(h.ctx, h.store, one, b), 0)
	if text := h.stored(); !strings.Contains(text, secrets[3]) {
		t.Error("the test does not see what is stored")
	}
	if got, err := open(one); err != nil || !reflect.DeepEqual(got, []chat.App{a, b}) {
		t.Errorf("some sealed, some not: %+v, %v", got, err)
	}
	h.wants(core.SealTenants(h.ctx, h.store, nil), 0)
	h.wants(core.SealTenants(h.ctx, h.store, one), 0)
	for _, s := range secrets {
		if strings.Contains(h.stored(), s) {
			t.Errorf("%s lies open", s)
		}
	}
	if got, err := open(one); err != nil || !reflect.DeepEqual(got, []chat.App{a, b}) {
		t.Errorf("all sealed: %+v, %v", got, err)
	}
	for what, seal := range map[string]*core.Seal{"none": nil, "another": other} {
		if _, err := open(seal); !errors.Is(err, core.ErrSealed) {
			t.Errorf("with %s seal: %v", what, err)
		}
	}
	if a.Keys[0].Secret != secrets[0] {
		t.Error("sealing has changed the caller's app")
	}
	if _, err := core.NewSeal(strings.Repeat("a", 31)); err == nil {
		t.Error("a short key was taken")
	}
}

// A sealed secret is good in its own place only: it cannot be copied to another
// app or another key.
func TestSealedSecretIsBoundToItsPlace(t *testing.T) {
	h := open(t, nil)
	seal := newSeal(t, strings.Repeat("a", 32))
	h.wants(core.PutTenant(h.ctx, h.store, seal, chat.App{ID: 7, Keys: []chat.Key{{ID: "1", Secret: "hush"}}}), 0)
	text := h.stored()
	from := strings.Index(text, "sealed:1:")
	box := text[from : from+strings.IndexByte(text[from:], '"')]
	for _, moved := range []chat.App{
		{ID: 8, Keys: []chat.Key{{ID: "1", Secret: box}}},
		{ID: 7, Keys: []chat.Key{{ID: "2", Secret: box}}},
		{ID: 7, JWT: chat.JWT{Secret: box}},
	} {
		h.wants(core.PutTenant(h.ctx, h.store, nil, moved), 0)
		if _, err := core.Tenants(h.ctx, h.store, seal); !errors.Is(err, core.ErrSealed) {
			t.Errorf("%+v: %v", moved, err)
		}
		h.wants(core.PutTenant(h.ctx, h.store, nil, chat.App{ID: moved.ID}), 0)
	}
}
