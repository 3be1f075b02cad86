package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/media/storetest"
	"github.com/teahouse-im/teahouse/origins"
)

func TestUploadWhole(t *testing.T) {
	want := storetest.Bytes(100_000, 1)
	h := newHouse(t, int64(len(want)), nil)
	a := h.do("PUT", upPath+good, bytes.NewReader(want))
	a.want(t, "PUT", 200, 0)
	if a.size != int64(len(want)) || h.room.told != 1 || !bytes.Equal(h.room.head, want[:512]) {
		t.Errorf("size %d, told %d times", a.size, h.room.told)
	}
	a = h.do("GET", downPath+good, nil)
	if a.status != 200 || !bytes.Equal(a.body, want) {
		t.Errorf("GET: %d, %d bytes", a.status, len(a.body))
	}
	// Who has missed the answer sends it again, or asks.
	h.do("PUT", upPath+good, bytes.NewReader(want)).want(t, "PUT again", 200, 0)
	h.do("PUT", upPath+good, nil, "Content-Range", "bytes */100000").want(t, "ask", 200, 0)
	if h.room.told != 1 {
		t.Errorf("told %d times", h.room.told)
	}
}

func TestUploadWithoutLength(t *testing.T) {
	h := newHouse(t, 5, nil)
	h.do("PUT", upPath+good, io.MultiReader(strings.NewReader("hello"))).want(t, "chunked", 200, 0)
}

// An upload in chunks says how much there is, and goes on there: also when a chunk is sent
// twice, or overlaps.
func TestUploadInChunks(t *testing.T) {
	want := storetest.Bytes(1000, 2)
	h := newHouse(t, 1000, nil)
	put := func(first, last int) answer {
		t.Helper()
		return h.do("PUT", upPath+good, bytes.NewReader(want[first:last+1]), "Content-Range", fmt.Sprintf("bytes %d-%d/1000", first, last))
	}
	ask := func(have string) {
		t.Helper()
		for _, a := range []answer{
			h.do("PUT", upPath+good, nil, "Content-Range", "bytes */1000"),
			h.do("HEAD", upPath+good, nil),
		} {
			a.want(t, "ask", 308, 0)
			if got := a.header.Get("Range"); got != have {
				t.Errorf("there is %q, want %q", got, have)
			}
		}
	}
	ask("")
	put(100, 199).want(t, "a gap", 400, 60002)
	a := put(0, 99)
	a.want(t, "the first", 308, 0)
	if a.header.Get("Range") != "bytes=0-99" || a.size != 100 {
		t.Errorf("answered %v", a)
	}
	ask("bytes=0-99")
	a = put(200, 299)
	a.want(t, "a gap", 400, 60002)
	if a.header.Get("Range") != "bytes=0-99" {
		t.Errorf("a gap is answered with %q", a.header.Get("Range"))
	}
	put(100, 499).want(t, "the second", 308, 0)
	put(100, 499).want(t, "the second again", 308, 0)
	put(300, 599).want(t, "one that overlaps", 308, 0)
	ask("bytes=0-599")
	put(0, 99).want(t, "begun anew", 308, 0)
	ask("bytes=0-99")
	put(100, 998).want(t, "nearly all", 308, 0)
	put(999, 999).want(t, "the last", 200, 0)
	put(999, 999).want(t, "the last again", 200, 0)
	if a := h.do("GET", downPath+good, nil); !bytes.Equal(a.body, want) {
		t.Errorf("%d bytes, not what was sent", len(a.body))
	}
	h.do("HEAD", upPath+good, nil).want(t, "ask", 200, 0)
}

// A server that died between the last byte and the room's row completes the upload when it is
// asked.
func TestUploadCompletedLater(t *testing.T) {
	for _, finished := range []bool{false, true} {
		h := newHouse(t, 5, nil)
		if _, err := h.store.Append(t.Context(), fileKey, 0, strings.NewReader("hello"), 5); err != nil {
			t.Fatal(err)
		}
		if finished {
			if err := h.store.Finish(t.Context(), fileKey); err != nil {
				t.Fatal(err)
			}
		}
		h.do("PUT", upPath+good, nil, "Content-Range", "bytes */5").want(t, "ask", 200, 0)
		if h.room.told != 1 {
			t.Errorf("told %d times", h.room.told)
		}
	}
}

