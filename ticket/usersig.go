package ticket

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Bounds of a ticket (spec/01 §4).
const (
	maxUserSigBytes = 4 << 10
	maxInflated     = 16 << 10
)

// MaxLifetime is the longest a UserSig may be minted for: 50 years (spec/01 §6).
const MaxLifetime = 50 * 365 * 24 * time.Hour

// DefaultLifetime is what the vendor's tools mint: 180 days (spec/01 §6).
const DefaultLifetime = 180 * 24 * time.Hour

// userSig is the JSON object inside a ticket (spec/01 §2). Pointers tell an
// absent member from an empty one.
type userSig struct {
	Version    *string `json:"TLS.ver"`
	Identifier *string `json:"TLS.identifier"`
	AppID      *uint32 `json:"TLS.sdkappid"`
	Expire     *int64  `json:"TLS.expire"` // seconds from Time
	Time       *int64  `json:"TLS.time"`   // Unix seconds
	UserBuf    *string `json:"TLS.userbuf,omitempty"`
	Sig        *string `json:"TLS.sig"`
}

// Mint makes a UserSig for a user of an app, signed with one of the app's
// secrets as it is shown in the console, not hex-decoded. The lifetime is cut
// to whole seconds.
func Mint(appID uint32, user, secret string, now time.Time, lifetime time.Duration) (string, error) {
	return mint(appID, user, secret, now, lifetime, nil)
}

// MintWithBuf is Mint with the opaque buffer of media tickets (spec/01 §5),
// which chat ignores but the signature covers.
func MintWithBuf(appID uint32, user, secret string, now time.Time, lifetime time.Duration, userbuf []byte) (string, error) {
	text := base64.StdEncoding.EncodeToString(userbuf)
	return mint(appID, user, secret, now, lifetime, &text)
}

func mint(appID uint32, user, secret string, now time.Time, lifetime time.Duration, userbuf *string) (string, error) {
	if err := mintable(appID, user, secret, lifetime); err != nil {
		return "", err
	}
	version, issued, expire := "2.0", now.Unix(), int64(lifetime/time.Second)
	t := &userSig{Version: &version, Identifier: &user, AppID: &appID, Expire: &expire, Time: &issued, UserBuf: userbuf}
	mac := t.mac([]byte(secret))
	sig := base64.StdEncoding.EncodeToString(mac[:])
	t.Sig = &sig
	return t.encode()
}

// mintable checks what a ticket is to be made of.
func mintable(appID uint32, user, secret string, lifetime time.Duration) error {
	switch {
	case user == "" || !utf8.ValidString(user):
		return fmt.Errorf("mint ticket: user %q is empty or not UTF-8", user)
	case secret == "":
		return fmt.Errorf("mint ticket: app %d has no secret", appID)
	case lifetime < time.Second || lifetime > MaxLifetime:
		return fmt.Errorf("mint ticket: lifetime %v is not between 1s and 50 years", lifetime)
	}
	return nil
}

// signedText is what the signature covers (spec/01 §3).
func (t *userSig) signedText() []byte {
	b := make([]byte, 0, 256)
	b = append(append(b, "TLS.identifier:"...), *t.Identifier...)
	b = strconv.AppendUint(append(b, "\nTLS.sdkappid:"...), uint64(*t.AppID), 10)
	b = strconv.AppendInt(append(b, "\nTLS.time:"...), *t.Time, 10)
	b = strconv.AppendInt(append(b, "\nTLS.expire:"...), *t.Expire, 10)
	b = append(b, '\n')
	if t.UserBuf != nil {
		b = append(append(append(b, "TLS.userbuf:"...), *t.UserBuf...), '\n')
	}
	return b
}

func (t *userSig) mac(secret []byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, secret)
	h.Write(t.signedText())
	h.Sum(sum[:0])
	return sum
}

// signedWith reports in constant time whether the signature is of this secret.
func (t *userSig) signedWith(secret []byte) bool {
	sig, err := base64.StdEncoding.DecodeString(*t.Sig)
	want := t.mac(secret)
	return err == nil && hmac.Equal(sig, want[:])
}

func (t *userSig) issued() time.Time { return calendar(*t.Time) }

// expires is the last second at which the ticket is valid.
func (t *userSig) expires() time.Time {
	issued, expire := *t.Time, *t.Expire
	switch {
	case expire > 0 && issued > math.MaxInt64-expire:
		return calendar(math.MaxInt64)
	case expire < 0 && issued < math.MinInt64-expire:
		return calendar(math.MinInt64)
	}
	return calendar(issued + expire)
}

