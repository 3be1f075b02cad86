package ticket

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// App is what a [Verifier] needs to know of an application. Once handed over
// it is not changed; a changed application is a new App.
type App struct {
	ID   uint32
	Keys []Key // UserSig secrets; any that has not ended may match
	JWT  JWT
}

// Key is one UserSig secret.
type Key struct {
	ID       string
	Secret   string    // the text as configured, not hex-decoded (spec/01 §3)
	NotAfter time.Time // zero: no end
}

// JWT says which JSON web tokens an application accepts (spec/00 §1).
type JWT struct {
	Algorithms []string // of HS256, RS256, PS256, ES256, EdDSA; empty: no JWT at all
	Secret     string   // for HS256; empty: the UserSig keys serve
	PublicKeys []string // PEM, one key or certificate each
	JWKSFile   string   // read when the App is first used
	JWKSURL    string   // fetched when first needed, and again when a key is unknown
}

// hs256 is the algorithm that shared secrets sign with.
const hs256 = "HS256"

// algorithms are those an application may list. "none" can never be one.
var algorithms = []string{hs256, "RS256", "PS256", "ES256", "EdDSA"}

// Check reports every error in the settings, for "config check". It reads the JWKS file
// but does not fetch the URL.
func (j JWT) Check() error {
	var all []error
	for _, a := range j.Algorithms {
		if !slices.Contains(algorithms, a) {
			all = append(all, fmt.Errorf("algorithm %q is not one of %s", a, strings.Join(algorithms, ", ")))
		}
	}
	if strings.Contains(j.Secret, "-----BEGIN") {
		all = append(all, errors.New("secret is PEM: a public key must not serve as an HMAC secret"))
	}
	if _, err := j.publicKeys(); err != nil {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// publicKey is a key that verifies signatures, with the name it goes by.
type publicKey struct {
	id  string
	key crypto.PublicKey // *rsa.PublicKey, *ecdsa.PublicKey on P-256, ed25519.PublicKey
}

// publicKeys reads the PEM list and the file; what cannot be read is reported
// and the rest returned.
func (j JWT) publicKeys() ([]publicKey, error) {
	var keys []publicKey
	var all []error
	for i, text := range j.PublicKeys {
		key, err := parsePEM(text)
		if err != nil {
			all = append(all, fmt.Errorf("public key %d: %w", i, err))
			continue
		}
		keys = append(keys, publicKey{id: fmt.Sprintf("pem-%d", i), key: key})
	}
	if j.JWKSFile != "" {
		raw, err := os.ReadFile(j.JWKSFile)
		if err == nil {
			var more []publicKey
			more, err = parseJWKS(raw)
			keys = append(keys, more...)
		}
		if err != nil {
			all = append(all, fmt.Errorf("JWKS file: %w", err))
		}
	}
	return keys, errors.Join(all...)
}

func parsePEM(text string) (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	default:
		return nil, fmt.Errorf("PEM block %q is not a public key", block.Type)
	}
	if err != nil {
		return nil, err
	}
	return key, usable(key)
}

// usable refuses keys no listed algorithm can use, other curves among them:
// the JWT library does not look at the curve when it verifies.
func usable(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return fmt.Errorf("RSA key of %d bits, 2048 are the least", k.N.BitLen())
		}
		return nil
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return fmt.Errorf("curve %s, ES256 needs P-256", k.Curve.Params().Name)
		}
		return nil
	case ed25519.PublicKey:
		return nil
	}
	return fmt.Errorf("key type %T is not supported", key)
}

// keyring is an App made ready for checking.
type keyring struct {
	source *App // what it was made from
	app    App  // a copy, to see whether another source says the same
	public []publicKey
	remote *remoteKeys // nil without a URL
}

func newKeyring(a *App, client httpClient) *keyring {
	k := &keyring{source: a, app: *a}
	k.app.Keys = slices.Clone(a.Keys)
	k.app.JWT.Algorithms = slices.Clone(a.JWT.Algorithms)
	k.app.JWT.PublicKeys = slices.Clone(a.JWT.PublicKeys)
	if len(a.JWT.Algorithms) == 0 {
		return k
	}
	k.public, _ = a.JWT.publicKeys() // unreadable ones: JWT.Check reports them
	if a.JWT.JWKSURL != "" {
		k.remote = &remoteKeys{url: a.JWT.JWKSURL, client: client}
	}
	return k
}

// same reports whether a equals the App that the keyring was made from.
func (k *keyring) same(a *App) bool {
	if k.source == a {
		return true
	}
	b := &k.app
	return b.ID == a.ID && slices.EqualFunc(b.Keys, a.Keys, sameKey) &&
		slices.Equal(b.JWT.Algorithms, a.JWT.Algorithms) && slices.Equal(b.JWT.PublicKeys, a.JWT.PublicKeys) &&
		b.JWT.Secret == a.JWT.Secret && b.JWT.JWKSFile == a.JWT.JWKSFile && b.JWT.JWKSURL == a.JWT.JWKSURL
}

func sameKey(a, b Key) bool {
	return a.ID == b.ID && a.Secret == b.Secret && a.NotAfter.Equal(b.NotAfter)
}

// live yields the UserSig keys in force.
func (k *keyring) live(now time.Time) []Key {
	keys := k.app.Keys
	if !slices.ContainsFunc(keys, func(key Key) bool { return !key.usable(now) }) {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key Key) bool { return !key.usable(now) })
}

func (key Key) usable(now time.Time) bool {
	return key.Secret != "" && (key.NotAfter.IsZero() || !now.After(key.NotAfter))
}