func TestUploadSum(t *testing.T) {
	want := storetest.Bytes(5000, 3)
	sum := sha256.Sum256(want)
	for name, send := range map[string]func(h *house, b []byte) answer{
		"whole": func(h *house, b []byte) answer { return h.do("PUT", upPath+good, bytes.NewReader(b)) },
		"in chunks": func(h *house, b []byte) answer {
			h.do("PUT", upPath+good, bytes.NewReader(b[:2000]), "Content-Range", "bytes 0-1999/5000").want(t, "the first", 308, 0)
			return h.do("PUT", upPath+good, bytes.NewReader(b[2000:]), "Content-Range", "bytes 2000-4999/5000")
		},
	} {
		h := newHouse(t, 5000, nil)
		h.room.upload.Sha256 = hex.EncodeToString(sum[:])
		other := bytes.Clone(want)
		other[4000] ^= 1
		send(h, other).want(t, name+", another content", 400, int(chat.CodeBadElement))
		h.nothing(name)
		send(h, want).want(t, name, 200, 0)
	}
}

// What is not as it should be has its code, and leaves nothing behind.
func TestBadUploads(t *testing.T) {
	long := strings.Repeat("x", 4000)
	for _, c := range []struct {
		what    string
		path    string
		body    string
		headers []string
		status  int
		code    int
	}{
		{"too long", upPath + good, long, nil, 413, 7005},
		{"too short", upPath + good, "x", nil, 413, 7005},
		{"empty", upPath + good, "", nil, 400, 7006},
		{"forged", upPath + "?s=other", "0123456789", nil, 403, 60004},
		{"unsigned", upPath, "0123456789", nil, 403, 60004},
		{"another app's", "/media/1400000002/abcdef/upload" + good, "0123456789", nil, 404, 20022},
		{"another file's", "/media/1400000001/other/upload" + good, "0123456789", nil, 404, 20022},
		{"to a download's address", downPath + good, "0123456789", nil, 404, 20022},
		{"path tricks", "/media/1400000001/..%2fabcdef/upload" + good, "0123456789", nil, 404, 20022},
		{"path tricks in the name", "/media/../../etc/passwd" + good, "0123456789", nil, 404, 20022},
		{"a bad query", upPath + "?s=%zz", "0123456789", nil, 400, 60002},
		{"another range's length", upPath + good, "01234", []string{"Content-Range", "bytes 0-5/10"}, 400, 60002},
		{"of another size", upPath + good, "01234", []string{"Content-Range", "bytes 0-4/11"}, 400, 60002},
		{"beyond the end", upPath + good, "01234", []string{"Content-Range", "bytes 6-10/10"}, 400, 60002},
		{"backwards", upPath + good, "01234", []string{"Content-Range", "bytes 5-1/10"}, 400, 60002},
		{"negative", upPath + good, "01234", []string{"Content-Range", "bytes -5-1/10"}, 400, 60002},
		{"huge", upPath + good, "01234", []string{"Content-Range", "bytes 0-99999999999999999999999/10"}, 400, 60002},
		{"in other units", upPath + good, "01234", []string{"Content-Range", "lines 0-4/10"}, 400, 60002},
		{"a gap", upPath + good, "01234", []string{"Content-Range", "bytes 5-9/10"}, 400, 60002},
		{"a question with a body", upPath + good, "01234", []string{"Content-Range", "bytes */10"}, 400, 60002},
		{"from a foreign page", upPath + good, "0123456789", []string{"Origin", "https://evil.example"}, 403, 60004},
		{"from a file", upPath + good, "0123456789", []string{"Origin", "null"}, 403, 60004},
	} {
		h := newHouse(t, 10, nil)
		h.do("PUT", c.path, strings.NewReader(c.body), c.headers...).want(t, c.what, c.status, c.code)
		h.nothing(c.what)
		if h.room.told > 0 {
			t.Errorf("%s: the room was told", c.what)
		}
	}
	h := newHouse(t, 10, nil)
	h.do("POST", upPath+good, strings.NewReader("x")).want(t, "POST", 405, 60002)
	h.do("DELETE", upPath+good, nil).want(t, "DELETE", 405, 60002)
}

