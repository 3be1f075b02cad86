package ticket

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// leeway is how far clocks may differ (spec/00 §1).
const leeway = 60 * time.Second

// maxJWTBytes bounds a web token: twice a UserSig, as identity providers add
// claims of their own.
const maxJWTBytes = 8 << 10

// looksLikeJWT tells the two kinds of ticket apart by their form (spec/00 §1): a
// UserSig has no dots. The last part may be empty, so that a token with algorithm
// "none" is refused for its algorithm.
func looksLikeJWT(text string) bool {
	header, rest, ok := strings.Cut(text, ".")
	if !ok {
		return false
	}
	body, sig, ok := strings.Cut(rest, ".")
	return ok && header != "" && body != "" && isBase64URL(header) && isBase64URL(body) && isBase64URL(sig)
}

func isBase64URL(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// webToken is a JWT that is parsed but not verified.
type webToken struct {
	token  *jwt.Token
	claims *webClaims
	signed string // the text under the signature
	kid    string
}

// webClaims are the members we read.
type webClaims struct {
	jwt.RegisteredClaims
	AppID *uint32 `json:"sdkappid"`
}

var webParser = jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())

func decodeJWT(text string) (*webToken, *Error) {
	if len(text) > maxJWTBytes {
		return nil, malformed("web token is longer than %d bytes", maxJWTBytes)
	}
	w := &webToken{claims: new(webClaims)}
	token, parts, err := webParser.ParseUnverified(text, w.claims)
	if err != nil {
		return nil, malformed("web token does not parse: %v", err)
	}
	if token.Signature, err = webParser.DecodeSegment(parts[2]); err != nil {
		return nil, malformed("web token does not parse: %v", err)
	}
	if _, ok := token.Header["crit"]; ok { // RFC 7515 §4.1.11: we know no extension
		return nil, malformed("web token demands an extension (crit)")
	}
	w.token, w.signed = token, text[:len(parts[0])+1+len(parts[1])]
	w.kid, _ = token.Header["kid"].(string)
	switch {
	case w.claims.Subject == "":
		return nil, malformed("web token has no sub")
	case w.claims.ExpiresAt == nil:
		return nil, malformed("web token has no exp")
	}
	return w, nil
}

// app is the application the token is for: sdkappid, else a number in aud;
// named is false when it names none; the caller must then name it.
func (w *webToken) app(asked uint32) (id uint32, named bool) {
	if w.claims.AppID != nil {
		return *w.claims.AppID, true
	}
	for _, text := range w.claims.Audience {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			continue
		}
		if asked == 0 || uint32(n) == asked {
			return uint32(n), true
		}
		id = uint32(n)
	}
	// an audience that is no number is another application, number 0
	return id, len(w.claims.Audience) > 0
}

// signedBy is a key that a web token was signed with.
type signedBy struct {
	id    string
	hash  [16]byte  // see Claims.Key
	until time.Time // how long the check may be remembered; zero: for ever
}

// check verifies algorithm and signature.
func (w *webToken) check(k *keyring, now time.Time) (by signedBy, refusal *Error) {
	alg := w.token.Method.Alg()
	if len(k.app.JWT.Algorithms) == 0 {
		return by, refuse(CodeNoKey, "application accepts no web tokens")
	}
	if !slices.Contains(algorithms, alg) || !slices.Contains(k.app.JWT.Algorithms, alg) {
		return by, refuse(CodeSignature, "web token is signed with %s, the application accepts %s",
			alg, strings.Join(k.app.JWT.Algorithms, ", "))
	}
	if alg == hs256 {
		return w.checkShared(k, now)
	}
	return w.checkPublic(k, alg, now)
}

// checkShared checks HMAC signatures. Secrets and public keys have different types, so a
// public key can never be used as a secret.
func (w *webToken) checkShared(k *keyring, now time.Time) (signedBy, *Error) {
	keys := k.shared(now)
	for _, key := range keys {
		if w.token.Method.Verify(w.signed, w.token.Signature, []byte(key.Secret)) == nil {
			return signedBy{key.ID, keyHash(forHS256, []byte(key.Secret)), key.NotAfter}, nil
		}
	}
	if len(keys) == 0 {
		return signedBy{}, refuse(CodeNoKey, "application has no key for HS256")
	}
	if k.app.JWT.Secret == "" {
		for _, key := range k.app.Keys {
			if !key.NotAfter.IsZero() && w.token.Method.Verify(w.signed, w.token.Signature, []byte(key.Secret)) == nil {
				return signedBy{}, keyEnded(key)
			}
		}
	}
	return signedBy{}, refuse(CodeSignature, "signature matches no key of the application")
}

func (w *webToken) checkPublic(k *keyring, alg string, now time.Time) (signedBy, *Error) {
	some := false
	try := func(list []publicKey) (publicKey, bool) {
		for _, p := range list {
			if !fits(alg, p.key) {
				continue
			}
			some = true
			if w.token.Method.Verify(w.signed, w.token.Signature, p.key) == nil {
				return p, true
			}
		}
		return publicKey{}, false
	}
	if p, ok := try(k.public); ok {
		return signedBy{p.id, p.hash(forPublic), time.Time{}}, nil
	}
	if k.remote != nil {
		if p, ok := try(k.remote.keys(w.kid, now)); ok {
			return signedBy{p.id, p.hash(forRemote), now.Add(remoteTrust)}, nil
		}
	}
	if !some {
		return signedBy{}, refuse(CodeNoKey, "application has no key for %s", alg)
	}
	return signedBy{}, refuse(CodeSignature, "signature matches no key of the application")
}

// fits reports whether a key is of the kind an algorithm verifies with.
func fits(alg string, key crypto.PublicKey) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return alg == "RS256" || alg == "PS256"
	case *ecdsa.PublicKey:
		return alg == "ES256"
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// inTime checks exp, nbf and iat.
func (w *webToken) inTime(now time.Time) *Error {
	if end := w.claims.ExpiresAt.Time; now.After(end.Add(leeway)) {
		return expired(end, now)
	}
	if t := w.claims.NotBefore; t != nil && now.Before(t.Add(-leeway)) {
		return malformed("web token is not valid before %s", stamp(t.Time))
	}
	if t := w.claims.IssuedAt; t != nil && now.Before(t.Add(-leeway)) {
		return malformed("web token was issued in the future, at %s", stamp(t.Time))
	}
	return nil
}

// issued is the zero time when the token does not say.
func (w *webToken) issued() time.Time {
	switch {
	case w.claims.IssuedAt != nil:
		return w.claims.IssuedAt.Time
	case w.claims.NotBefore != nil:
		return w.claims.NotBefore.Time
	}
	return time.Time{}
}
