package backup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// kept is what was read of a backup.
type kept struct {
	entries []Entry
	files   map[string][]byte
}

func (k *kept) use() Use {
	k.files = map[string][]byte{}
	return Use{
		Entry: func(e Entry) error {
			e.Key, e.Value = bytes.Clone(e.Key), bytes.Clone(e.Value)
			k.entries = append(k.entries, e)
			return nil
		},
		File: func(name string, _ int64, content io.Reader) (err error) {
			k.files[name], err = io.ReadAll(content)
			return err
		},
	}
}

// sample is a source with several frames of each kind, an entry that is large, and files that are
// empty, large, and not there.
func sample() (Source, []Entry, map[string][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	var entries []Entry
	for i := range 3000 {
		e := Entry{Key: fmt.Appendf(nil, "key %06d", i), Value: text(r.IntN(1500)), Version: uint64(i % 77)}
		if i%3 == 0 {
			e.Expires = 1_900_000_000 + int64(i)
		}
		if i == 1000 {
			e.Value = text(2 << 20)
		}
		entries = append(entries, e)
	}
	files := map[string][]byte{"media/1/ab/a": text(frameBytes*2 + 5), "media/1/ab/b": {}, "media.key": text(65)}
	return Source{
		Header: Header{Schema: 2, Program: "test", Made: 1_800_000_000_000, Commit: 77, Media: MediaIn},
		Entries: func(_ context.Context, use func(Entry) error) error {
			for _, e := range entries {
				if err := use(e); err != nil {
					return err
				}
			}
			return nil
		},
		Named: func(e Entry) string {
			return map[string]string{"key 000010": "media/1/ab/a", "key 002000": "media/1/ab/b", "key 002001": "media/1/ab/gone"}[string(e.Key)]
		},
		Files: []string{"media.key"},
		Open: func(_ context.Context, name string) (io.ReadCloser, int64, error) {
			b, ok := files[name]
			if !ok {
				return nil, 0, fs.ErrNotExist
			}
			return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
		},
	}, entries, files
}

func made(t *testing.T, s Source) ([]byte, Trailer) {
	t.Helper()
	var out bytes.Buffer
	trailer, err := Make(t.Context(), &out, s)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), trailer
}

func read(text []byte, use Use) (Trailer, error) {
	b, err := Open(bytes.NewReader(text))
	if err != nil {
		return Trailer{}, err
	}
	return b.Each(use)
}

// What is written is read again, byte for byte.
func TestRoundTrip(t *testing.T) {
	s, entries, files := sample()
	text, trailer := made(t, s)
	if trailer.Missing != 1 || trailer.Files != 3 || trailer.Entries != 3000 {
		t.Errorf("the trailer is %+v", trailer)
	}
	var k kept
	got, err := read(text, k.use())
	if err != nil || got != trailer {
		t.Fatalf("got %+v, %v, want %+v", got, err, trailer)
	}
	if len(k.entries) != len(entries) || len(k.files) != len(files) {
		t.Fatalf("%d entries and %d files", len(k.entries), len(k.files))
	}
	for i, e := range k.entries {
		w := entries[i]
		if !bytes.Equal(e.Key, w.Key) || !bytes.Equal(e.Value, w.Value) || e.Version != w.Version || e.Expires != w.Expires {
			t.Fatalf("entry %d differs", i)
		}
	}
	for name, b := range files {
		if !bytes.Equal(k.files[name], b) {
			t.Errorf("file %s differs", name)
		}
	}
	if again, _ := made(t, s); !bytes.Equal(again, text) {
		t.Error("the same source makes another file")
	}
}

// frameEnds are where frames end in a backup.
func frameEnds(text []byte) (ends []int) {
	for at := len(magic) + 4; at < len(text); {
		at += frameHead + int(binary.BigEndian.Uint32(text[at+2:])) + 4
		ends = append(ends, at)
	}
	return ends
}

// A file that is cut at the border of any frame, or beside one, is refused and the frame is named.
func TestCutIsRefused(t *testing.T) {
	s, _, _ := sample()
	text, _ := made(t, s)
	cuts := []int{0, 1, len(magic), len(magic) + 3, len(magic) + 4}
	for _, end := range frameEnds(text) {
		cuts = append(cuts, end-1, end, end+1, end+frameHead-1)
	}
	for _, cut := range cuts {
		if cut >= len(text) {
			continue
		}
		_, err := read(text[:cut], Use{})
		switch {
		case cut == 0 && errors.Is(err, ErrForeign):
		case !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "frame "):
			t.Errorf("cut at %d of %d: %v", cut, len(text), err)
		}
	}
}