// What a chunked body has beyond what was announced is noticed while it comes.
func TestUploadGrowsTooLong(t *testing.T) {
	h := newHouse(t, 10, nil)
	h.do("PUT", upPath+good, io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)))).want(t, "whole", 413, 7005)
	h.nothing("whole")
	h.do("PUT", upPath+good, io.MultiReader(strings.NewReader("0123456")), "Content-Range", "bytes 0-4/10").want(t, "a chunk", 400, 60002)
	h.nothing("a chunk")
	h.do("PUT", upPath+good, io.MultiReader(strings.NewReader("012"))).want(t, "too short", 400, 60002)
	h.nothing("too short")
}

// The room's refusal of what a file is goes to its sender.
func TestUploadOfAnotherKind(t *testing.T) {
	h := newHouse(t, 5, nil)
	h.room.wrong = chat.Refuse(chat.CodeBadElement, "it is no picture")
	a := h.do("PUT", upPath+good, strings.NewReader("hello"))
	a.want(t, "no picture", 400, int(chat.CodeBadElement))
	h.nothing("no picture")
}

// A body with a small Content-Length is cut there; one that ends early keeps what has come.
func TestContentLengthLies(t *testing.T) {
	h := newHouse(t, 10, nil)
	head := "PUT " + upPath + good + " HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n"
	h.raw(fmt.Sprintf(head, 4, "")+strings.Repeat("y", 1<<16)).want(t, "a small Content-Length", 413, 7005)
	h.nothing("a small Content-Length")
	a := h.raw(fmt.Sprintf(head, 5, "Content-Range: bytes 0-4/10\r\n") + "hello" + strings.Repeat("y", 1000))
	a.want(t, "more than Content-Length", 308, 0)
	h.raw(fmt.Sprintf(head, 5, "Content-Range: bytes 5-9/10\r\n")+"wo", func(c net.Conn) {
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}).want(t, "less than Content-Length", 400, 60002)
	if n, err := h.store.Uploaded(t.Context(), fileKey); n != 7 || err != nil {
		t.Errorf("%d bytes are kept, %v", n, err)
	}
	h.do("PUT", upPath+good, strings.NewReader("rld"), "Content-Range", "bytes 7-9/10").want(t, "the rest", 200, 0)
	if a := h.do("GET", downPath+good, nil); string(a.body) != "helloworld" {
		t.Errorf("got %q", a.body)
	}
}

// A body that stands still ends, and what has come stays.
func TestSlowUpload(t *testing.T) {
	h := newHouse(t, 10, func(o *Options) { o.Stall = 50 * time.Millisecond })
	head := "PUT " + upPath + good + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"
	h.raw(head).want(t, "nothing more comes", 408, int(chat.CodeBusy))
	if n, err := h.store.Uploaded(t.Context(), fileKey); n != 5 || err != nil {
		t.Errorf("%d bytes are kept, %v", n, err)
	}
}

// A body that comes in drops, each in time, is too slow all the same.
func TestDrippingUpload(t *testing.T) {
	h := newHouse(t, 1<<20, func(o *Options) { o.Stall, o.MinRate = 200*time.Millisecond, 1<<20 })
	head := fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", upPath+good, 1<<20)
	stop := make(chan struct{})
	dripped := make(chan struct{})
	a := h.raw(head, func(c net.Conn) {
		go func() {
			defer close(dripped)
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				select {
				case <-stop:
					return
				case <-tick.C:
				}
			}
		}()
	})
	close(stop)
	<-dripped
	a.want(t, "drops", 408, int(chat.CodeBusy))
}

// The same upload on a new connection goes on; the old one, which nobody has missed, ends.
func TestUploadTakesOver(t *testing.T) {
	h := newHouse(t, 10, nil)
	old, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }()
	_ = old.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(old, "PUT "+upPath+good+" HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"); err != nil {
		t.Fatal(err)
	}
	for n := int64(0); n < 5; { // it has come in
		if n, err = h.store.Uploaded(t.Context(), fileKey); err != nil {
			t.Fatal(err)
		}
	}
	h.do("HEAD", upPath+good, nil).want(t, "a question cuts nothing", 308, 0)
	h.do("PUT", upPath+good, strings.NewReader("world"), "Content-Range", "bytes 5-9/10").want(t, "the new one", 200, 0)
	h.answered(old).want(t, "the old one", 429, int(chat.CodeBusy))
	if a := h.do("GET", downPath+good, nil); string(a.body) != "helloworld" {
		t.Errorf("got %q", a.body)
	}
}

