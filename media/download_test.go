package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/storetest"
)

// keep puts a file in, as one that has been uploaded.
func (h *house) keep(content []byte, name, mime string, inline bool) {
	h.t.Helper()
	if err := h.store.Put(h.t.Context(), fileKey, bytes.NewReader(content), int64(len(content))); err != nil {
		h.t.Fatal(err)
	}
	h.room.object = &room.Object{Size: int64(len(content)), Name: name, Mime: mime, Inline: inline}
}

func TestDownload(t *testing.T) {
	want := storetest.Bytes(10_000, 1)
	h := newHouse(t, 1, nil)
	h.keep(want, "a.mp4", "video/mp4", true)
	a := h.do("GET", downPath+good, nil)
	if a.status != 200 || !bytes.Equal(a.body, want) {
		t.Fatalf("%d, %d bytes", a.status, len(a.body))
	}
	for name, value := range map[string]string{
		"Content-Type": "video/mp4", "Content-Length": "10000", "ETag": `"abcdef-original"`, "Accept-Ranges": "bytes",
		"Content-Disposition": `inline; filename=a.mp4`, "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "cross-origin",
		"Access-Control-Allow-Origin": "*", "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
	} {
		if got := a.header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	var age int
	if _, err := fmt.Sscanf(a.header.Get("Cache-Control"), "private, max-age=%d, immutable", &age); err != nil || age < 3500 || age > 3600 {
		t.Errorf("Cache-Control is %q", a.header.Get("Cache-Control"))
	}
	if !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Content-Range") {
		t.Error("pages may not see Content-Range")
	}
	a = h.do("HEAD", downPath+good, nil)
	if a.status != 200 || a.header.Get("Content-Length") != "10000" || len(a.body) != 0 {
		t.Errorf("HEAD: %d %v", a.status, a.header)
	}
	if a := h.do("GET", downPath+good, nil, "If-None-Match", `"abcdef-original"`); a.status != 304 || len(a.body) != 0 {
		t.Errorf("what the browser has: %d", a.status)
	}
	h.room.until = 0
	if a := h.do("GET", downPath+good, nil); a.header.Get("Cache-Control") != "private, max-age=31536000, immutable" {
		t.Errorf("for ever: %q", a.header.Get("Cache-Control"))
	}
}

func TestRanges(t *testing.T) {
	want := storetest.Bytes(10_000, 1)
	h := newHouse(t, 1, nil)
	h.keep(want, "a.mp4", "video/mp4", true)
	for _, c := range []struct {
		header string
		status int
		from   int
		to     int
	}{
		{"bytes=0-99", 206, 0, 100},
		{"bytes=9990-", 206, 9990, 10_000},
		{"bytes=-10", 206, 9990, 10_000},
		{"bytes=5000-99999999999", 206, 5000, 10_000},
		{"bytes=-99999999999", 206, 0, 10_000},
		{"bytes=0-", 206, 0, 10_000},
		{"bytes=0-9999,0-9999", 200, 0, 10_000},                          // more than the file
		{"bytes=" + strings.Repeat("0-0,", 500) + "0-0", 200, 0, 10_000}, // more than anybody needs
	} {
		a := h.do("GET", downPath+good, nil, "Range", c.header)
		if a.status != c.status || !bytes.Equal(a.body, want[c.from:c.to]) {
			t.Errorf("%.40s: %d, %d bytes", c.header, a.status, len(a.body))
		}
	}
	for _, bad := range []string{"bytes=10000-", "bytes=5-1", "bytes=a-b", "bytes=--1", "lines=0-5", "bytes=99999999999999999999-", "bytes=-0"} {
		a := h.do("GET", downPath+good, nil, "Range", bad)
		if a.status == 206 && len(a.body) == 0 {
			continue // the last of no bytes
		}
		a.want(t, bad, 416, 60002)
		if a.header.Get("Content-Disposition") != "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", bad, a.header)
		}
	}
	a := h.do("GET", downPath+good, nil, "Range", "bytes=0-9,100-109,-5")
	kind, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if a.status != 206 || kind != "multipart/byteranges" || err != nil {
		t.Fatalf("three pieces: %d %s", a.status, a.header.Get("Content-Type"))
	}
	parts := multipart.NewReader(bytes.NewReader(a.body), params["boundary"])
	for _, piece := range [][]byte{want[:10], want[100:110], want[9995:]} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); err != nil || !bytes.Equal(got, piece) {
			t.Errorf("%s: %v, %v", p.Header.Get("Content-Range"), got, err)
		}
	}
	a = h.do("GET", downPath+good, nil, "Range", "bytes=0-9", "If-Range", `"other"`)
	if a.status != 200 || len(a.body) != 10_000 {
		t.Errorf("of another file: %d, %d bytes", a.status, len(a.body))
	}
}

