package media

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Variant is which of the files behind a UUID an address is of.
type Variant string

// The variants. Face is the original of an avatar: its address is short, since profiles have
// little room, and does not expire.
const (
	Original Variant = "original"
	Large    Variant = "large" // at most 720 pixels on its longest side
	Thumb    Variant = "thumb" // at most 198
	Face     Variant = "a"

	toUpload Variant = "upload"
)

// Path begins the paths of all addresses.
const Path = "/media/"

// An address is valid until a mark of addressStep that lies addressSteps ahead, so that it is the
// same one for hours, and a browser has what it has loaded.
const (
	addressStep  = 6 * 60 * 60 // seconds
	addressSteps = 5           // from 24 to 30 hours
)

// briefSeconds is how long a backend's address is valid (spec/09 §F).
const briefSeconds = 15 * 60

// uploadSeconds is how long an upload may take; then it is removed.
const uploadSeconds = 24 * 60 * 60

// MinSecretBytes is the least that Addresses are made of.
const MinSecretBytes = 32

// Addresses makes and checks the signed addresses of files. It is safe for concurrent use.
type Addresses struct {
	secret []byte
	now    chat.Clock
	base   atomic.Pointer[string]
	keys   sync.Map // chat.AppID → *sync.Pool of hash.Hash
}

// NewAddresses signs with keys that are derived from a secret of the server, one for each app:
// all machines of a server have the same.
func NewAddresses(secret []byte, now chat.Clock) (*Addresses, error) {
	if len(secret) < MinSecretBytes {
		return nil, fmt.Errorf("the secret of media addresses has %d bytes, want at least %d", len(secret), MinSecretBytes)
	}
	if now == nil {
		now = time.Now
	}
	a := &Addresses{secret: secret, now: now}
	a.ServedAt("")
	return a, nil
}

// ServedAt sets what stands before the paths, such as "https://chat.example.com"; with "" they
// are relative to the server.
func (a *Addresses) ServedAt(base string) {
	base = strings.TrimSuffix(base, "/")
	a.base.Store(&base)
}

// signers are those of an app: what makes signatures with its key.
func (a *Addresses) signers(app chat.AppID) *sync.Pool {
	if p, ok := a.keys.Load(app); ok {
		return p.(*sync.Pool)
	}
	k, err := hkdf.Key(sha256.New, a.secret, nil, "teahouse: addresses of media of "+strconv.FormatUint(uint64(app), 10), sha256.Size)
	if err != nil {
		panic(err) // the length is fixed
	}
	p, _ := a.keys.LoadOrStore(app, &sync.Pool{New: func() any { return hmac.New(sha256.New, k) }})
	return p.(*sync.Pool)
}

// signBytes is how much of a signature is given: 96 bits, which nobody tries out over a network.
const signBytes = 12

// sign is the signature of an address; until is in Unix seconds, 0: for ever.
func (a *Addresses) sign(app chat.AppID, id ID, v Variant, until int64) [signBytes]byte {
	signers := a.signers(app)
	mac := signers.Get().(hash.Hash)
	defer signers.Put(mac)
	mac.Reset()
	var room [96]byte
	b := append(append(append(room[:0], id...), '\n'), v...)
	mac.Write(strconv.AppendInt(append(b, '\n'), until, 10))
	return [signBytes]byte(mac.Sum(room[:0])[:signBytes])
}

// until is when an address that is made now ends, Unix seconds.
func (a *Addresses) until() int64 {
	return (a.now().Unix()/addressStep + addressSteps) * addressStep
}

// append appends an address.
func (a *Addresses) append(dst []byte, app chat.AppID, id ID, v Variant, until int64) []byte {
	dst = append(append(dst, *a.base.Load()...), Path...)
	dst = append(strconv.AppendUint(dst, uint64(app), 10), '/')
	dst = append(append(append(dst, id...), '/'), v...)
	dst = append(dst, '?')
	if until != 0 {
		dst = append(strconv.AppendInt(append(dst, "e="...), until, 10), '&')
	}
	sum := a.sign(app, id, v, until)
	return base64.RawURLEncoding.AppendEncode(append(dst, "s="...), sum[:])
}

func (a *Addresses) address(app chat.AppID, id ID, v Variant, until int64) string {
	return string(a.append(nil, app, id, v, until))
}

// place is what an address names.
type place struct {
	app     chat.AppID
	id      ID
	variant Variant
}

// parsePath reads what follows Path: app, UUID, variant, and perhaps a name, which says nothing.
func parsePath(path string) (p place, ok bool) {
	names := strings.SplitN(path, "/", 4)
	if len(names) < 3 {
		return p, false
	}
	app, err := strconv.ParseUint(names[0], 10, 32)
	if err != nil || strconv.FormatUint(app, 10) != names[0] {
		return p, false
	}
	p.app, p.variant = chat.AppID(app), Variant(names[2])
	p.id, ok = ParseID(names[1])
	return p, ok
}

// parseAddress reads a whole address, wherever it is served; false when it is none of ours by its
// shape.
func parseAddress(text string) (place, url.Values, bool) {
	if !strings.Contains(text, idPrefix) {
		return place{}, nil, false
	}
	u, err := url.Parse(text)
	if err != nil {
		return place{}, nil, false
	}
	_, path, found := strings.Cut(u.Path, Path)
	if !found {
		return place{}, nil, false
	}
	p, ok := parsePath(path)
	if !ok {
		return place{}, nil, false
	}
	query, err := url.ParseQuery(u.RawQuery)
	return p, query, err == nil
}

// valid reports whether the query is that of an address of p which has not expired, and when it
// does, Unix seconds; 0: never.
func (a *Addresses) valid(p place, query url.Values) (until int64, ok bool) {
	if text := query.Get("e"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n <= a.now().Unix() {
			return 0, false
		}
		until = n
	}
	got, err := base64.RawURLEncoding.DecodeString(query.Get("s"))
	sum := a.sign(p.app, p.id, p.variant, until)
	return until, err == nil && hmac.Equal(got, sum[:])
}
