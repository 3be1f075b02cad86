package s3

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"

	"github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/storetest"
)

const (
	bucket = "files"
	key    = "1400000001/ab/abcdef"
)

// fake is a bucket on this machine that counts what it is asked for.
type fake struct {
	*httptest.Server
	asked  atomic.Int64
	broken atomic.Bool // it answers nothing good
}

func newFake(t *testing.T) *fake {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.asked.Add(1)
		if f.broken.Load() {
			refuse(w, http.StatusServiceUnavailable, "SlowDown")
			return
		}
		if strings.Contains(r.Header.Get("Authorization"), "Credential=mistyped/") {
			refuse(w, http.StatusForbidden, "SignatureDoesNotMatch")
			return
		}
		if who := r.Header.Get("Authorization") + r.URL.Query().Get("X-Amz-Credential"); !strings.Contains(who, "known/") && !strings.Contains(who, "Credential=known") {
			refuse(w, http.StatusForbidden, "InvalidAccessKeyId")
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}{Code: code})
}

func (f *fake) store(t *testing.T, change func(*Options)) *Store {
	t.Helper()
	o := Options{
		Endpoint: f.URL, Bucket: bucket, AccessKey: "known", SecretKey: "secret", Region: "us-east-1",
		PathStyle: true, Spool: t.TempDir(),
	}
	if change != nil {
		change(&o)
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		f := newFake(t)
		return func(t *testing.T) media.Store { return f.store(t, nil) }
	})
}

// Wrong settings are named at the start, each by itself.
func TestCheck(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	if err := f.store(t, nil).Check(t.Context()); err != nil {
		t.Errorf("good settings: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*Options)
		says   string
	}{
		"unknown access key": {func(o *Options) { o.AccessKey = "other" }, "the access key is not known"},
		"wrong secret key":   {func(o *Options) { o.AccessKey = "mistyped" }, "the secret key does not fit"},
		"no such bucket":     {func(o *Options) { o.Bucket = "another" }, "there is no bucket another"},
	} {
		err := f.store(t, c.change).Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.says) || !Wrong(err) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	f.Server.Close()
	err := f.store(t, nil).Check(t.Context())
	if err == nil || Wrong(err) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("a bucket that is gone: %v", err)
	}
	for _, bad := range []string{"", "files.example.com", "ftp://x", "https://x/path"} {
		if _, err := Open(Options{Endpoint: bad, Bucket: bucket, AccessKey: "a", SecretKey: "b"}); err == nil {
			t.Errorf("%q is taken as an endpoint", bad)
		}
	}
}

// The bucket gives out the file by itself, named and typed as it is told, for a time.
func TestAddress(t *testing.T) {
	t.Parallel()
	s := newFake(t).store(t, nil)
	want := storetest.Bytes(1000, 1)
	if err := s.Put(t.Context(), key, bytes.NewReader(want), 1000); err != nil {
		t.Fatal(err)
	}
	at, ok := s.Address(t.Context(), key, media.Response{Mime: "image/png", Disposition: "inline"}, time.Now().Add(time.Minute))
	if !ok {
		t.Fatal("no address")
	}
	for _, part := range []string{"response-content-type=image%2Fpng", "response-content-disposition=inline", "X-Amz-Expires=", "X-Amz-Signature="} {
		if !strings.Contains(at, part) {
			t.Errorf("%s has no %s", at, part)
		}
	}
	if got := get(t, at); !bytes.Equal(got, want) {
		t.Errorf("got %d bytes", len(got))
	}
	if _, ok := s.Address(t.Context(), key, media.Response{}, time.Now().Add(-time.Minute)); ok {
		t.Error("an address that is over")
	}
}

func get(t *testing.T, at string) []byte {
	t.Helper()
	r, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", at, r.Status, err)
	}
	return body
}