// There are only so many uploads at a time.
func TestUploadsAreBounded(t *testing.T) {
	h := newHouse(t, 10, func(o *Options) { o.Uploads = 1 })
	leave, ok := h.h.uploads.enter(addressOf("192.0.2.1:5"))
	if !ok {
		t.Fatal("no place")
	}
	a := h.do("PUT", upPath+good, strings.NewReader("0123456789"))
	a.want(t, "one too many", 429, int(chat.CodeBusy))
	if a.header.Get("Retry-After") == "" {
		t.Error("when to come again is not said")
	}
	leave()
	h.do("PUT", upPath+good, strings.NewReader("0123456789")).want(t, "then", 200, 0)
}

func TestPlaces(t *testing.T) {
	p := newPlaces(4, 2)
	var leaves []func()
	for i, c := range []struct {
		from string
		ok   bool
	}{
		{"192.0.2.1:1", true},
		{"192.0.2.1:2", true},
		{"192.0.2.1:3", false},
		{"[2001:db8::1]:1", true},
		{"127.0.0.1:1", true},
		{"127.0.0.1:1", false},
	} {
		leave, ok := p.enter(addressOf(c.from))
		if ok != c.ok {
			t.Errorf("%d: %s: %v", i, c.from, ok)
		}
		if ok {
			leaves = append(leaves, leave)
		}
	}
	for _, l := range leaves {
		l()
	}
	if p.taken != 0 || len(p.of) != 0 {
		t.Errorf("left %d, %v", p.taken, p.of)
	}
	if a, b := addressOf("[2001:db8::1]:1"), addressOf("[2001:db8::ffff:2]:9"); a != b {
		t.Errorf("%v and %v are one network", a, b)
	}
	if a := addressOf("[::ffff:192.0.2.1]:1"); a.String() != "192.0.2.1" {
		t.Errorf("got %v", a)
	}
}

// A disk without room is told in words, with its code.
func TestUploadWithoutRoom(t *testing.T) {
	free := int64(0)
	dir := t.TempDir()
	store, err := folderOf(dir, func() int64 { return free })
	if err != nil {
		t.Fatal(err)
	}
	h := newHouseOn(t, store, dir, 10, nil)
	a := h.do("PUT", upPath+good, strings.NewReader("0123456789"))
	a.want(t, "no room", 507, int(chat.CodeBusy))
	if !strings.Contains(a.text, "no room") {
		t.Errorf("told is %q", a.text)
	}
	free = 1 << 40
	h.do("PUT", upPath+good, strings.NewReader("0123456789")).want(t, "with room", 200, 0)
}

// A server that goes down ends uploads, and what has come stays.
func TestCloseCutsUploads(t *testing.T) {
	h := newHouse(t, 10, nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "PUT "+upPath+good+" HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"); err != nil {
		t.Fatal(err)
	}
	for n := int64(0); n < 5; {
		if n, err = h.store.Uploaded(t.Context(), fileKey); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.answered(c).want(t, "the upload", 429, int(chat.CodeBusy))
	h.do("GET", downPath+good, nil).want(t, "afterwards", 503, int(chat.CodeShutdown))
	if n, err := h.store.Uploaded(t.Context(), fileKey); n != 5 || err != nil {
		t.Errorf("%d bytes are kept, %v", n, err)
	}
}

// Nothing in memory grows with a file: 27 MB come in with less than one more.
func TestUploadMemory(t *testing.T) {
	const size = 27 << 20
	h := newHouse(t, size, nil)
	block := storetest.Bytes(64<<10, 4)
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := fmt.Fprintf(c, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", upPath+good, size); err != nil {
		t.Fatal(err)
	}
	for range size / len(block) {
		if _, err := c.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	a := h.answered(c)
	runtime.ReadMemStats(&after)
	a.want(t, "27 MB", 200, 0)
	took := after.TotalAlloc - before.TotalAlloc
	t.Logf("27 MiB took %d KiB of heap in all", took>>10)
	if took > 1<<20 {
		t.Errorf("27 MiB took %d KiB of heap", took>>10)
	}
}

func TestPreflight(t *testing.T) {
	pages, err := origins.Parse([]string{"https://*.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, 10, func(o *Options) { o.Origins = pages })
	ask := func(method, origin string) answer {
		t.Helper()
		return h.do("OPTIONS", upPath+good, nil, "Access-Control-Request-Method", method, "Origin", origin)
	}
	a := ask("PUT", "https://chat.example.com")
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "https://chat.example.com" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Content-Range") || a.header.Get("Vary") != "Origin" {
		t.Errorf("a configured page: %d %v", a.status, a.header)
	}
	if a := ask("PUT", h.url); a.status != http.StatusNoContent {
		t.Errorf("our own page: %d", a.status)
	}
	if a := ask("PUT", "https://evil.example"); a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a foreign page: %d %v", a.status, a.header)
	}
	if a := ask("GET", "https://evil.example"); a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a foreign page that reads: %d %v", a.status, a.header)
	}
	a = h.do("PUT", upPath+good, strings.NewReader("0123456789"), "Origin", "https://chat.example.com")
	a.want(t, "a configured page's upload", 200, 0)
	if a.header.Get("Access-Control-Allow-Origin") != "https://chat.example.com" || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Range") {
		t.Errorf("the answer: %v", a.header)
	}
}

