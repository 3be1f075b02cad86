// Package storetest is the suite that every store of files passes. It knows the port, not the
// stores it is run on.
//
// Start reading at [Run].
package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/teahouse-im/teahouse/chat/media"
)

// Opener opens a store; called again for the same test it opens the same data anew, as after
// a restart.
type Opener func(t *testing.T) media.Store

// Run runs the suite. fresh gives each test data of its own.
func Run(t *testing.T, fresh func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"upload at once":                      uploadAtOnce,
		"upload in chunks over restarts":      uploadInChunks,
		"an upload goes on where it is":       wrongOffsets,
		"an upload may begin anew":            beginAnew,
		"an interrupted chunk keeps its head": interrupted,
		"an upload does not replace a file":   notReplaced,
		"nothing beyond the limit is kept":    tooLarge,
		"reading at any place":                reading,
		"put replaces":                        putReplaces,
		"put has to come to its size":         putShort,
		"remove":                              remove,
		"derived pictures go with the file":   derivedGo,
		"keys in byte order":                  keys,
		"keys that are none":                  badKeys,
		"two files do not meet":               twoFiles,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

const key = "1400000001/ab/abcdef0123456789"

// Bytes are n that do not repeat, the same for each seed.
func Bytes(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b) // never fails
	return b
}

// Content reads a file as a whole.
func Content(t *testing.T, s media.Store, key string) []byte {
	t.Helper()
	f, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("open %s: %v", key, err)
	}
	defer func() { _ = f.Close() }()
	got, err := io.ReadAll(f)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	if f.Size() != int64(len(got)) {
		t.Errorf("%s is said to have %d bytes, has %d", key, f.Size(), len(got))
	}
	return got
}

func appendTo(t *testing.T, s media.Store, key string, offset int64, b []byte) {
	t.Helper()
	size, err := s.Append(t.Context(), key, offset, bytes.NewReader(b), 1<<30)
	if err != nil || size != offset+int64(len(b)) {
		t.Fatalf("append %d bytes at %d: has %d, %v", len(b), offset, size, err)
	}
}

func finish(t *testing.T, s media.Store, key string) {
	t.Helper()
	if err := s.Finish(t.Context(), key); err != nil {
		t.Fatalf("finish %s: %v", key, err)
	}
}

func uploaded(t *testing.T, s media.Store, key string, want int64) {
	t.Helper()
	if got, err := s.Uploaded(t.Context(), key); err != nil || got != want {
		t.Fatalf("uploaded of %s: %d, %v, want %d", key, got, err, want)
	}
}

func absent(t *testing.T, s media.Store, key string) {
	t.Helper()
	f, err := s.Open(t.Context(), key)
	if err == nil {
		_ = f.Close()
	}
	if !errors.Is(err, media.ErrNone) {
		t.Fatalf("open %s: %v, want that there is none", key, err)
	}
}

func uploadAtOnce(t *testing.T, open Opener) {
	for _, size := range []int{1, 511, 64 << 10, 1<<20 + 1} {
		s, want := open(t), Bytes(size, 1)
		appendTo(t, s, key, 0, want)
		absent(t, s, key)
		finish(t, s, key)
		finish(t, s, key) // nothing happens
		uploaded(t, s, key, 0)
		if got := Content(t, open(t), key); !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d others", size, len(got))
		}
		if err := s.Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
}