// A client sends to the bucket itself; what it sends later is not the file.
func TestDirectUpload(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	until := time.Now().Add(time.Minute)
	if _, _, ok := f.store(t, nil).UploadAddress(t.Context(), key, 5, "image/png", until); ok {
		t.Error("direct uploads are on without being asked for")
	}
	s := f.store(t, func(o *Options) { o.Direct = true })
	at, headers, ok := s.UploadAddress(t.Context(), key, 5, "image/png", until)
	if !ok || headers["Content-Type"] != "image/png" || !strings.Contains(at, "content-length") {
		t.Fatalf("%s %v %v", at, headers, ok)
	}
	send := func(text string) {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPut, at, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "image/png")
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Fatal(r.Status)
		}
	}
	send("hello")
	if n, err := s.Uploaded(t.Context(), key); n != 5 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if got := storetest.Content(t, s, key); string(got) != "hello" { // nobody has said that it is there
		t.Errorf("the file is %q", got)
	}
	send("other")
	if err := s.Finish(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Content(t, s, key); string(got) != "hello" {
		t.Errorf("the file is %q", got)
	}
	if err := s.Remove(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.Keys(t.Context(), "", 10); len(keys) > 0 || err != nil {
		t.Errorf("left: %v, %v", keys, err)
	}
}

// What a removed upload had sent is gone from the bucket, parts that nobody sees included.
func TestRemoveAbortsMultiparts(t *testing.T) {
	t.Parallel()
	s := newFake(t).store(t, nil)
	if _, err := s.Append(t.Context(), key, 0, bytes.NewReader(storetest.Bytes(20<<20, 1)), 1<<30); err != nil {
		t.Fatal(err)
	}
	// One that a crash has begun without writing down that it has.
	if _, err := s.core.NewMultipartUpload(t.Context(), bucket, key, minioNone); err != nil {
		t.Fatal(err)
	}
	underWay := func() int {
		page, err := s.core.ListMultipartUploads(t.Context(), bucket, key, "", "", "", 0)
		if err != nil && !missing(err) {
			t.Fatal(err)
		}
		return len(page.Uploads)
	}
	if n := underWay(); n != 2 {
		t.Fatalf("%d uploads under way", n)
	}
	if err := s.Remove(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if n := underWay(); n != 0 {
		t.Errorf("%d uploads are left", n)
	}
}

// A bucket that fails is an error, and what was acknowledged before stays.
func TestBucketFails(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	s := f.store(t, nil)
	if _, err := s.Append(t.Context(), key, 0, strings.NewReader("hello"), 100); err != nil {
		t.Fatal(err)
	}
	f.broken.Store(true)
	if _, err := s.Append(t.Context(), key, 5, strings.NewReader(" you"), 100); err == nil {
		t.Error("a broken bucket takes bytes")
	}
	if err := s.Finish(t.Context(), key); err == nil {
		t.Error("a broken bucket finishes")
	}
	f.broken.Store(false)
	if n, err := s.Uploaded(t.Context(), key); n != 5 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

var minioNone minio.PutObjectOptions

// swallow is a bucket that takes everything and has nothing.
func swallow(t *testing.T) *Store {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPut:
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("ETag", `"0"`)
		case http.MethodPost:
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
		default:
			refuse(w, http.StatusNotFound, "NoSuchKey")
		}
	}))
	t.Cleanup(server.Close)
	s, err := Open(Options{Endpoint: server.URL, Bucket: bucket, AccessKey: "a", SecretKey: "b", Region: "us-east-1", PathStyle: true, Spool: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Nothing in memory grows with a file on its way to the bucket.
func TestUploadMemory(t *testing.T) {
	s := swallow(t)
	block := mediaBlock{left: 27 << 20}
	if _, err := s.Append(t.Context(), key, 0, strings.NewReader("hello"), 100); err != nil { // connections are there
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	size, err := s.Append(t.Context(), key, 0, &block, 1<<30)
	runtime.ReadMemStats(&after)
	if err != nil || size != 27<<20 {
		t.Fatalf("%d bytes, %v", size, err)
	}
	took := after.TotalAlloc - before.TotalAlloc
	t.Logf("27 MiB took %d KiB of heap in all, both ends together", took>>10)
	if took > 4<<20 {
		t.Errorf("27 MiB took %d KiB of heap", took>>10)
	}
}

// mediaBlock is a reader of so many zeros.
type mediaBlock struct{ left int }

func (b *mediaBlock) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n := min(b.left, len(p))
	clear(p[:n])
	b.left -= n
	return n, nil
}
