package media

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/folder"
)

// patience bounds every wait; it is reached only when something is wrong.
const patience = 30 * time.Second

const (
	app      = chat.AppID(1400000001)
	fileKey  = "1400000001/ab/abcdef"
	good     = "?s=good"
	upPath   = "/media/1400000001/abcdef/upload"
	downPath = "/media/1400000001/abcdef/original"
)

// fakeRoom signs with a word, and knows one file.
type fakeRoom struct {
	mu     sync.Mutex
	upload room.Upload
	object *room.Object // once it is ready
	wrong  error        // what Uploaded answers
	told   int          // calls of Uploaded
	head   []byte
	until  int64
	remove func()
}

func (f *fakeRoom) signed(path string, query url.Values) (variant string, err error) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 || parts[0] != "1400000001" || parts[1] != "abcdef" {
		return "", chat.Refuse(chat.CodeNoMessage, "there is no such file")
	}
	if query.Get("s") != "good" {
		return "", chat.Refuse(chat.CodeAuthFailed, "the address has expired, or its signature is wrong")
	}
	return parts[2], nil
}

func (f *fakeRoom) Upload(_ context.Context, path string, query url.Values) (*room.Upload, error) {
	if !strings.HasSuffix(path, "/upload") {
		return nil, chat.Refuse(chat.CodeNoMessage, "there is no such file")
	}
	if _, err := f.signed(path, query); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.upload
	u.Done = f.object != nil
	return &u, nil
}

func (f *fakeRoom) Uploaded(_ context.Context, u *room.Upload, size int64, head []byte) (*room.Object, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told, f.head = f.told+1, bytes.Clone(head)
	if f.wrong != nil {
		f.remove()
		return nil, f.wrong
	}
	if size != u.Size {
		return nil, chat.Refuse(chat.CodeMediaTooLarge, "")
	}
	mime := http.DetectContentType(head)
	f.object = &room.Object{App: u.App, Size: size, Mime: mime, Inline: strings.HasPrefix(mime, "image/"), Name: "a file.bin"}
	return f.object, nil
}

func (f *fakeRoom) Download(_ context.Context, path string, query url.Values) (*room.Download, error) {
	variant, err := f.signed(path, query)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.object == nil || variant == "upload" {
		return nil, chat.Refuse(chat.CodeNoMessage, "there is no such file")
	}
	return &room.Download{
		App: app, Key: fileKey, Variant: room.Variant(variant), Name: f.object.Name, Mime: f.object.Mime, Size: f.object.Size,
		Inline: f.object.Inline, ETag: `"abcdef-` + variant + `"`, Since: 1_700_000_000, Until: f.until,
	}, nil
}

// house is a handler on a listener of this machine.
type house struct {
	t     *testing.T
	url   string
	room  *fakeRoom
	store room.Store
	h     *Handler
	dir   string
}

func newHouse(t *testing.T, size int64, change func(*Options)) *house {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t, goleak.IgnoreCurrent()) })
	dir := filepath.Join(t.TempDir(), "media")
	store, err := folder.Open(folder.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return newHouseOn(t, store, dir, size, change)
}

func newHouseOn(t *testing.T, store room.Store, dir string, size int64, change func(*Options)) *house {
	t.Helper()
	f := &fakeRoom{
		upload: room.Upload{App: app, Key: fileKey, Size: size, Limit: size},
		until:  time.Now().Add(time.Hour).Unix(),
		remove: func() { _ = store.Remove(context.Background(), fileKey) },
	}
	o := Options{Room: f, Store: store}
	if change != nil {
		change(&o)
	}
	h := New(o)
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &house{t: t, url: server.URL, room: f, store: store, h: h, dir: dir}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	code   int
	text   string
	size   int64
}

func (h *house) do(method, path string, body io.Reader, headers ...string) answer {
	h.t.Helper()
	q, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience}
	r, err := client.Do(q)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = r.Body.Close() }()
	return read(h.t, r)
}

func read(t *testing.T, r *http.Response) answer {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: r.StatusCode, header: r.Header, body: body}
	if r.Header.Get("Content-Type") == "application/json; charset=utf-8" && r.Request.Method != http.MethodHead {
		var e struct {
			ActionStatus string
			ErrorCode    int
			ErrorInfo    string
			Size         int64
		}
		if err := json.Unmarshal(body, &e); err != nil || (e.ErrorCode == 0) != (e.ActionStatus == "OK") {
			t.Fatalf("%s: %v", body, err)
		}
		a.code, a.text, a.size = e.ErrorCode, e.ErrorInfo, e.Size
	}
	return a
}

func (a answer) want(t *testing.T, what string, status, code int) {
	t.Helper()
	if a.status != status || a.code != code {
		t.Errorf("%s: %d %s, want status %d and code %d", what, a.status, a.body, status, code)
	}
}

// nothing checks that no byte is kept.
func (h *house) nothing(what string) {
	h.t.Helper()
	err := filepath.Walk(h.dir, func(path string, is os.FileInfo, err error) error {
		if err == nil && !is.IsDir() {
			h.t.Errorf("%s: %s is kept, %d bytes", what, path, is.Size())
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// raw sends text as it is on a connection and returns the answer.
func (h *house) raw(text string, more ...func(net.Conn)) answer {
	h.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, text); err != nil {
		h.t.Fatal(err)
	}
	for _, m := range more {
		m(c)
	}
	return h.answered(c)
}

func (h *house) answered(c net.Conn) answer {
	h.t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: http.MethodPut})
	if err != nil {
		h.t.Fatalf("no answer: %v", err)
	}
	defer func() { _ = r.Body.Close() }()
	return read(h.t, r)
}

// folderOf is a store on a disk with so much room.
func folderOf(dir string, free func() int64) (room.Store, error) {
	return folder.Open(folder.Options{Dir: dir, Free: func(string) (int64, error) { return free(), nil }})
}