func uploadInChunks(t *testing.T, open Opener) {
	want := Bytes(19<<20+7, 2)
	for _, chunk := range []int{3<<20 + 1, 8 << 20, 16 << 20} {
		for at := 0; at < len(want); {
			s := open(t)
			uploaded(t, s, key, int64(at))
			n := min(chunk, len(want)-at)
			appendTo(t, s, key, int64(at), want[at:at+n])
			at += n
		}
		finish(t, open(t), key)
		if got := Content(t, open(t), key); !bytes.Equal(got, want) {
			t.Fatalf("chunks of %d: %d bytes came back as %d others", chunk, len(want), len(got))
		}
		if err := open(t).Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
}

func wrongOffsets(t *testing.T, open Opener) {
	s := open(t)
	if _, err := s.Append(t.Context(), key, 5, strings.NewReader("x"), 100); !errors.Is(err, media.ErrOffset) {
		t.Errorf("an upload begun at 5: %v", err)
	}
	appendTo(t, s, key, 0, []byte("hello"))
	for _, at := range []int64{1, 4, 6, 1 << 40, -1} {
		size, err := s.Append(t.Context(), key, at, strings.NewReader("x"), 100)
		if !errors.Is(err, media.ErrOffset) || size != 5 {
			t.Errorf("an upload of 5 bytes that goes on at %d: %d, %v", at, size, err)
		}
	}
	appendTo(t, s, key, 5, []byte(" you"))
	finish(t, s, key)
	if got := Content(t, s, key); string(got) != "hello you" {
		t.Errorf("got %q", got)
	}
}

func beginAnew(t *testing.T, open Opener) {
	s := open(t)
	appendTo(t, s, key, 0, Bytes(9<<20, 3))
	appendTo(t, open(t), key, 0, []byte("short"))
	uploaded(t, s, key, 5)
	finish(t, s, key)
	if got := Content(t, s, key); string(got) != "short" {
		t.Errorf("got %d bytes", len(got))
	}
}

func interrupted(t *testing.T, open Opener) {
	s, want := open(t), Bytes(1<<20, 4)
	broken := errors.New("the line is broken")
	r := io.MultiReader(bytes.NewReader(want[:700_001]), iotest.ErrReader(broken))
	size, err := s.Append(t.Context(), key, 0, r, 1<<30)
	if !errors.Is(err, broken) || size < 600_000 || size > 700_001 {
		t.Fatalf("700001 bytes and a broken line: %d, %v", size, err)
	}
	absent(t, s, key)
	uploaded(t, open(t), key, size)
	appendTo(t, open(t), key, size, want[size:])
	finish(t, s, key)
	if got := Content(t, s, key); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back as %d others", len(want), len(got))
	}
}

func notReplaced(t *testing.T, open Opener) {
	s := open(t)
	for _, text := range []string{"the first", "the second", "another"} {
		appendTo(t, s, key, 0, []byte(text))
		finish(t, s, key)
		if got := Content(t, open(t), key); string(got) != "the first" {
			t.Errorf("got %q", got)
		}
		uploaded(t, s, key, 0)
	}
}

func tooLarge(t *testing.T, open Opener) {
	s := open(t)
	appendTo(t, s, key, 0, []byte("hello"))
	size, err := s.Append(t.Context(), key, 5, bytes.NewReader(Bytes(1<<20, 5)), 8)
	if !errors.Is(err, media.ErrTooLarge) || size > 8 {
		t.Errorf("a megabyte into 8 bytes: %d, %v", size, err)
	}
	if kept, err := s.Uploaded(t.Context(), key); err != nil || kept != size {
		t.Errorf("%d bytes are kept, %v; told were %d", kept, err, size)
	}
	absent(t, s, key)
}

func reading(t *testing.T, open Opener) {
	s, want := open(t), Bytes(10_000, 6)
	if err := s.Put(t.Context(), key, bytes.NewReader(want), 10_000); err != nil {
		t.Fatal(err)
	}
	f, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if end, err := f.Seek(0, io.SeekEnd); err != nil || end != 10_000 {
		t.Errorf("the end is at %d, %v", end, err)
	}
	if n, err := f.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read %d at the end: %v", n, err)
	}
	for _, at := range []int64{9_999, 0, 5_000} {
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.LimitReader(f, 100))
		if err != nil || !bytes.Equal(got, want[at:min(at+100, 10_000)]) {
			t.Errorf("at %d: %d bytes, %v", at, len(got), err)
		}
	}
	if _, err := f.Seek(-1, io.SeekStart); err == nil {
		t.Error("one may read before the beginning")
	}
}

