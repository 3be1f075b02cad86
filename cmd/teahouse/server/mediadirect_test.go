package server

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"testing"

	"github.com/teahouse-im/teahouse/media/s3"
)

// Where clients send to the bucket itself, what has come is looked at when it is first named:
// a picture is one and is sent, something else is removed.
func TestUploadToTheBucketItself(t *testing.T) {
	bucket, closeBucket := bucketOf(t)
	bucket.Direct = true
	s := newFileStory(t, bucket, closeBucket)
	s.lines["alice"], s.lines["bob"] = s.on("alice"), s.on("bob")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	size := picture.Len()

	good := s.begin("alice", fmt.Sprintf(`{"Kind":"image","Name":"a.png","Size":%d,"Mime":"image/png"}`, size))
	s.direct(bucket, good.UploadUrl, picture.Bytes())
	at := s.sendPicture("alice", "bob", good, size)
	if r, body := s.fetch(at[0], ""); r.StatusCode != http.StatusOK || !bytes.Equal(body, picture.Bytes()) {
		t.Errorf("the original: %s, %d bytes", r.Status, len(body))
	}
	r, body := s.fetch(at[2], "")
	if c, _, err := image.DecodeConfig(bytes.NewReader(body)); r.StatusCode != http.StatusOK || err != nil || c.Width != 198 {
		t.Errorf("the smaller size: %s, %d wide, %v", r.Status, c.Width, err)
	}

	// What is sent to the old address afterwards is not what others get.
	s.direct(bucket, good.UploadUrl, bytes.Repeat([]byte("x"), size))
	if _, body := s.fetch(at[0], ""); !bytes.Equal(body, picture.Bytes()) {
		t.Error("the file is another one now")
	}

	page := []byte("<html><script>alert(1)</script></html>")
	bad := s.begin("alice", fmt.Sprintf(`{"Kind":"image","Name":"a.png","Size":%d,"Mime":"image/png"}`, len(page)))
	s.direct(bucket, bad.UploadUrl, page)
	s.request(s.lines["alice"], told{by: "alice", do: "msg.send", code: 90010, body: fmt.Sprintf(
		`{"Conv":"c2c/bob","MsgBody":[{"MsgType":"TIMImageElem","MsgContent":{"UUID":%q,"ImageFormat":3,"ImageInfoArray":[{"Type":1,"Size":%d,"Width":1,"Height":1,"URL":%q}]}}]}`,
		bad.UUID, len(page), bad.Url)})
	if r, _ := s.fetch(bad.Url, ""); r.StatusCode != http.StatusNotFound {
		t.Errorf("a page in place of a picture: %s", r.Status)
	}
	keys, err := s.a.files.Keys(t.Context(), "", 10)
	if err != nil || len(keys) != 1 {
		t.Errorf("in the bucket are %v, %v", keys, err)
	}
}

// direct sends bytes to an address of the bucket.
func (s *fileStory) direct(bucket *s3.Options, at string, body []byte) {
	s.Helper()
	q, err := http.NewRequestWithContext(s.Context(), http.MethodPut, at, bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if "http://"+q.URL.Host != bucket.Endpoint {
		s.Fatalf("the address is %s, not the bucket's", at)
	}
	q.Header.Set("Content-Type", "image/png")
	r := s.send(q)
	if text, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusOK {
		s.Fatalf("the bucket: %s %s", r.Status, text)
	}
}
