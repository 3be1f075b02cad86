package operator

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id: those that OWASP names first (19 MiB, two passes, one lane).
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	saltBytes   = 16
	hashBytes   = 32
)

// Bounds of what hashing takes: so many at a time, and so many who wait for it. Beyond them a
// login is refused: it may be tried again.
const (
	hashesAtOnce = 2
	mostWaiting  = 32
)

// Bounds of a password.
const (
	minPassword      = 10  // characters
	maxPassword      = 256 // characters
	maxPasswordBytes = 1024
)

// hasher hashes passwords, a few at a time.
type hasher struct {
	free    chan struct{}
	waiting atomic.Int64
	nobody  string // the hash that a password is held against when the name is unknown
}

func newHasher() *hasher {
	h := &hasher{free: make(chan struct{}, hashesAtOnce)}
	salt := make([]byte, saltBytes)
	h.nobody = encoded(salt, make([]byte, hashBytes)) // no password has it
	return h
}

// enter waits for room; leave gives it back.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	if h.waiting.Add(1) > mostWaiting {
		h.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer h.waiting.Add(-1)
	select {
	case h.free <- struct{}{}:
		return func() { <-h.free }, nil
	case <-ctx.Done():
		return nil, ErrBusy
	}
}

// hash is a password as it is kept, in the PHC string format.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return encoded(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, hashBytes)), nil
}

// fits reports whether a password is that of a hash. It takes the same time without a hash.
func (h *hasher) fits(ctx context.Context, kept, password string) (bool, error) {
	known := kept != ""
	if !known {
		kept = h.nobody
	}
	salt, want, err := decoded(kept)
	if err != nil {
		return false, err
	}
	if len(password) > maxPasswordBytes {
		password = password[:maxPasswordBytes] // no password is as long
		known = false
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	got := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, hashBytes)
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

const phcHead = "$argon2id$v=19$m=19456,t=2,p=1$"

func encoded(salt, hash []byte) string {
	text := base64.RawStdEncoding.EncodeToString
	return phcHead + text(salt) + "$" + text(hash)
}

func decoded(kept string) (salt, hash []byte, err error) {
	rest, ok := strings.CutPrefix(kept, phcHead)
	first, second, both := strings.Cut(rest, "$")
	if !ok || !both {
		return nil, nil, fmt.Errorf("password hash of another kind")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(first); err != nil {
		return nil, nil, fmt.Errorf("password hash: %w", err)
	}
	if hash, err = base64.RawStdEncoding.DecodeString(second); err != nil {
		return nil, nil, fmt.Errorf("password hash: %w", err)
	}
	return salt, hash, nil
}

// checkPassword refuses what is no good password for a name.
func checkPassword(name, password string) error {
	n := utf8.RuneCountInString(password)
	if n < minPassword || n > maxPassword || len(password) > maxPasswordBytes || strings.EqualFold(password, name) {
		return ErrPassword
	}
	return nil
}

// maxName bounds a name, in bytes.
const maxName = 32

// checkName refuses what is no name of an operator.
func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return ErrName
	}
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("._-", r)) {
			return ErrName
		}
	}
	return nil
}