func putReplaces(t *testing.T, open Opener) {
	s := open(t)
	for _, text := range []string{"first", "the second"} {
		if err := s.Put(t.Context(), key, strings.NewReader(text), int64(len(text))); err != nil {
			t.Fatal(err)
		}
		if got := Content(t, open(t), key); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

func putShort(t *testing.T, open Opener) {
	s := open(t)
	if err := s.Put(t.Context(), key, strings.NewReader("four"), 5); err == nil {
		t.Error("4 bytes are taken for 5")
	}
	absent(t, s, key)
}

func remove(t *testing.T, open Opener) {
	s := open(t)
	if err := s.Remove(t.Context(), key); err != nil {
		t.Errorf("nothing there to remove: %v", err)
	}
	appendTo(t, s, key, 0, Bytes(9<<20, 7))
	if err := s.Remove(t.Context(), key); err != nil {
		t.Error(err)
	}
	uploaded(t, open(t), key, 0)
	if err := s.Finish(t.Context(), key); !errors.Is(err, media.ErrNone) {
		t.Errorf("finish what was removed: %v", err)
	}
	appendTo(t, s, key, 0, []byte("hello"))
	finish(t, s, key)
	if err := s.Remove(t.Context(), key); err != nil {
		t.Error(err)
	}
	absent(t, open(t), key)
	list(t, s, "", 10)
}

func derivedGo(t *testing.T, open Opener) {
	s := open(t)
	appendTo(t, s, key, 0, []byte("a picture"))
	finish(t, s, key)
	for _, d := range media.DerivedKeys(key) {
		if err := s.Put(t.Context(), d, strings.NewReader("small"), 5); err != nil {
			t.Fatal(err)
		}
	}
	list(t, s, "", 10, key)
	if err := s.Remove(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	for _, d := range media.DerivedKeys(key) {
		absent(t, s, d)
	}
	list(t, s, "", 10)
}

// list checks a page of keys.
func list(t *testing.T, s media.Store, after string, limit int, want ...string) {
	t.Helper()
	got, err := s.Keys(t.Context(), after, limit)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d keys after %q: %q, %v, want %q", limit, after, got, err, want)
	}
}

func keys(t *testing.T, open Opener) {
	s := open(t)
	list(t, s, "", 10)
	// In byte order: '-' and '.' come before '/', '0' after it.
	all := []string{"1/a", "1/a-b", "1/a.b/c", "1/a/b", "1/a/c", "1/a0", "1/b/x", "1/b/y", "2/a/a"}
	for i, k := range []int{8, 0, 3, 5, 2, 7, 4, 6, 1} {
		name := all[k]
		if name == "1/a" {
			continue // a file and a folder cannot have one name; below
		}
		if i%2 == 0 {
			appendTo(t, s, name, 0, []byte("under way"))
		} else if err := s.Put(t.Context(), name, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	all = all[1:]
	list(t, s, "", 100, all...)
	for i := range all {
		list(t, s, all[i], 2, all[min(i+1, len(all)):min(i+3, len(all))]...)
	}
	list(t, s, "1/a/bb", 1, "1/a/c")
	list(t, s, "3", 1)
}

func badKeys(t *testing.T, open Opener) {
	s := open(t)
	for _, k := range []string{
		"", "/", "a/", "/a", "a//b", ".", "..", "a/..", "../a", "a/./b", "A", "a b", "a\x00", "ä", `a\b`, "a~part", "~new/x",
		"a/b/c/d/e/f", strings.Repeat("a", 201), "%2e%2e/a", "a\n",
	} {
		_, appended := s.Append(t.Context(), k, 0, strings.NewReader("x"), 10)
		_, up := s.Uploaded(t.Context(), k)
		_, opened := s.Open(t.Context(), k)
		for method, err := range map[string]error{
			"Append": appended, "Uploaded": up, "Open": opened,
			"Finish": s.Finish(t.Context(), k), "Remove": s.Remove(t.Context(), k),
			"Put": s.Put(t.Context(), k, strings.NewReader("x"), 1),
		} {
			if !errors.Is(err, media.ErrKey) {
				t.Errorf("%s takes %q as a key: %v", method, k, err)
			}
		}
	}
	list(t, s, "", 10)
}

func twoFiles(t *testing.T, open Opener) {
	s := open(t)
	other := key + "0"
	appendTo(t, s, key, 0, []byte("one"))
	appendTo(t, s, other, 0, []byte("two"))
	finish(t, s, other)
	if err := s.Remove(context.WithoutCancel(t.Context()), key); err != nil {
		t.Fatal(err)
	}
	if got := Content(t, s, other); string(got) != "two" {
		t.Errorf("got %q", got)
	}
}
