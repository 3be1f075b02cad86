package core

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// webPushPair is a pair of keys that the server has made for an app, in the form of
// chat.PushWebPush, the private one sealed if there is a seal.
type webPushPair struct{ Public, Private string }

// webPushPairs lie beside the tenants, under the same keys; an app may be declared in a file, and
// then has no row of its own.
var webPushPairs = ledger.Table(record.WebPushPair, func(f *record.Fields, p *webPushPair) {
	record.Text(f, 1, &p.Public)
	record.Text(f, 2, &p.Private)
})

// maxTries bounds how often another machine may be first.
const maxTries = 8

// WithWebPushKeys returns an app with the keys that its Web Push needs: those it is configured
// with, else the pair that the store keeps for it, made when there is none. Other apps come
// back as they are. ErrSealed as of Tenants.
func WithWebPushKeys(ctx context.Context, store chat.Store, seal *Seal, a chat.App) (chat.App, error) {
	set := &a.Push.WebPush
	if !set.On() || set.PrivateKey != "" {
		return a, nil
	}
	for range maxTries {
		public, private, kept, err := pairOf(ctx, store, seal, a.ID)
		if err != nil {
			return a, fmt.Errorf("keys of app %d for Web Push: %w", a.ID, err)
		}
		if kept {
			set.PublicKey, set.PrivateKey = public, private
			return a, nil
		}
	}
	return a, fmt.Errorf("keys of app %d for Web Push: %w", a.ID, chat.ErrBusy)
}

// pairOf reads the pair of an app, or makes one. kept: it is in the store, sealed if there is a
// seal.
func pairOf(ctx context.Context, store chat.Store, seal *Seal, id chat.AppID) (public, private string, kept bool, err error) {
	head, err := store.Head(ctx, chat.ServerShard) // before the row: what changes it raises the rules
	if err != nil {
		return "", "", false, err
	}
	pair, err := webPushPairs.Get(ctx, store, chat.ServerShard, tenantKey(id))
	if err != nil {
		return "", "", false, err
	}
	if pair == nil {
		public, private, err = newPair()
	} else {
		var plain bool
		public = pair.Public
		if private, plain, err = seal.openPair(id, pair.Private); err == nil && (!plain || seal == nil) {
			return public, private, true, nil
		}
	}
	if err != nil {
		return "", "", false, err
	}
	c := &chat.Commit{Shard: chat.ServerShard, Rules: head.Rules, Raise: true, Rows: []chat.Row{
		webPushPairs.Row(tenantKey(id), &webPushPair{public, seal.shutPair(id, private)}),
	}}
	err = store.Apply(ctx, []*chat.Commit{c})
	return public, private, err == nil && !c.Stale, err
}

// newPair makes keys of P-256 (RFC 8292 §2).
func newPair() (public, private string, err error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	coded := base64.RawURLEncoding.EncodeToString
	return coded(key.PublicKey().Bytes()), coded(key.Bytes()), nil
}

// shutPair and openPair seal a private key as that of an app's settings is sealed.
func (s *Seal) shutPair(id chat.AppID, private string) string {
	a := s.shut(chat.App{ID: id, Push: chat.Push{WebPush: chat.PushWebPush{PrivateKey: private}}})
	return a.Push.WebPush.PrivateKey
}

func (s *Seal) openPair(id chat.AppID, text string) (private string, plain bool, err error) {
	a, plain, err := s.open(chat.App{ID: id, Push: chat.Push{WebPush: chat.PushWebPush{PrivateKey: text}}})
	return a.Push.WebPush.PrivateKey, plain, err
}
