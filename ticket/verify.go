package ticket

import (
	"net/http"
	"sync"
	"time"
)

// Kind is the kind of a ticket.
type Kind uint8

// The kinds.
const (
	UserSig Kind = iota + 1
	WebToken
)

// String is the usual name of the kind.
func (k Kind) String() string {
	if k == WebToken {
		return "JWT"
	}
	return "UserSig"
}

// Claims are the content of a valid ticket.
type Claims struct {
	App  uint32
	User string
	// Issued is when it was minted; for a JWT without iat its nbf, the zero time when it
	// has neither. Who is let in after a kick is the caller's to say (70052).
	Issued  time.Time
	Expires time.Time // when the session it opens must end or be refreshed
	Kind    Kind
	KeyID   string // which key it was signed with
	// Hash names the ticket without keeping it: of what is signed, so that all
	// spellings of one ticket have the same.
	Hash [16]byte
	// Key names the key that it was signed with, for KeyHolds.
	Key [16]byte
}

// Options are what a Verifier is built from; only Apps is required.
type Options struct {
	// Apps finds an application. It is called at every check and must be fast. An App
	// equal to the one before keeps its cached tickets, even if the pointer differs.
	Apps func(id uint32) (*App, bool)
	Now  func() time.Time // default: time.Now
	// CacheSize bounds the verified tickets remembered, default 16384 (about 300
	// bytes each); negative: none.
	CacheSize int
	// HTTP fetches key sets, default a client of its own.
	HTTP *http.Client
}

// Verifier checks tickets. It is safe for concurrent use and starts nothing
// that would have to be stopped.
type Verifier struct {
	apps   func(id uint32) (*App, bool)
	now    func() time.Time
	client *http.Client
	cache  *cache // nil: none

	mu    sync.RWMutex
	rings map[uint32]*keyring // one per app that was ever asked for and existed
}

// NewVerifier makes a Verifier.
func NewVerifier(o Options) *Verifier {
	v := &Verifier{apps: o.Apps, now: o.Now, client: o.HTTP, rings: map[uint32]*keyring{}}
	if v.now == nil {
		v.now = time.Now
	}
	if v.client == nil {
		v.client = &http.Client{Timeout: remoteTimeout}
	}
	if o.CacheSize == 0 {
		o.CacheSize = 16384
	}
	if o.CacheSize > 0 {
		v.cache = newCache(o.CacheSize)
	}
	return v
}

// Verify checks that text is a ticket of user in application appID, in the
// order of spec/01 §5, and returns what it says. appID 0 takes the application
// from the ticket. The error is an *Error; the claims then hold nothing but App:
// the application that the ticket says it is for, 0 when it says none that exists.
//
// A verified ticket is not verified again until it expires or its application changes.
// Failed checks of others never make a genuine ticket fail: [Failures] counts them after
// the check.
func (v *Verifier) Verify(appID uint32, user, text string) (Claims, error) {
	c, refusal := v.verify(appID, user, text)
	if refusal != nil { // a nil *Error in an error would not be nil
		return c, refusal
	}
	return c, nil
}

func (v *Verifier) verify(appID uint32, user, text string) (Claims, *Error) {
	if text == "" {
		return Claims{}, refuse(CodeEmpty, "ticket is empty")
	}
	now := v.now()
	if len(text) > maxJWTBytes {
		return Claims{}, malformed("ticket is longer than %d bytes", maxJWTBytes)
	}
	var d digest
	if v.cache != nil {
		d = digestOf(text)
		if c, refusal, ok := v.remembered(d, appID, user, now); ok {
			return c, refusal
		}
	}
	r, refusal := v.check(appID, user, text, now)
	if refusal != nil {
		return r.claims, refusal
	}
	if v.cache != nil {
		v.cache.put(d, r)
	}
	return r.claims, nil
}

// remembered looks in the cache; ok is false when the ticket must be checked in full.
func (v *Verifier) remembered(d digest, appID uint32, user string, now time.Time) (c Claims, refusal *Error, ok bool) {
	r, ok := v.cache.get(d)
	if !ok {
		return c, nil, false
	}
	named := appID
	if named == 0 {
		named = r.claims.App
	}
	if named != r.claims.App || user != r.claims.User || appID == 0 && !r.named {
		return c, nil, false // a full check says what is wrong, and counts it
	}
	ring, found := v.ring(named)
	if !found || ring != r.ring || !r.until.IsZero() && now.After(r.until) || r.claims.late(now) {
		v.cache.drop(d)
		return c, nil, false
	}
	return r.claims, nil, true
}

// late reports whether the ticket has expired: the last second still counts,
// and web tokens have their leeway.
func (c *Claims) late(now time.Time) bool {
	if c.Kind == WebToken {
		return now.After(c.Expires.Add(leeway))
	}
	return now.Unix() > c.Expires.Unix()
}