// calendar limits a time to the years 1 to 9999, where arithmetic and formatting work.
func calendar(unix int64) time.Time {
	const first, last = -62135596800, 253402300799
	return time.Unix(min(max(unix, first), last), 0)
}

// The substitution of spec/01 §4; it is not that of base64url.
var (
	toUserSig   = strings.NewReplacer("+", "*", "/", "-", "=", "_")
	fromUserSig = func() (table [256]byte) {
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" {
			table[c] = byte(c)
		}
		table['*'], table['-'], table['_'] = '+', '/', '='
		return table
	}()
)

// writers are kept because one weighs 800 KB.
var writers = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

func (t *userSig) encode() (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("mint ticket: %w", err)
	}
	var packed bytes.Buffer
	w := writers.Get().(*zlib.Writer)
	defer writers.Put(w)
	w.Reset(&packed)
	if _, err := w.Write(text); err != nil {
		return "", fmt.Errorf("mint ticket: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("mint ticket: %w", err)
	}
	sealed := toUserSig.Replace(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if len(sealed) > maxUserSigBytes {
		return "", fmt.Errorf("mint ticket: %d bytes, longer than %d", len(sealed), maxUserSigBytes)
	}
	return sealed, nil
}

// decoder is the scratch space of one decoding. Its size is bounded by the
// limits on a ticket, so a pool of them is too.
type decoder struct {
	base64 [maxUserSigBytes]byte
	json   [maxInflated + 1]byte
	source bytes.Reader
	zlib   io.ReadCloser // also a zlib.Resetter; nil before the first use
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// decodeUserSig decodes a ticket without verifying it.
func decodeUserSig(text string) (*userSig, *Error) {
	if len(text) > maxUserSigBytes {
		return nil, malformed("ticket is longer than %d bytes", maxUserSigBytes)
	}
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	packed, refusal := d.unbase64(text)
	if refusal != nil {
		return nil, refusal
	}
	inflated, refusal := d.inflate(packed)
	if refusal != nil {
		return nil, refusal
	}
	t := new(userSig)
	if err := json.Unmarshal(inflated, t); err != nil {
		return nil, malformed("ticket content is not the JSON of a UserSig: %v", err)
	}
	return t, t.complete()
}

func (d *decoder) unbase64(text string) ([]byte, *Error) {
	b := d.base64[:len(text)]
	for i := range len(text) {
		c := fromUserSig[text[i]]
		if c == 0 {
			return nil, malformed("ticket is not in UserSig's base64: character %q at %d%s", text[i], i, alphabetHint(text[i]))
		}
		b[i] = c
	}
	n, err := base64.StdEncoding.Decode(b, b)
	if err != nil {
		return nil, malformed("ticket is not base64, perhaps it was cut: %v", err)
	}
	return b[:n], nil
}

// alphabetHint explains a character that belongs to another base64 alphabet.
func alphabetHint(c byte) string {
	switch c {
	case '+', '/', '=':
		return "; this is plain base64, UserSig writes * - _ for + / ="
	case '%':
		return "; percent-decode the ticket once"
	case ' ', '\n', '\r', '\t':
		return "; remove the blank"
	}
	return ""
}

func (d *decoder) inflate(packed []byte) ([]byte, *Error) {
	d.source.Reset(packed)
	var err error
	if d.zlib == nil {
		d.zlib, err = zlib.NewReader(&d.source)
	} else {
		err = d.zlib.(zlib.Resetter).Reset(&d.source, nil)
	}
	if err != nil {
		return nil, malformed("ticket is not a zlib stream: %v", err)
	}
	n, err := io.ReadFull(d.zlib, d.json[:])
	if err == nil {
		return nil, malformed("ticket inflates to more than %d bytes", maxInflated)
	}
	// ReadFull returns the same error at the end of the stream and for a truncated
	// one; a further read returns the stream's own error.
	if _, err = d.zlib.Read(d.json[n:]); !errors.Is(err, io.EOF) {
		return nil, malformed("ticket is cut or damaged: %v", err)
	}
	return d.json[:n], nil
}

// complete checks that every member is there (step 2 of spec/01 §5).
func (t *userSig) complete() *Error {
	for _, m := range []struct {
		name   string
		absent bool
	}{
		{"TLS.ver", t.Version == nil},
		{"TLS.identifier", t.Identifier == nil},
		{"TLS.sdkappid", t.AppID == nil},
		{"TLS.time", t.Time == nil},
		{"TLS.expire", t.Expire == nil},
		{"TLS.sig", t.Sig == nil},
	} {
		if m.absent {
			return malformed("ticket has no member %s", m.name)
		}
	}
	if *t.Version != "2.0" {
		return malformed("ticket has version %q, only 2.0 is supported", *t.Version)
	}
	return nil
}
