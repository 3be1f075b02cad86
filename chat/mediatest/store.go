// Package mediatest has a store of files in memory, for tests of what stands above the port. It
// is no engine: nothing of it lasts. It refuses what [media.Store] refuses, and fails where a test
// says so.
package mediatest

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/media"
)

// Store keeps files in memory. Its zero value is ready for use.
type Store struct {
	// Fail, when set, is asked before each step, by its name and key; its error is the answer.
	Fail func(step, key string) error
	// Any, when set, is what files hold that nobody has sent.
	Any []byte
	// Direct, when set, gives the addresses at which senders write themselves.
	Direct func(key string) string

	mu    sync.Mutex
	files map[string]*file
}

type file struct {
	bytes []byte
	whole bool
}

func (s *Store) fails(step, key string) error {
	if s.Fail == nil {
		return nil
	}
	return s.Fail(step, key)
}

func (s *Store) put(key string, f *file) {
	if s.files == nil {
		s.files = map[string]*file{}
	}
	s.files[key] = f
}

// Addresses are signed with a secret that is no secret.
func Addresses(now chat.Clock) *media.Addresses {
	a, err := media.NewAddresses(bytes.Repeat([]byte{7}, media.MinSecretBytes), now)
	if err != nil {
		panic(err)
	}
	a.ServedAt("https://chat.example.com")
	return a
}

// Picture is the beginning of one.
const Picture = "\x89PNG\r\n\x1a\n and what follows"

// Append implements media.Store.
func (s *Store) Append(_ context.Context, key string, offset int64, r io.Reader, limit int64) (int64, error) {
	if err := s.fails("append", key); err != nil {
		return 0, err
	}
	more, err := io.ReadAll(io.LimitReader(r, limit-offset+1))
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[key]
	if offset == 0 {
		f = &file{}
		s.put(key, f)
	}
	if f == nil || f.whole || int64(len(f.bytes)) != offset {
		return 0, media.ErrOffset
	}
	if offset+int64(len(more)) > limit {
		return int64(len(f.bytes)), media.ErrTooLarge
	}
	f.bytes = append(f.bytes, more...)
	return int64(len(f.bytes)), err
}

// Uploaded implements media.Store.
func (s *Store) Uploaded(_ context.Context, key string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[key]; f != nil && !f.whole {
		return int64(len(f.bytes)), nil
	}
	return 0, nil
}

// Finish implements media.Store.
func (s *Store) Finish(_ context.Context, key string) error {
	if err := s.fails("finish", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[key]
	if f == nil {
		return media.ErrNone
	}
	f.whole = true
	return nil
}

// Put implements media.Store.
func (s *Store) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	all, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(key, &file{all, true})
	return err
}

// Open implements media.Store.
func (s *Store) Open(_ context.Context, key string) (media.File, error) {
	if err := s.fails("open", key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[key]
	if f == nil && s.Any != nil {
		f = &file{s.Any, true}
	}
	if f == nil || !f.whole {
		return nil, media.ErrNone
	}
	return opened{bytes.NewReader(f.bytes)}, nil
}

type opened struct{ *bytes.Reader }

// Close implements media.File.
func (opened) Close() error { return nil }

// Remove implements media.Store.
func (s *Store) Remove(_ context.Context, key string) error {
	if err := s.fails("remove", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, key)
	return nil
}

// Keys implements media.Store.
func (s *Store) Keys(_ context.Context, after string, limit int) ([]string, error) {
	if err := s.fails("keys", after); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for k := range s.files {
		if k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys[:min(limit, len(keys))], nil
}

// Has reports whether there is a file, or an upload.
func (s *Store) Has(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[key] != nil
}

// Address implements media.Store.
func (s *Store) Address(context.Context, string, media.Response, time.Time) (string, bool) {
	return "", false
}

// UploadAddress implements media.Store.
func (s *Store) UploadAddress(_ context.Context, key string, _ int64, _ string, _ time.Time) (string, map[string]string, bool) {
	if s.Direct == nil {
		return "", nil, false
	}
	return s.Direct(key), map[string]string{"X-Direct": "1"}, true
}
