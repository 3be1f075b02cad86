package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"golang.org/x/image/bmp"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/media/s3"
	"github.com/teahouse-im/teahouse/origins"
)

// bucketOf is a bucket on this machine, and what closes it.
func bucketOf(t *testing.T) (*s3.Options, func()) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(at.Close)
	return &s3.Options{Endpoint: at.URL, Bucket: "files", AccessKey: "key", SecretKey: "secret", Region: "us-east-1", PathStyle: true}, at.Close
}

// fileStory is a server whose users send files.
type fileStory struct {
	*play
	o     Options
	close func() // the bucket, before anybody looks for what is left
}

func newFileStory(t *testing.T, bucket *s3.Options, closeBucket func()) *fileStory {
	t.Helper()
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	o := devOptions(t)
	o.Dev, o.Origins, o.Media.S3 = nil, origins.Any, bucket
	app := NewApp(FirstDevApp, "files")
	o.Apps = []chat.App{app}
	s := &fileStory{&play{T: t, app: &app, lines: map[string]*playLine{}}, o, closeBucket}
	s.up()
	s.rest("im_open_login_svc/multiaccount_import", `{"Accounts":["alice","bob","carol"]}`, 0)
	return s
}

// up starts the server, at the address it had before.
func (s *fileStory) up() {
	s.Helper()
	s.a = start(s.T, s.o)
	s.Cleanup(s.close)
	ws, err := url.Parse(s.a.Ready().WS)
	if err != nil {
		s.Fatal(err)
	}
	s.o.WS = ws.Host
}

// ticket is the answer of media.upload.
type fileTicket struct {
	UUID, UploadUrl, Method, Url, LargeUrl, ThumbUrl string //nolint:revive,staticcheck // as on the wire
}

func (s *fileStory) begin(user, request string) (t fileTicket) {
	s.Helper()
	s.read(s.answer(s.lines[user], "media.upload", request), &t)
	return t
}

