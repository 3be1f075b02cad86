package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"
)

// What a backup has of the files that users send.
const (
	MediaIn     = "in"     // they are in it
	MediaLeft   = "left"   // they were left out on demand
	MediaBucket = "bucket" // they lie in a bucket, which is not copied
	MediaOff    = "off"    // the server keeps none
)

// Header is what a backup says of itself.
type Header struct {
	Schema  uint64 `json:"schema"`  // of the store's layout
	Program string `json:"program"` // the version that wrote it
	Made    int64  `json:"made_at"` // the moment, Unix milliseconds
	Commit  uint64 `json:"commit"`  // the newest transaction
	Media   string `json:"media"`
}

// Trailer is what stands at the end.
type Trailer struct {
	Frames  uint64 `json:"frames"` // before it
	Entries uint64 `json:"entries"`
	Bytes   int64  `json:"entry_bytes"` // keys and values
	Files   uint64 `json:"files"`
	FileLen int64  `json:"file_bytes"`
	Missing uint64 `json:"missing_files"` // named by entries, and not to be found
	Sha256  string `json:"sha256"`        // of all bytes before this frame, hexadecimal
}

// file is what a frame says of the file that begins.
type file struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// Source is what is copied.
type Source struct {
	Header Header
	// Entries hands on all entries, in the order of their keys.
	Entries func(ctx context.Context, use func(Entry) error) error
	// Named returns the name of the file that an entry is about, "" for most; nil: none is.
	Named func(e Entry) string
	// Files are further ones, by name.
	Files []string
	// Open opens a file; fs.ErrNotExist when it is not there, which is counted.
	Open func(ctx context.Context, name string) (content io.ReadCloser, size int64, err error)
	// Rest bounds the rest after each piece of a file, which is as long as the work on it, for
	// others who use the machine; 0: there is none.
	Rest time.Duration
}

// queued is how many files wait at most until the entries before them are written.
const queued = 256

// maker is one backup being written.
type maker struct {
	Source
	frames  *frameWriter
	trailer Trailer
	content []byte   // entries of the frame to come
	names   []string // files that follow it
	buffer  []byte
}

// Make writes a backup. It holds some MiB, whatever there is. When it fails, what was
// written is no backup and reads as cut.
func Make(ctx context.Context, w io.Writer, s Source) (Trailer, error) {
	h := &hashed{w: w, sum: sha256.New()}
	frames, err := newFrameWriter(h)
	if err != nil {
		return Trailer{}, err
	}
	m := &maker{Source: s, frames: frames}
	if err := m.json(kindHeader, s.Header); err != nil {
		return Trailer{}, err
	}
	if err := s.Entries(ctx, func(e Entry) error { return m.entry(ctx, e) }); err != nil {
		return Trailer{}, err
	}
	m.names = append(m.names, s.Files...)
	if err := m.flush(ctx); err != nil {
		return Trailer{}, err
	}
	m.trailer.Frames, m.trailer.Sha256 = m.frames.frames, hex.EncodeToString(h.sum.Sum(nil))
	return m.trailer, m.json(kindTrailer, m.trailer)
}

// hashed hashes what is written.
type hashed struct {
	w   io.Writer
	sum hash.Hash
}

func (h *hashed) Write(b []byte) (int, error) {
	n, err := h.w.Write(b)
	_, _ = h.sum.Write(b[:n]) // never fails
	return n, err
}

func (m *maker) json(k kind, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return m.frames.write(k, text)
}

func (m *maker) entry(ctx context.Context, e Entry) error {
	m.content = appendEntry(m.content, e)
	m.trailer.Entries++
	m.trailer.Bytes += int64(len(e.Key) + len(e.Value))
	if m.Named != nil {
		if name := m.Named(e); name != "" {
			m.names = append(m.names, name)
		}
	}
	if len(m.content) < frameBytes && len(m.names) < queued {
		return nil
	}
	return m.flush(ctx)
}

// flush writes the entries at hand, and the files that they name.
func (m *maker) flush(ctx context.Context) error {
	if len(m.content) > 0 {
		if err := m.frames.write(kindEntries, m.content); err != nil {
			return err
		}
		m.content = m.content[:0]
	}
	for _, name := range m.names {
		if err := m.file(ctx, name); err != nil {
			return err
		}
	}
	m.names = m.names[:0]
	return nil
}

func (m *maker) file(ctx context.Context, name string) (err error) {
	content, size, err := m.Open(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		m.trailer.Missing++
		return nil
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	if err := m.json(kindFile, file{name, size}); err != nil {
		return err
	}
	if m.buffer == nil {
		m.buffer = make([]byte, frameBytes)
	}
	for left := size; left > 0; {
		began := time.Now()
		piece := m.buffer[:min(left, frameBytes)]
		if _, err := io.ReadFull(content, piece); err != nil {
			return fmt.Errorf("file %s: %w", name, err)
		}
		if err := m.frames.write(kindData, piece); err != nil {
			return err
		}
		left -= int64(len(piece))
		if err := rest(ctx, min(time.Since(began), m.Rest)); err != nil {
			return err
		}
	}
	m.trailer.Files++
	m.trailer.FileLen += size
	return nil
}

func rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
