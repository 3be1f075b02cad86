package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// file is one that a page loads.
type file struct {
	name  string
	kind  string // Content-Type
	tag   string // ETag
	cache string // Cache-Control

	packed bool // it is embedded packed, and unpacked when somebody first wants it so

	once   sync.Once // makes the one form of the other
	plain  []byte
	zipped []byte // nil: it would be no smaller
}

// A file whose name holds a hash of what it contains is never another one.
const (
	forever    = "public, max-age=31536000, immutable"
	revalidate = "no-cache" // may be kept, and the server is asked whether it is still the same
)

// hashed is how esbuild names what the page loads.
var hashed = regexp.MustCompile(`[-.][A-Z0-9]{8}\.[a-z0-9]+$`)

// kinds of the files that a page may have. The tables of the system, which mime reads, may say
// something else.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".json": "application/json", ".webmanifest": "application/manifest+json",
	".png": "image/png", ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8",
}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{
		name: name, plain: content, cache: revalidate,
		kind: kinds[path.Ext(name)],
		tag:  base64.RawURLEncoding.EncodeToString(sum[:12]),
	}
	if f.kind == "" {
		f.kind = mime.TypeByExtension(path.Ext(name))
	}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	if hashed.MatchString(name) {
		f.cache = forever
	}
	return f
}

// newPacked is a file that is embedded packed.
func newPacked(name string, zipped []byte) (*file, error) {
	if _, err := gzip.NewReader(bytes.NewReader(zipped)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := newFile(name, zipped)
	f.plain, f.zipped, f.packed = nil, zipped, true
	return f, nil
}

// mostUnpacked bounds a file that is embedded packed, in bytes.
const mostUnpacked = 8 << 20

func unpacked(zipped []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, mostUnpacked))
}

// serve answers a request for the file, with gzip when that is accepted and smaller. The two
// forms have two ETags [RFC 9110, 8.8.3].
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	var content []byte
	tag := f.tag
	if acceptsGzip(r.Header.Get("Accept-Encoding")) && f.gzip() {
		content, tag = f.zipped, f.tag+"-gz"
		h.Set("Content-Encoding", "gzip")
	} else {
		content = f.text()
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(content))
}

// gzip packs the file when it is first asked for, and reports whether that is of use.
func (f *file) gzip() bool {
	if f.packed {
		return true
	}
	f.once.Do(func() {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
		_, _ = z.Write(f.plain)                               // to memory
		_ = z.Close()
		if b.Len() < len(f.plain) {
			f.zipped = b.Bytes()
		}
	})
	return f.zipped != nil
}

// text is the file unpacked. It is kept from the first time on: those who read it slowly share it.
func (f *file) text() []byte {
	if f.packed {
		f.once.Do(func() { f.plain, _ = unpacked(f.zipped) }) // a test unpacks every file that is embedded
	}
	return f.plain
}

// acceptsGzip reads an Accept-Encoding [RFC 9110, 12.5.3]. Weights do not matter but for 0,
// which is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return err != nil || q > 0
	}
	return false
}