// ring returns the keyring of an app; it makes a new one if the app has changed.
func (v *Verifier) ring(id uint32) (*keyring, bool) {
	a, ok := v.apps(id)
	if !ok || a == nil {
		return nil, false
	}
	v.mu.RLock()
	r := v.rings[id]
	v.mu.RUnlock()
	if r != nil && r.same(a) {
		return r, true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if r := v.rings[id]; r != nil && r.same(a) {
		return r, true
	}
	r = newKeyring(a, v.client)
	v.rings[id] = r
	return r, true
}

// check is Verify without the cache.
func (v *Verifier) check(appID uint32, user, text string, now time.Time) (verified, *Error) {
	if looksLikeJWT(text) {
		w, refusal := decodeJWT(text)
		if refusal != nil {
			return verified{}, refusal
		}
		says, _ := w.app(appID)
		r, refusal := v.checkJWT(appID, user, w, now)
		return v.orBlame(r, refusal, says)
	}
	t, refusal := decodeUserSig(text)
	if refusal != nil {
		return verified{}, refusal
	}
	r, refusal := v.checkUserSig(appID, user, t, now)
	return v.orBlame(r, refusal, *t.AppID)
}

// orBlame adds to a refusal which existing app the ticket says it is for.
func (v *Verifier) orBlame(r verified, refusal *Error, says uint32) (verified, *Error) {
	if refusal == nil {
		return r, nil
	}
	if a, ok := v.apps(says); ok && a != nil {
		r.claims.App = says
	}
	return r, refusal
}

func (v *Verifier) checkUserSig(appID uint32, user string, t *userSig, now time.Time) (verified, *Error) {
	named := appID
	if named == 0 {
		named = *t.AppID
	}
	ring, ok := v.ring(named)
	if !ok {
		return verified{}, unknownApp(named)
	}
	keys := ring.live(now)
	switch {
	case len(keys) == 0:
		return verified{}, refuse(CodeNoKey, "application %d has no key in force", named)
	case *t.AppID != named:
		return verified{}, otherApp(*t.AppID, named)
	case *t.Identifier != user:
		return verified{}, otherUser(*t.Identifier, user)
	}
	key, ok := t.signer(keys)
	if !ok {
		return verified{}, ring.noKey(t, "signature matches no key of application %d", named)
	}
	c := Claims{App: named, User: user, Issued: t.issued(), Expires: t.expires(), Kind: UserSig, KeyID: key.ID, Hash: hashOf(t.signedText()), Key: keyHash(forUserSig, []byte(key.Secret))}
	if c.late(now) {
		return verified{}, expired(c.Expires, now)
	}
	return verified{claims: c, ring: ring, named: true, until: key.NotAfter}, nil
}

// signer finds the key a ticket was signed with.
func (t *userSig) signer(keys []Key) (Key, bool) {
	for _, k := range keys {
		if t.signedWith([]byte(k.Secret)) {
			return k, true
		}
	}
	return Key{}, false
}

// noKey is the refusal of a ticket that no key in force has signed. One of a key that
// has ended is told so.
func (k *keyring) noKey(t *userSig, format string, args ...any) *Error {
	if key, ok := t.signer(k.app.Keys); ok && !key.NotAfter.IsZero() {
		return keyEnded(key)
	}
	return refuse(CodeSignature, format, args...)
}

func keyEnded(k Key) *Error {
	return refuse(CodeSignature, "signed with key %q, which ended at %s", k.ID, stamp(k.NotAfter))
}

func (v *Verifier) checkJWT(appID uint32, user string, w *webToken, now time.Time) (verified, *Error) {
	id, named := w.app(appID)
	if !named {
		id = appID // a token without an application is for the one it is shown to
	}
	asked := appID
	if asked == 0 {
		asked = id
	}
	ring, ok := v.ring(asked)
	switch {
	case asked == 0:
		return verified{}, refuse(CodeUnknownApp, "web token names no application, and neither does the caller")
	case !ok:
		return verified{}, unknownApp(asked)
	case id != asked:
		return verified{}, otherApp(id, asked)
	case w.claims.Subject != user:
		return verified{}, otherUser(w.claims.Subject, user)
	}
	by, refusal := w.check(ring, now)
	if refusal != nil {
		return verified{}, refusal
	}
	if refusal := w.inTime(now); refusal != nil {
		return verified{}, refusal
	}
	c := Claims{App: asked, User: user, Issued: w.issued(), Expires: w.claims.ExpiresAt.Time, Kind: WebToken, KeyID: by.id, Hash: hashOf([]byte(w.signed)), Key: by.hash}
	return verified{claims: c, ring: ring, named: named, until: by.until}, nil
}

func unknownApp(id uint32) *Error { return refuse(CodeUnknownApp, "application %d is unknown", id) }

func otherApp(have, want uint32) *Error {
	return refuse(CodeOtherApp, "ticket is for application %d, not %d", have, want)
}

func otherUser(have, want string) *Error {
	return refuse(CodeOtherUser, "ticket is for user %q, not %q", have, want)
}

func expired(end, now time.Time) *Error {
	return refuse(CodeExpired, "ticket expired at %s, %v ago", stamp(end), now.Sub(end).Truncate(time.Second))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