func TestBadDownloads(t *testing.T) {
	h := newHouse(t, 1, nil)
	h.keep([]byte("hello"), "a", "image/png", true)
	for _, c := range []struct {
		what, path string
		status     int
		code       int
	}{
		{"forged", downPath + "?s=other", 403, 60004},
		{"unsigned", downPath, 403, 60004},
		{"another app's", "/media/1400000002/abcdef/original" + good, 404, 20022},
		{"another file's", "/media/1400000001/other/original" + good, 404, 20022},
		{"no path", "/media/" + good, 404, 20022},
		{"not ours", "/other", 400, 60002},
		{"path tricks", "/media/1400000001/abcdef/..%2f..%2fsecret/x" + good, 404, 20022},
		{"a bad query", downPath + "?s=good;%zz", 400, 60002},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := h.do(method, c.path, nil)
			if method == "HEAD" {
				a.code = c.code // it has no body
			}
			a.want(t, c.what+" "+method, c.status, c.code)
		}
	}
	// The row is there, and the bytes are gone.
	if err := h.store.Remove(t.Context(), fileKey); err != nil {
		t.Fatal(err)
	}
	h.do("GET", downPath+good, nil).want(t, "without bytes", 404, 20022)
}

// Only what a browser shows without harm is shown.
func TestDisposition(t *testing.T) {
	for _, c := range []struct {
		name, mime string
		inline     bool
		want, kind string
	}{
		{"a.png", "image/png", true, `inline; filename=a.png`, "image/png"},
		{"a.png", "image/png", false, `attachment; filename=a.png`, "image/png"},
		{"a.svg", "image/svg+xml", true, `attachment; filename=a.svg`, "application/octet-stream"},
		{"a.html", "text/html; charset=utf-8", true, `attachment; filename=a.html`, "application/octet-stream"},
		{"a.xml", "application/xml", true, `attachment; filename=a.xml`, "application/octet-stream"},
		{"a.xhtml", "application/xhtml+xml", true, `attachment; filename=a.xhtml`, "application/octet-stream"},
		{"a.js", "text/JavaScript", true, `attachment; filename=a.js`, "application/octet-stream"},
		{"a.pdf", "application/pdf", true, `attachment; filename=a.pdf`, "application/pdf"},
		{"a", "", true, `attachment; filename=a`, "application/octet-stream"},
		{"two words.pdf", "application/pdf", false, `attachment; filename="two words.pdf"`, "application/pdf"},
		{`a"b\c.pdf`, "application/pdf", false, `attachment; filename="a\"b\\c.pdf"`, "application/pdf"},
		{"Straße.pdf", "application/pdf", false, `attachment; filename="Stra_e.pdf"; filename*=utf-8''Stra%C3%9Fe.pdf`, "application/pdf"},
		{"茶館.png", "image/png", true, `inline; filename="__.png"; filename*=utf-8''%E8%8C%B6%E9%A4%A8.png`, "image/png"},
	} {
		h := newHouse(t, 1, nil)
		h.keep([]byte("<svg onload=alert(1)>"), c.name, c.mime, c.inline)
		a := h.do("GET", downPath+good, nil)
		if got := a.header.Get("Content-Disposition"); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.name, c.mime, got, c.want)
		}
		if got := a.header.Get("Content-Type"); got != c.kind {
			t.Errorf("%s of %s: %s, want %s", c.name, c.mime, got, c.kind)
		}
		if _, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition")); err != nil || params["filename"] == "" {
			t.Errorf("%s: read as %v, %v", c.name, params, err)
		}
	}
	h := newHouse(t, 1, nil)
	h.keep([]byte("x"), "a\r\nSet-Cookie: x=1", "image/png", true)
	if a := h.do("GET", downPath+good, nil); a.header.Get("Set-Cookie") != "" {
		t.Error("a name became a header")
	}
}

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	largePath = "/media/1400000001/abcdef/large"
	thumbPath = "/media/1400000001/abcdef/thumb"
)

