package operator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// The refusals of this room. What is no refusal is a fault.
var (
	ErrNotFound   = errors.New("there is no such operator or session")
	ErrTaken      = errors.New("an operator has this name")
	ErrLast       = errors.New("nobody else has role write: make another operator first")
	ErrLinkGone   = errors.New("the link was used, has ended or never was")
	ErrWrongLogin = errors.New("name or password is wrong")
	ErrBusy       = errors.New("too many log in now")
	ErrName       = errors.New("name: 1 to 32 of a-z, 0-9, dot, underscore and hyphen, beginning with a letter or digit")
	ErrPassword   = errors.New("password: 10 to 256 characters, and not the name")
	ErrRole       = errors.New("role: read or write")
)

// Role is what an operator may do.
type Role string

// The roles: to look at everything that holds no secret, and to change it too.
const (
	Read  Role = "read"
	Write Role = "write"
)

// Valid reports whether it is one of the roles.
func (r Role) Valid() bool { return r == Read || r == Write }

// Service keeps operators. Its methods are safe for concurrent use.
type Service struct {
	ledger *ledger.Ledger
	hasher *hasher
	noted  atomic.Int64 // entries of the log since it was counted
}

// New makes the room.
func New(l *ledger.Ledger) *Service {
	s := &Service{ledger: l, hasher: newHasher()}
	s.noted.Store(trimEvery) // how many there are is not known yet
	return s
}

// change runs a turn of the server's shard.
func (s *Service) change(ctx context.Context, do func(context.Context, *ledger.Turn) error) error {
	return s.ledger.Change(ctx, chat.ServerShard, 0, do)
}

// now is the time in Unix milliseconds.
func (s *Service) now() int64 { return s.ledger.NowMs() }

// tokenBytes make a token that nobody guesses.
const tokenBytes = 32

// newToken is a random token as it goes into a cookie or a link.
func newToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// tokenKey is the key of what a token opens: its hash.
func tokenKey(token string) string {
	h := sha256.Sum256([]byte(token))
	return string(h[:])
}

// newEpoch is the number of a password: sessions that were made with another are over.
func newEpoch() uint64 {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return binary.BigEndian.Uint64(b) | 1
}

// seconds of a duration.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }
