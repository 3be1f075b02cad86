package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"regexp"
)

// Reader reads a backup from its beginning to its end.
type Reader struct {
	Header Header
	frames *frameReader
	sum    *hashedReader
	seen   Trailer
	last   []byte // the newest key
}

// Use takes what is in a backup. Either may be nil.
type Use struct {
	Entry func(Entry) error
	// File reads content as far as it wants. The name has one to six parts of
	// letters, digits and "._-", joined by slashes, none of them "." or "..".
	File func(name string, size int64, content io.Reader) error
}

// hashedReader hashes what is read.
type hashedReader struct {
	r   io.Reader
	sum hash.Hash
}

func (h *hashedReader) Read(b []byte) (int, error) {
	n, err := h.r.Read(b)
	_, _ = h.sum.Write(b[:n]) // never fails
	return n, err
}

// readAhead is how much is read at a time.
const readAhead = 256 << 10

// Open reads the header. A file that is no backup gives ErrForeign, one of a newer format
// ErrNewer, one that is not as it was written ErrDamaged.
func Open(r io.Reader) (*Reader, error) {
	sum := &hashedReader{bufio.NewReaderSize(r, readAhead), sha256.New()}
	frames, err := newFrameReader(sum)
	if err != nil {
		return nil, err
	}
	b := &Reader{frames: frames, sum: sum}
	k, content, err := frames.next()
	if err != nil {
		return nil, err
	}
	if k != kindHeader || decode(content, &b.Header) != nil {
		return nil, damaged(0, "is no header")
	}
	return b, nil
}

// decode reads what Make has written as JSON. Members that are not known are passed over.
func decode(content []byte, v any) error {
	if len(content) > 64<<10 {
		return errors.New("too long")
	}
	return json.Unmarshal(content, v)
}

// Each hands on what follows the header, and returns the trailer once all is found to be as it
// was written: only then what was handed on may be relied on. An error of Use ends it.
func (b *Reader) Each(use Use) (Trailer, error) {
	for {
		at := b.frames.frames
		before := b.sum.sum.Sum(nil)
		k, content, err := b.frames.next()
		if err != nil {
			return Trailer{}, err
		}
		switch k {
		case kindEntries:
			err = b.entries(at, content, use)
		case kindFile:
			err = b.file(at, content, use)
		case kindTrailer:
			return b.end(at, content, before)
		default:
			err = damaged(at, "is of a kind that cannot stand here")
		}
		if err != nil {
			return Trailer{}, err
		}
	}
}

func (b *Reader) entries(at uint64, content []byte, use Use) error {
	broken, err := eachEntry(content, &b.last, func(e Entry) error {
		b.seen.Entries++
		b.seen.Bytes += int64(len(e.Key) + len(e.Value))
		if e.Version > b.Header.Commit {
			return damaged(at, "has an entry of a later transaction")
		}
		if use.Entry == nil {
			return nil
		}
		return use.Entry(e)
	})
	if broken {
		return damaged(at, "has entries that do not follow each other")
	}
	return err
}

// goodName is what a file may be called: it never leads out of a folder.
var goodName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,5}$`)

const maxName = 250

func (b *Reader) file(at uint64, content []byte, use Use) error {
	var f file
	if decode(content, &f) != nil || len(f.Name) > maxName || !goodName.MatchString(f.Name) || f.Size < 0 {
		return damaged(at, "names no file")
	}
	data := &fileReader{b: b, left: f.Size}
	if use.File != nil {
		if err := use.File(f.Name, f.Size, data); err != nil {
			if data.err != nil {
				return data.err
			}
			return err
		}
	}
	if _, err := io.Copy(io.Discard, data); err != nil {
		return err
	}
	b.seen.Files++
	b.seen.FileLen += f.Size
	return nil
}

// fileReader reads the content of a file out of its frames.
type fileReader struct {
	b    *Reader
	left int64 // bytes that are to come, those at hand included
	have []byte
	err  error
}

func (f *fileReader) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if f.left == 0 {
		return 0, io.EOF
	}
	if len(f.have) == 0 {
		at := f.b.frames.frames
		k, content, err := f.b.frames.next()
		if err == nil && (k != kindData || len(content) == 0 || int64(len(content)) > f.left) {
			err = damaged(at, "does not go on with the file")
		}
		if f.err = err; err != nil {
			return 0, err
		}
		f.have = content
	}
	n := copy(p, f.have)
	f.have, f.left = f.have[n:], f.left-int64(n)
	return n, nil
}

// end compares the trailer with what was read.
func (b *Reader) end(at uint64, content, before []byte) (Trailer, error) {
	var t Trailer
	if decode(content, &t) != nil {
		return t, damaged(at, "is no trailer")
	}
	want := b.seen
	want.Frames, want.Missing, want.Sha256 = at, t.Missing, hex.EncodeToString(before)
	if t != want {
		return t, damaged(at, "counts other things than those before it")
	}
	var more [1]byte
	switch _, err := io.ReadFull(b.frames.r, more[:]); {
	case err == nil:
		return t, damaged(at, "is the last, and more follows")
	case !errors.Is(err, io.EOF):
		return t, err
	}
	return t, nil
}

// IsBackup reports whether a file that begins so means to be a backup.
func IsBackup(begin []byte) bool { return bytes.HasPrefix(begin, []byte(magic)) }