func TestReadContentRange(t *testing.T) {
	for header, want := range map[string]part{
		"":                  {end: 100, whole: true},
		"bytes 0-99/100":    {end: 100},
		"bytes 5-5/100":     {first: 5, end: 6},
		"bytes */100":       {asks: true},
		"bytes 005-010/100": {first: 5, end: 11},
	} {
		if got, err := readContentRange(header, 100); err != nil || got != want {
			t.Errorf("%q: %+v, %v", header, got, err)
		}
	}
	for _, header := range []string{
		"bytes", "bytes ", "bytes 0-99", "bytes 0-99/*", "bytes 0-99/101", "bytes 0-100/100", "bytes 9-8/100", "bytes -1-5/100",
		"bytes 0--5/100", "bytes +0-5/100", "bytes 0-5/+100", "bytes 0 - 5/100", "bytes=0-5/100", "BYTES 0-5/100", "bytes 0-5/100 ",
		"bytes 0x0-0x5/100", "bytes 99999999999999999999-99999999999999999999/100", "bytes */*", "bytes 0-5/100/100", "bytes 5/100",
	} {
		if got, err := readContentRange(header, 100); !errors.Is(err, errContentRange) {
			t.Errorf("%q: %+v, %v", header, got, err)
		}
	}
}

// What is read lies in the file, and nothing else is.
func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"", "bytes 0-99/100", "bytes */100", "bytes 5-1/100", "bytes 99-99/100", "bytes  0-1/100"} {
		f.Add(s, int64(100))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size <= 0 {
			return
		}
		p, err := readContentRange(header, size)
		if err != nil {
			return
		}
		if p.asks != strings.Contains(header, "*") || p.whole != (header == "") {
			t.Errorf("%q: %+v", header, p)
		}
		if p.first < 0 || p.end < p.first || p.end > size || p.end == p.first && !p.asks {
			t.Errorf("%q of %d: %+v", header, size, p)
		}
		if !p.asks && !p.whole {
			if again, err := readContentRange(fmt.Sprintf("bytes %d-%d/%d", p.first, p.end-1, size), size); err != nil || again != p {
				t.Errorf("%q: %+v is read as %+v", header, p, again)
			}
		}
	})
}

// Of two that send the same file at a time the first that is whole is the file: what the room
// has looked at is not replaced.
func TestSecondUploadReplacesNothing(t *testing.T) {
	h := newHouse(t, 10, nil)
	release, ok := h.h.turns.try(fileKey) // one is completing it
	if !ok {
		t.Fatal("somebody has the turn")
	}
	second := make(chan answer, 1)
	go func() { second <- h.do("PUT", upPath+good, strings.NewReader("0123456789")) }()
	for h.h.uploads.count() == 0 { // it waits
		runtime.Gosched()
	}
	if err := h.store.Put(t.Context(), fileKey, strings.NewReader("the  first"), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := h.room.Uploaded(t.Context(), &h.room.upload, 10, []byte("the  first")); err != nil {
		t.Fatal(err)
	}
	release()
	(<-second).want(t, "the second", 200, 0)
	if a := h.do("GET", downPath+good, nil); string(a.body) != "the  first" {
		t.Errorf("got %q", a.body)
	}
}

func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}