// counting counts what is put into a store.
type counting struct {
	room.Store
	puts atomic.Int64
}

func (c *counting) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	c.puts.Add(1)
	return c.Store.Put(ctx, key, r, size)
}

// The smaller sizes are made once, however many ask, and kept.
func TestSmallerSizes(t *testing.T) {
	dir := t.TempDir()
	inner, err := folderOf(dir, func() int64 { return 1 << 40 })
	if err != nil {
		t.Fatal(err)
	}
	store := &counting{Store: inner}
	h := newHouseOn(t, store, dir, 1, nil)
	h.keep(photo(t, 1000, 500), "holiday.jpg", "image/jpeg", true)
	store.puts.Store(0)
	var all sync.WaitGroup
	bodies := make([]answer, 8)
	for i := range bodies {
		all.Go(func() { bodies[i] = h.do("GET", thumbPath+good, nil) })
	}
	all.Wait()
	for _, a := range bodies {
		if a.status != 200 || !bytes.Equal(a.body, bodies[0].body) {
			t.Fatalf("%d, %d bytes", a.status, len(a.body))
		}
	}
	if n := store.puts.Load(); n != 1 {
		t.Errorf("it was made %d times", n)
	}
	a := bodies[0]
	config, as, err := image.DecodeConfig(bytes.NewReader(a.body))
	if err != nil || as != "jpeg" || config.Width != 198 || config.Height != 99 {
		t.Errorf("%s %d × %d, %v", as, config.Width, config.Height, err)
	}
	if a.header.Get("Content-Type") != "image/jpeg" || a.header.Get("ETag") != `"abcdef-thumb"` || !strings.HasPrefix(a.header.Get("Content-Disposition"), "inline") {
		t.Errorf("%v", a.header)
	}
	a = h.do("GET", largePath+good, nil, "Range", "bytes=0-1")
	if a.status != 206 || a.header.Get("Content-Type") != "image/jpeg" || !bytes.Equal(a.body, []byte{0xff, 0xd8}) {
		t.Errorf("large: %d %v", a.status, a.header)
	}
	if n := store.puts.Load(); n != 2 {
		t.Errorf("%d were made", n)
	}
	// The next server has them.
	store.puts.Store(0)
	again := newHouseOn(t, store, dir, 1, nil)
	again.room.object = h.room.object
	if a := again.do("GET", thumbPath+good, nil); a.status != 200 || store.puts.Load() != 0 {
		t.Errorf("after a restart: %d, made %d", a.status, store.puts.Load())
	}
}

