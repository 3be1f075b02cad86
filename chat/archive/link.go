package archive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// linkSeconds is how long an address opens its file, our choice.
const linkSeconds = 24 * 60 * 60

// errNoKey is the fault of an app that cannot sign.
var errNoKey = errors.New("history file: the app has no key to sign with")

// ErrForbidden is the refusal of an address that is not signed, or no longer.
var ErrForbidden = errors.New("the address has expired, or its signature is wrong")

// signature of an address: by a UserSig key of the app, over words that no ticket has.
func signature(k chat.Key, app chat.AppID, name string, expires int64) []byte {
	mac := hmac.New(sha256.New, []byte(k.Secret))
	fmt.Fprintf(mac, "history file\n%d\n%s\n%d\n", app, name, expires)
	return mac.Sum(nil)
}

// serves reports whether a key may still be used.
func serves(k chat.Key, now time.Time) bool { return k.NotAfter.IsZero() || now.Before(k.NotAfter) }

// sign makes the address of a file.
func (s *Service) sign(app *chat.App, h hour, facts Facts) (*File, error) {
	now := s.read.NowSec()
	f := &File{Name: h.name(), App: app.ID, Expires: min(now+linkSeconds, gone(app, h.start)), Facts: facts}
	for _, k := range app.Keys {
		if serves(k, time.Unix(now, 0)) {
			f.Sign = hex.EncodeToString(signature(k, app.ID, f.Name, f.Expires))
			return f, nil
		}
	}
	return nil, errNoKey
}

// Open opens a file by its address, to be closed by the caller. ErrForbidden unless its
// signature is right and has not expired; os.ErrNotExist when the file is gone.
func (s *Service) Open(app chat.AppID, name string, expires int64, sign string) (*os.File, error) {
	start, ok := startOf(name)
	a, err := s.read.App(app)
	now := s.read.NowSec()
	if !ok || err != nil || s.Dir == "" || now >= expires || now >= gone(a, start) {
		return nil, ErrForbidden
	}
	got, err := hex.DecodeString(sign)
	if err != nil || !signed(a, name, expires, got, time.Unix(now, 0)) {
		return nil, ErrForbidden
	}
	return os.Open(filepath.Join(s.folder(app), name))
}

// signed compares with each key, in constant time.
func signed(a *chat.App, name string, expires int64, got []byte, now time.Time) bool {
	for _, k := range a.Keys {
		if serves(k, now) && hmac.Equal(got, signature(k, a.ID, name, expires)) {
			return true
		}
	}
	return false
}