// Frames that are left out, repeated, exchanged or put behind the end are noticed.
func TestFramesInAnotherOrder(t *testing.T) {
	s, _, _ := sample()
	text, _ := made(t, s)
	ends := append([]int{len(magic) + 4}, frameEnds(text)...)
	frame := func(i int) []byte { return text[ends[i]:ends[i+1]] }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for what, bad := range map[string][]byte{
		"left out":      join(text[:ends[1]], text[ends[2]:]),
		"repeated":      join(text[:ends[2]], frame(1), text[ends[2]:]),
		"exchanged":     join(text[:ends[1]], frame(2), frame(1), text[ends[3]:]),
		"behind":        join(text, frame(1)),
		"a byte behind": join(text, []byte{0}),
		"two files":     join(text, text),
	} {
		if _, err := read(bad, Use{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A byte that is changed anywhere is noticed.
func TestChangedBytes(t *testing.T) {
	s, _, _ := sample()
	text, _ := made(t, s)
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		bad := bytes.Clone(text)
		at := r.IntN(len(bad))
		bad[at] ^= byte(1 + r.IntN(255))
		if _, err := read(bad, Use{}); err == nil {
			t.Fatalf("byte %d was changed and nobody noticed", at)
		}
	}
}

func TestForeignAndNewer(t *testing.T) {
	s, _, _ := sample()
	text, _ := made(t, s)
	newer := bytes.Clone(text)
	newer[len(magic)+3] = Format + 1
	for _, c := range []struct {
		text []byte
		want error
		says string
	}{
		{nil, ErrForeign, "not a backup"},
		{[]byte("#!/bin/sh\n"), ErrForeign, "not a backup"},
		{bytes.Repeat([]byte{0}, 1000), ErrForeign, "not a backup"},
		{newer, ErrNewer, "its format is 2, this program knows 1"},
	} {
		if _, err := read(c.text, Use{}); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
}

// Names that would lead out of the folder are refused, also by who can make checksums.
func TestNamesOfFiles(t *testing.T) {
	for _, name := range []string{"", "..", "../x", "/etc/passwd", "media/../../x", "a//b", "a/", ".hidden", "media/.", `a\b`, "a\x00b", strings.Repeat("a/", 7) + "a", strings.Repeat("x", 300)} {
		s := Source{
			Header:  Header{Commit: 1},
			Entries: func(context.Context, func(Entry) error) error { return nil },
			Files:   []string{name},
			Open: func(context.Context, string) (io.ReadCloser, int64, error) {
				return io.NopCloser(strings.NewReader("")), 0, nil
			},
		}
		text, _ := made(t, s)
		if _, err := read(text, Use{File: func(n string, _ int64, _ io.Reader) error { t.Errorf("%q is handed on", n); return nil }}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What ends the making ends it with its own error, and what was written is no backup.
func TestMakingFails(t *testing.T) {
	s, _, _ := sample()
	stop := errors.New("stop")
	whole := s.Entries
	s.Entries = func(ctx context.Context, use func(Entry) error) error {
		n := 0
		return whole(ctx, func(e Entry) error {
			if n++; n == 2500 {
				return stop
			}
			return use(e)
		})
	}
	var out bytes.Buffer
	if _, err := Make(t.Context(), &out, s); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if _, err := read(out.Bytes(), Use{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a part reads as %v", err)
	}
}

// FuzzRead holds that whatever is read, nothing breaks, no file leads out, and memory is bounded.
func FuzzRead(f *testing.F) {
	s, entries, _ := sample()
	s.Entries = func(_ context.Context, use func(Entry) error) error {
		for _, e := range entries[:20] {
			if err := use(e); err != nil {
				return err
			}
		}
		return nil
	}
	var out bytes.Buffer
	if _, err := Make(context.Background(), &out, s); err != nil {
		f.Fatal(err)
	}
	small := out.Bytes()
	f.Add(small[:200])
	f.Add(append([]byte(magic), 0, 0, 0, 1, 'H', 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	f.Add(append([]byte(magic), 0, 0, 0, 1, 'E', 1, 0, 0x7f, 0xff, 0xff, 0, 0x7f, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, text []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = read(text, Use{
			Entry: func(Entry) error { return nil },
			File: func(name string, _ int64, content io.Reader) error {
				if !fs.ValidPath(name) {
					t.Errorf("a file is called %q", name)
				}
				_, err := io.Copy(io.Discard, content)
				return err
			},
		})
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
			t.Errorf("%d bytes make the reader take %d", len(text), grown)
		}
	})
}