// put sends bytes of a file, those of header Content-Range when there is one.
func (s *fileStory) put(at string, body []byte, contentRange string) *http.Response {
	s.Helper()
	q, err := http.NewRequestWithContext(s.Context(), http.MethodPut, at, bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if contentRange != "" {
		q.Header.Set("Content-Range", contentRange)
	}
	return s.send(q)
}

func (s *fileStory) send(q *http.Request) *http.Response {
	s.Helper()
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		s.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		s.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

func (s *fileStory) fetch(at, ranges string) (*http.Response, []byte) {
	s.Helper()
	q, err := http.NewRequestWithContext(s.Context(), http.MethodGet, at, nil)
	if err != nil {
		s.Fatal(err)
	}
	if ranges != "" {
		q.Header.Set("Range", ranges)
	}
	r := s.send(q)
	body, _ := io.ReadAll(r.Body)
	return r, body
}

// interrupt sends a part of what it announces, and is gone.
func (s *fileStory) interrupt(at string, first, last, size int, part []byte) {
	s.Helper()
	u, err := url.Parse(at)
	if err != nil {
		s.Fatal(err)
	}
	c, err := net.DialTimeout("tcp", u.Host, patience)
	if err != nil {
		s.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nContent-Range: bytes %d-%d/%d\r\n\r\n", u.RequestURI(), u.Host, last-first+1, first, last, size)
	if err == nil {
		_, err = c.Write(part)
	}
	if err != nil {
		s.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		s.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	_, _ = io.Copy(io.Discard, c) // the server has taken what came
	_ = c.Close()
}

// picture27 is a picture of 27 MB.
func picture27(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 3000, 3000))
	for i := range img.Pix {
		img.Pix[i] = byte(i*i>>9 ^ i>>5)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := bmp.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func noBucket(*testing.T) (*s3.Options, func()) { return nil, func() {} }

// 27 MB go up in chunks, with an interruption and a restart of the server in between; the
// other user gets a message, and through its addresses the smaller size and the original, byte
// for byte.
func TestLargePictureFromUserToUser(t *testing.T) {
	for name, bucket := range map[string]func(*testing.T) (*s3.Options, func()){
		"folder": noBucket,
		"bucket": bucketOf,
	} {
		t.Run(name, func(t *testing.T) {
			options, closeBucket := bucket(t)
			s := newFileStory(t, options, closeBucket)
			s.lines["alice"] = s.on("alice")
			want := picture27(t)
			size := len(want)
			ticket := s.begin("alice", fmt.Sprintf(`{"Kind":"image","Name":"tea house.bmp","Size":%d,"Mime":"image/bmp","Width":3000,"Height":3000}`, size))
			const chunk = 10 << 20
			r := s.put(ticket.UploadUrl, want[:chunk], fmt.Sprintf("bytes 0-%d/%d", chunk-1, size))
			if r.StatusCode != http.StatusPermanentRedirect || r.Header.Get("Range") != fmt.Sprintf("bytes=0-%d", chunk-1) {
				t.Fatalf("the first chunk: %s %v", r.Status, r.Header)
			}
			s.interrupt(ticket.UploadUrl, chunk, 2*chunk-1, size, want[chunk:chunk+3<<20])
			s.lines["alice"].Disconnect(0)
			stop(t, s.a)
			s.up()
			s.lines["alice"], s.lines["bob"] = s.on("alice"), s.on("bob")

			r = s.put(ticket.UploadUrl, nil, fmt.Sprintf("bytes */%d", size))
			var have int
			if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=0-%d", &have); err != nil || have < chunk || have >= chunk+3<<20 {
				t.Fatalf("after the restart there is %q: %v", r.Header.Get("Range"), err)
			}
			for at := have + 1; at < size; at += chunk {
				end := min(at+chunk, size)
				r = s.put(ticket.UploadUrl, want[at:end], fmt.Sprintf("bytes %d-%d/%d", at, end-1, size))
			}
			if r.StatusCode != http.StatusOK {
				t.Fatalf("the last chunk: %s", r.Status)
			}
			got := s.sendPicture("alice", "bob", ticket, size)
			s.compare(got, want)
		})
	}
}

// sendPicture sends a message that names a picture, and returns the addresses that the other
// user gets: those of the original, the large size and the small one.
func (s *fileStory) sendPicture(from, to string, f fileTicket, size int) [3]string {
	s.Helper()
	in := make(chan []byte, 1)
	done(s.T, s.lines[to].Subscribe("im/in/#", 1, func(_ mqtt.Client, m mqtt.Message) { in <- m.Payload() }))
	one := func(kind int, at string) string {
		return fmt.Sprintf(`{"Type":%d,"Size":%d,"Width":3000,"Height":3000,"URL":%q}`, kind, size, at)
	}
	body := fmt.Sprintf(`{"Conv":"c2c/%s","MsgBody":[{"MsgType":"TIMImageElem","MsgContent":{"UUID":%q,"ImageFormat":4,"ImageInfoArray":[%s,%s,%s]}}]}`,
		to, f.UUID, one(1, f.Url), one(2, f.LargeUrl), one(3, f.ThumbUrl))
	s.request(s.lines[from], told{by: from, do: "msg.send", body: body})
	var m struct {
		MsgBody []struct {
			MsgContent struct {
				ImageInfoArray []struct {
					Type int
					URL  string
				}
			}
		}
	}
	select {
	case payload := <-in:
		if err := json.Unmarshal(payload, &m); err != nil {
			s.Fatal(err)
		}
	case <-time.After(patience):
		s.Fatal("no message")
	}
	var at [3]string
	for _, i := range m.MsgBody[0].MsgContent.ImageInfoArray {
		at[i.Type-1] = i.URL
	}
	return at
}

// compare fetches all sizes of a picture.
func (s *fileStory) compare(at [3]string, want []byte) {
	s.Helper()
	r, body := s.fetch(at[0], "")
	if r.StatusCode != http.StatusOK || !bytes.Equal(body, want) {
		s.Errorf("the original: %s, %d bytes, want %d", r.Status, len(body), len(want))
	}
	if r.Header.Get("Content-Type") != "image/bmp" || !strings.Contains(r.Header.Get("Content-Disposition"), "inline") && s.o.Media.S3 == nil {
		s.Errorf("the original: %v", r.Header)
	}
	r, body = s.fetch(at[0], "bytes=1000000-2000000")
	if r.StatusCode != http.StatusPartialContent || !bytes.Equal(body, want[1_000_000:2_000_001]) {
		s.Errorf("a piece: %s, %d bytes", r.Status, len(body))
	}
	for i, side := range map[int]int{1: 720, 2: 198} {
		r, body = s.fetch(at[i], "")
		c, as, err := image.DecodeConfig(bytes.NewReader(body))
		if r.StatusCode != http.StatusOK || err != nil || as != "jpeg" || c.Width != side || c.Height != side {
			s.Errorf("size %d: %s, %s of %d × %d, %v", i+1, r.Status, as, c.Width, c.Height, err)
		}
	}
	_, err := url.Parse(at[2])
	if err != nil {
		s.Fatal(err)
	}
	if r, _ = s.fetch(strings.Replace(at[2], "/thumb?", "/original?", 1), ""); r.StatusCode != http.StatusForbidden {
		s.Errorf("another size under the signature of one: %s", r.Status)
	}
}

// Files are never on the admin port, which is not for clients; and the WebSocket listener has
// nothing else beside them.
func TestWhereFilesAre(t *testing.T) {
	s := newFileStory(t, nil, func() {})
	base := s.a.Ready().Media
	for at, want := range map[string]int{
		base + "/media/1/x/original":                 http.StatusNotFound,
		base + "/other":                              http.StatusNotFound,
		s.a.Ready().Admin + "/media/1/x/original":    http.StatusNotFound,
		base + "/media/../../etc/passwd":             http.StatusNotFound,
		base + "/media/%2e%2e/%2e%2e/etc/passwd":     http.StatusNotFound,
		base + "/media/1400000001/zf-x/upload?s=%zz": http.StatusBadRequest,
	} {
		r, body := s.fetch(at, "")
		if r.StatusCode != want {
			t.Errorf("%s: %s %.200s", at, r.Status, body)
		}
	}
}

// Files may have a listener of their own, and an address that the operator gives.
func TestFilesElsewhere(t *testing.T) {
	o := devOptions(t)
	o.Media.Listen = "127.0.0.1:0"
	a := start(t, o)
	if a.Ready().Media == "" || strings.Contains(a.Ready().WS, strings.TrimPrefix(a.Ready().Media, "http://")) {
		t.Errorf("files are at %s, WebSocket at %s", a.Ready().Media, a.Ready().WS)
	}
	r, err := http.Get(a.Ready().Media + "/media/1/x/original")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if r.StatusCode != http.StatusNotFound || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %v", r.Status, r.Header)
	}
	stop(t, a)
	o = devOptions(t)
	o.Media.URL = "https://chat.example.com"
	if a := start(t, o); a.Ready().Media != "https://chat.example.com" {
		t.Errorf("files are at %s", a.Ready().Media)
	}
}

// A bucket with wrong settings ends the start, and says why.
func TestWrongBucket(t *testing.T) {
	o := devOptions(t)
	o.Media.S3, _ = bucketOf(t)
	o.Media.S3.Bucket = "other"
	a, err := Start(t.Context(), o)
	if err == nil {
		stop(t, a)
	}
	if err == nil || !strings.Contains(err.Error(), "no bucket other") {
		t.Errorf("got %v", err)
	}
}

// Without a door there are no files, and clients are told.
func TestWithoutFiles(t *testing.T) {
	o := devOptions(t)
	o.Media.Off = true
	a := start(t, o)
	if a.Ready().Media != "" {
		t.Errorf("files are at %s", a.Ready().Media)
	}
	r, err := http.Get("http" + strings.TrimSuffix(strings.TrimPrefix(a.Ready().WS, "ws"), wsPath) + "/media/x")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if r.StatusCode != http.StatusNotFound {
		t.Errorf("%s", r.Status)
	}
}
