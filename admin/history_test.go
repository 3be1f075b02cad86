package admin

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	broken "github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// withFile is a house with a message and, later, the address of its file.
func withFile(t *testing.T) (h *house, store *broken.Store, address func() string) {
	t.Helper()
	h = openOn(t, func(s chat.Store) chat.Store { store = broken.New(s); return store }, nil)
	h.users("u1", "u2")
	h.ok("openim/sendmsg", `{"From_Account":"u1","To_Account":"u2","MsgSeq":1,"MsgRandom":1,"MsgBody":`+said("hi")+`}`)
	h.wait(2 * time.Hour)
	return h, store, func() string {
		t.Helper()
		var a struct{ File []struct{ URL string } }
		h.into(h.ok("open_msg_svc/get_history", `{"ChatType":"C2C","MsgTime":"2023111506"}`), &a)
		if len(a.File) != 1 || !strings.HasPrefix(a.File[0].URL, "http://teahouse/history/1400000001/C2C-") {
			t.Fatalf("%+v", a)
		}
		return h.url + strings.TrimPrefix(a.File[0].URL, "http://teahouse")
	}
}

// get downloads, asking with headers given as name and value.
func (h *house) get(url string, headers ...string) (*http.Response, []byte) {
	h.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		h.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return fetch(h.T, r)
}

// A file is downloaded by its address alone, also in parts.
func TestHistoryFileIsDownloaded(t *testing.T) {
	h, _, address := withFile(t)
	url := address()
	resp, whole := h.get(url)
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "application/gzip" {
		t.Fatalf("%s, %s", resp.Status, got)
	}
	z, err := gzip.NewReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || !strings.Contains(string(text), `"To_Account":"u2"`) {
		t.Errorf("%s, %v", text, err)
	}
	if resp, part := h.get(url, "Range", "bytes=10-"); resp.StatusCode != http.StatusPartialContent || !bytes.Equal(part, whole[10:]) {
		t.Errorf("the rest: %s, %d bytes", resp.Status, len(part))
	}
}

// Without a signature nothing is said of files: not whether they are there, nor which.
func TestHistoryFilesAreClosed(t *testing.T) {
	h, _, address := withFile(t)
	url := address()
	bare, _, _ := strings.Cut(url, "?")
	folder := h.url + "/history/1400000001/"
	for what, c := range map[string]struct {
		url  string
		want int
	}{
		"no signature":             {bare, http.StatusForbidden},
		"a wrong signature":        {strings.Replace(url, "sign=", "sign=00", 1), http.StatusForbidden},
		"a file that is not there": {strings.Replace(bare, "C2C", "Group", 1), http.StatusForbidden},
		"another app":              {strings.Replace(url, "1400000001", "1400000002", 1), http.StatusForbidden},
		"no app":                   {strings.Replace(url, "1400000001", "x", 1), http.StatusForbidden},
		"a path upwards":           {folder + "..%2F..%2Fserver.token", http.StatusForbidden},
		"the folder":               {folder, http.StatusNotFound},
		"all folders":              {h.url + "/history/", http.StatusNotFound},
	} {
		if resp, text := h.get(c.url); resp.StatusCode != c.want {
			t.Errorf("%s: %s, %s", what, resp.Status, text)
		}
	}
	h.wait(24 * time.Hour)
	if resp, _ := h.get(url); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a day later: %s", resp.Status)
	}
}

// A store that cannot be read is 1003, and the next call has the file made.
func TestHistoryFileFaults(t *testing.T) {
	h, store, address := withFile(t)
	store.Fail("Conversations", 1, errors.New("disk on fire"))
	if a := h.call("open_msg_svc/get_history", `{"ChatType":"C2C","MsgTime":"2023111506"}`); a.ErrorCode != 1003 {
		t.Errorf("got %s", a.text)
	}
	address()
}

// Addresses begin as the caller has reached the door.
func TestAddressesOfTheDoor(t *testing.T) {
	r, _ := http.NewRequest(http.MethodPost, "/", nil)
	r.Host = "im.example.com"
	if got := base(r); got != "http://im.example.com" {
		t.Errorf("got %s", got)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if got := base(r); got != "https://im.example.com" {
		t.Errorf("behind a proxy: %s", got)
	}
}
