package core

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Seal encrypts the secrets of apps before they are stored, with AES-256-GCM:
// UserSig keys, the JWT secret, the webhook token and what pushes are sent with. A secret is
// bound to its app and its place there. A nil *Seal leaves them as they are.
type Seal struct{ aead cipher.AEAD }

// MinSealBytes is the least that a Seal is made of.
const MinSealBytes = 32

// sealed begins a secret that is encrypted: nonce and text follow in base64.
const sealed = "sealed:1:"

// ErrSealed is the fault of secrets that are sealed with another key than the
// one at hand, or with one while there is none.
var ErrSealed = errors.New("its secrets are sealed: set secrets.key to the key that they were sealed with")

// NewSeal makes a Seal from a text of at least MinSealBytes.
func NewSeal(text string) (*Seal, error) {
	if len(text) < MinSealBytes {
		return nil, fmt.Errorf("the key that seals secrets has %d bytes, want at least %d", len(text), MinSealBytes)
	}
	key, err := hkdf.Key(sha256.New, []byte(text), nil, "teahouse: secrets of apps", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return &Seal{aead}, nil
}

// shut returns an app with its secrets encrypted.
func (s *Seal) shut(a chat.App) chat.App {
	if s == nil {
		return a
	}
	copied, _ := eachSecret(a, func(place, text string) (string, error) {
		return sealed + base64.RawStdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(text), []byte(place))), nil
	})
	return copied
}

// open returns an app with its secrets as they are used. plain reports that some
// lay open; that is no error.
func (s *Seal) open(a chat.App) (opened chat.App, plain bool, err error) {
	opened, err = eachSecret(a, func(place, text string) (string, error) {
		coded, is := strings.CutPrefix(text, sealed)
		if !is {
			plain = true
			return text, nil
		}
		box, err := base64.RawStdEncoding.DecodeString(coded)
		if err != nil || s == nil {
			return "", ErrSealed
		}
		out, err := s.aead.Open(nil, nil, box, []byte(place))
		if err != nil {
			return "", ErrSealed
		}
		return string(out), nil
	})
	if err != nil {
		return a, false, fmt.Errorf("app %d: %w", a.ID, err)
	}
	return opened, plain, nil
}

// eachSecret returns a copy of an app whose secrets are what change makes of
// them. Empty ones stay.
func eachSecret(a chat.App, change func(place, text string) (string, error)) (chat.App, error) {
	a.Keys = slices.Clone(a.Keys)
	places := []*string{
		&a.JWT.Secret, &a.Webhook.Token,
		&a.Push.APNs.Key, &a.Push.FCM.Account, &a.Push.HMS.Secret, &a.Push.WebPush.PrivateKey, &a.Push.Webhook.Token,
	}
	names := []string{"jwt", "webhook", "push/apns", "push/fcm", "push/hms", "push/webpush", "push/webhook"}
	for i := range a.Keys {
		places = append(places, &a.Keys[i].Secret)
		names = append(names, "key/"+a.Keys[i].ID)
	}
	for i, p := range places {
		if *p == "" {
			continue
		}
		text, err := change(fmt.Sprintf("%d/%s", a.ID, names[i]), *p)
		if err != nil {
			return a, err
		}
		*p = text
	}
	return a, nil
}