// A picture that cannot be made smaller has no smaller size, and the original is there: to be
// saved, or shown when it is one.
func TestNoSmallerSize(t *testing.T) {
	bomb := photo(t, 64, 64)
	at := bytes.Index(bomb, []byte{0xff, 0xc0})
	copy(bomb[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	for name, content := range map[string][]byte{
		"a bomb":             bomb,
		"half a picture":     photo(t, 64, 64)[:300],
		"no picture":         []byte("<svg onload=alert(1)>"),
		"a picture's header": []byte("\x89PNG\r\n\x1a\n"),
	} {
		h := newHouse(t, 1, nil)
		h.keep(content, "a.jpg", "image/jpeg", true)
		for range 2 { // the second is remembered
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			h.do("GET", thumbPath+good, nil).want(t, name, 404, 20022)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
				t.Errorf("%s: %d KiB", name, took>>10)
			}
		}
		if a := h.do("GET", downPath+good, nil); a.status != 200 || !bytes.Equal(a.body, content) {
			t.Errorf("%s: the original: %d", name, a.status)
		}
		if keys, err := h.store.Keys(t.Context(), "", 10); len(keys) != 1 || err != nil {
			t.Errorf("%s: kept are %v, %v", name, keys, err)
		}
	}
}

// A transparent picture stays so.
func TestTransparentThumb(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for i := 3; i < len(img.Pix); i += 8 {
		img.Pix[i] = 255
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, 1, nil)
	h.keep(b.Bytes(), "a.png", "image/png", true)
	a := h.do("GET", thumbPath+good, nil)
	if a.status != 200 || a.header.Get("Content-Type") != "image/png" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

// elsewhere is a store that gives out files by itself.
type elsewhere struct{ room.Store }

func (elsewhere) Address(_ context.Context, key string, r room.Response, until time.Time) (string, bool) {
	return fmt.Sprintf("https://bucket.example/%s?mime=%s&disposition=%s&until=%d", key, r.Mime, strings.ReplaceAll(r.Disposition, " ", "+"), until.Unix()), true
}

// Where the store gives out files, a download is sent on for a short time; smaller sizes come
// from here.
func TestSentOn(t *testing.T) {
	dir := t.TempDir()
	inner, err := folderOf(dir, func() int64 { return 1 << 40 })
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	h := newHouseOn(t, elsewhere{inner}, dir, 1, func(o *Options) { o.Now = func() time.Time { return now } })
	h.room.until = now.Unix() + 100
	h.keep(photo(t, 300, 300), "a.jpg", "image/jpeg", true)
	a := h.do("GET", downPath+good, nil)
	want := "https://bucket.example/" + fileKey + "?mime=image/jpeg&disposition=inline;+filename=a.jpg&until=" + strconv.FormatInt(now.Unix()+900, 10)
	if a.status != 302 || a.header.Get("Location") != want || a.header.Get("Cache-Control") != "private, max-age=100" || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v", a.status, a.header)
	}
	if a := h.do("HEAD", downPath+good, nil); a.status != 200 {
		t.Errorf("HEAD: %d", a.status)
	}
	if a := h.do("GET", thumbPath+good, nil); a.status != 200 {
		t.Errorf("thumb: %d", a.status)
	}
}

// Who takes nothing of what they asked for is cut off.
func TestSlowDownload(t *testing.T) {
	h := newHouse(t, 1, func(o *Options) { o.Stall = 50 * time.Millisecond })
	h.keep(make([]byte, 64<<20), "a.mp4", "video/mp4", true)
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET "+downPath+good+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		one := make([]byte, 1)
		_, err := c.Read(one) // the request is inside
		if err == nil {
			err = h.h.Close(ctx) // waits for it
		}
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Errorf("a download that nobody takes does not end: %v", err)
	}
}

// What moves is counted.
func TestMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	h := newHouse(t, 5, func(o *Options) { o.Registerer = r })
	h.do("PUT", upPath+good, strings.NewReader("he"), "Content-Range", "bytes 0-1/5")
	h.do("PUT", upPath+good, strings.NewReader("llo"), "Content-Range", "bytes 2-4/5")
	h.do("PUT", upPath+"?s=other", strings.NewReader("hello"))
	h.do("GET", downPath+good, nil)
	h.do("GET", thumbPath+good, nil)
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range all {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"teahouse_media_bytes_total in": 5, "teahouse_media_bytes_total out": 5, "teahouse_media_uploads": 0,
		"teahouse_media_uploads_total partial": 1, "teahouse_media_uploads_total complete": 1,
		"teahouse_media_refused_total 60004": 1, "teahouse_media_refused_total 20022": 1,
		"teahouse_media_pictures_total refused thumb": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
