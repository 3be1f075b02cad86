package core_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/archive"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// The first hour of a house, in China and in UTC, and when its file is there.
const (
	thisHour    = "2023111506"
	thisHourUTC = "2023111422"
	untilReady  = time.Hour + 2800*time.Second
)

// openFiles is a house that makes files.
func openFiles(t *testing.T, change func(*core.Options)) (h *house, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "history")
	h = open(t, func(o *core.Options) {
		o.HistoryDir = dir
		if change != nil {
			change(o)
		}
	})
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Keys: []chat.Key{{ID: "k", Secret: "secret"}}})
	return h, dir
}

// file asks for a file until it is made.
func (h *house) file(kind chat.Kind, hour string) (*archive.File, error) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, 20*time.Second)
	defer cancel()
	for {
		f, err := h.Archive.Hour(ctx, admin(), kind, hour)
		if ctx.Err() != nil || err == nil || !strings.Contains(err.Error(), "being made") {
			return f, err
		}
	}
}

// lines are those of a file, as it is downloaded.
func (h *house) lines(kind chat.Kind, hour string) []string {
	h.Helper()
	f, err := h.file(kind, hour)
	if err != nil {
		h.Fatal(err)
	}
	packed := h.download(f)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		h.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		h.Fatal(err)
	}
	sum := func(b []byte) string { s := md5.Sum(b); return hex.EncodeToString(s[:]) }
	want := archive.Facts{
		Messages: f.Messages, Bytes: int64(len(plain)), MD5: sum(plain), GzipBytes: int64(len(packed)), GzipMD5: sum(packed),
	}
	if f.Facts != want {
		h.Errorf("facts %+v, want %+v", f.Facts, want)
	}
	if !json.Valid(plain) || bytes.Count(plain, []byte("\n")) != f.Messages+2 {
		h.Errorf("a file of %d messages is not in that many lines, or no JSON:\n%s", f.Messages, plain)
	}
	return strings.Split(strings.TrimSuffix(string(plain), "\n"), "\n")
}

func (h *house) download(f *archive.File) []byte {
	h.Helper()
	r, err := h.Archive.Open(f.App, f.Name, f.Expires, f.Sign)
	if err != nil {
		h.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		h.Fatal(err)
	}
	return b
}

// A file has what was sent in its hour and nothing else, by the form of the specification.
func TestHistoryFileHasTheMessagesOfItsHour(t *testing.T) {
	h, _ := openFiles(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	say := func(from chat.UserID, d chat.Draft) chat.Receipt {
		t.Helper()
		r, err := h.Message.SendWait(h.ctx, as(from), d)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	h.send("ann", chat.ToUser("bob"), "too early")
	h.send("ann", chat.ToGroup(g), "too early")
	h.wait(2800 * time.Second) // the next hour has begun
	random, seq := uint32(7), uint32(9)
	first := say("ann", chat.Draft{To: chat.ToUser("bob"), Body: []byte("[ {\"MsgType\":\"TIMTextElem\",\r\n\t\"MsgContent\":{\"Text\":\"1 \\\\n\"}} ]"), Random: &random, SenderSeq: &seq})
	second := say("cat", chat.Draft{To: chat.ToUser("bob"), Body: text("2"), Random: &random, SenderSeq: &seq})
	gone := h.send("bob", chat.ToUser("ann"), "taken back")
	if _, err := h.Message.Recall(h.ctx, as("bob"), "", chat.ToUser("ann"), chat.MessageRef{Seq: gone.Seq}, ""); err != nil {
		t.Fatal(err)
	}
	say("ann", chat.Draft{To: chat.ToUser("bob"), Body: text("online only"), Control: chat.OnlineOnly})
	if _, err := h.People.BlockUsers(h.ctx, as("cat"), "cat", []chat.UserID{"bob"}); err != nil {
		t.Fatal(err)
	}
	h.send("bob", chat.ToUser("cat"), "to nobody")
	imported := message.ImportedC2C{Mode: message.ImportHistory, From: "bob", To: "admin", Time: h.clock().Unix(), Seq: &seq, Random: &random, Body: text("from elsewhere")}
	if err := h.Message.ImportC2C(h.ctx, admin(), imported); err != nil {
		t.Fatal(err)
	}
	if err := h.Core.Group.Transfer(h.ctx, as("ann"), g, "bob"); err != nil { // has a tip
		t.Fatal(err)
	}
	third := h.send("bob", chat.ToGroup(g), "3")
	targeted, err := h.Message.SendWait(h.ctx, admin(), chat.Draft{To: chat.ToGroup(g), From: "ann", Body: text("4"), Only: []chat.UserID{"cat"}})
	if err != nil {
		t.Fatal(err)
	}
	h.wait(time.Hour)
	h.send("ann", chat.ToUser("bob"), "too late")
	h.send("ann", chat.ToGroup(g), "too late")
	h.wait(time.Hour)

	want := []string{
		`{"SdkAppId":1400000001,"ChatType":"C2C","MsgTime":"2023111507","MsgList":[`,
		fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgTimestamp":%d,"MsgSeq":9,"MsgRandom":7,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"1 \\n"}}]},`, first.Time/1000),
		fmt.Sprintf(`{"From_Account":"cat","To_Account":"bob","MsgTimestamp":%d,"MsgSeq":9,"MsgRandom":7,"MsgBody":%s}`, second.Time/1000, text("2")),
		`]}`,
	}
	if got := h.lines(chat.C2C, "2023111507"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	want = []string{
		`{"SdkAppId":1400000001,"ChatType":"Group","MsgTime":"2023111507","MsgList":[`,
		fmt.Sprintf(`{"From_Account":"bob","GroupId":%q,"MsgTimestamp":%d,"MsgSeq":%d,"MsgBody":%s},`, g, third.Time/1000, third.Seq, text("3")),
		fmt.Sprintf(`{"From_Account":"ann","GroupId":%q,"MsgTimestamp":%d,"MsgSeq":%d,"MsgBody":%s}`, g, targeted.Time/1000, targeted.Seq, text("4")),
		`]}`,
	}
	if got := h.lines(chat.InGroup, "2023111507"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// More conversations and messages than are read at a time are all there.
func TestHistoryFileOfManyPages(t *testing.T) {
	h, _ := openFiles(t, func(o *core.Options) { o.Lanes = 4 })
	const others, long = 510, 410
	for i := range others {
		u := chat.UserID(fmt.Sprintf("u%03d", i))
		if _, err := h.People.Login(h.ctx, app, u, chat.Ticket{}); err != nil {
			t.Fatal(err)
		}
		h.send(u, chat.ToUser("ann"), "hello")
	}
	for range long - 1 {
		h.send("u000", chat.ToUser("ann"), "hello")
	}
	h.wait(untilReady)
	if got := len(h.lines(chat.C2C, thisHour)) - 2; got != others+long-1 {
		t.Errorf("%d messages, want %d", got, others+long-1)
	}
}

// What cannot be there is refused, with the code that says why.
func TestHistoryFileRefusals(t *testing.T) {
	h, _ := openFiles(t, nil)
	h.send("ann", chat.ToUser("bob"), "hello")
	for _, c := range []struct {
		what string
		wait time.Duration
		kind chat.Kind
		hour string
		want chat.Code
	}{
		{"no kind", 0, 0, thisHour, 1002},
		{"no hour", 0, chat.C2C, "", 1002},
		{"a day", 0, chat.C2C, "20231115", 1002},
		{"hour 24", 0, chat.C2C, "2023111524", 1002},
		{"more than an hour", 0, chat.C2C, thisHour + "00", 1002},
		{"a path", 0, chat.C2C, "../../../x", 1002},
		{"an hour that is not over", 0, chat.C2C, thisHour, 1004},
		{"an hour to come", 0, chat.C2C, "2033111506", 1004},
		{"an hour of long ago", 0, chat.C2C, "1970010100", 1005},
		{"a second too early", untilReady - time.Second, chat.C2C, thisHour, 1004},
		{"ready", time.Second, chat.C2C, thisHour, 0},
		{"an hour without messages", 0, chat.InGroup, thisHour, 1004},
		{"an earlier hour without any", 0, chat.C2C, "2023111505", 1004},
		{"the last second", 6*24*time.Hour + 23*time.Hour - time.Second, chat.C2C, thisHour, 0},
		{"7 days later", time.Second, chat.C2C, thisHour, 1005},
	} {
		h.wait(c.wait)
		_, err := h.file(c.kind, c.hour)
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("%s: %d (%v), want %d", c.what, got, err, c.want)
		}
	}
	_, err := h.Archive.Hour(h.ctx, as("ann"), chat.C2C, thisHour)
	h.wants(err, 1002)
	_, err = open(t, nil).Archive.Hour(h.ctx, admin(), chat.C2C, "2023111501")
	h.wants(err, 1004)
}

// Hours are those of the zone that is set, and so is the end of an address.
func TestHistoryFileZone(t *testing.T) {
	h, _ := openFiles(t, func(o *core.Options) { o.HistoryZone = time.UTC })
	h.send("ann", chat.ToUser("bob"), "hello")
	h.wait(untilReady)
	f, err := h.file(chat.C2C, thisHourUTC)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Archive.Until(f); got != "2023-11-16 00:00:00" {
		t.Errorf("expires %s", got)
	}
}

// An address opens its file alone, until it expires, and only with a key of the app.
func TestHistoryFileAddress(t *testing.T) {
	h, _ := openFiles(t, nil)
	h.apps.Set(chat.App{ID: app + 1, Admins: []chat.UserID{"admin"}, Keys: []chat.Key{{ID: "k", Secret: "other"}}})
	h.send("ann", chat.ToUser("bob"), "hello")
	h.wait(untilReady)
	f, err := h.file(chat.C2C, thisHour)
	if err != nil {
		t.Fatal(err)
	}
	h.download(f)
	for what, change := range map[string]func(*archive.File){
		"another app":       func(f *archive.File) { f.App++ },
		"no app":            func(f *archive.File) { f.App = 7 },
		"another time":      func(f *archive.File) { f.Expires++ },
		"no signature":      func(f *archive.File) { f.Sign = "" },
		"half a signature":  func(f *archive.File) { f.Sign = f.Sign[:32] },
		"another signature": func(f *archive.File) { f.Sign = strings.Repeat("00", 32) },
		"another file":      func(f *archive.File) { f.Name = "Group" + strings.TrimPrefix(f.Name, "C2C") },
		"the facts":         func(f *archive.File) { f.Name += ".facts" },
		"a folder above":    func(f *archive.File) { f.Name = "../" + f.Name },
		"the folder":        func(f *archive.File) { f.Name = "" },
	} {
		changed := *f
		change(&changed)
		if r, err := h.Archive.Open(changed.App, changed.Name, changed.Expires, changed.Sign); !errors.Is(err, archive.ErrForbidden) {
			t.Errorf("%s: %v, %v", what, r, err)
		}
	}
	h.apps.Set(chat.App{ID: app, Keys: []chat.Key{{ID: "new", Secret: "new"}, {ID: "k", Secret: "secret"}}})
	h.download(f) // keys are changed one after the other
	h.apps.Set(chat.App{ID: app, Keys: []chat.Key{{ID: "k", Secret: "secret", NotAfter: h.clock()}}})
	if _, err := h.Archive.Open(f.App, f.Name, f.Expires, f.Sign); !errors.Is(err, archive.ErrForbidden) {
		t.Errorf("a key that has ended: %v", err)
	}
	h.apps.Set(chat.App{ID: app, Keys: []chat.Key{{ID: "k", Secret: "secret"}}})
	h.wait(24 * time.Hour)
	if _, err := h.Archive.Open(f.App, f.Name, f.Expires, f.Sign); !errors.Is(err, archive.ErrForbidden) {
		t.Errorf("a day later: %v", err)
	}
}

// A file is made anew when making it was cut short, wherever; half of one is never given.
func TestHistoryFileIsWholeOrNotThere(t *testing.T) {
	broken := errors.New("disk on fire")
	var store *faulty.Store
	h, dir := openFiles(t, func(o *core.Options) {
		store = faulty.New(o.Store)
		o.Store = store
	})
	h.send("ann", chat.ToUser("bob"), "1")
	h.send("ann", chat.ToUser("cat"), "2")
	h.wait(untilReady)
	for _, call := range []string{"Conversations", "SeqAtTime", "Messages"} {
		store.Fail(call, 1, broken)
		if _, err := h.file(chat.C2C, thisHour); !chat.IsFault(err) || !errors.Is(err, broken) {
			t.Errorf("%s fails: %v", call, err)
		}
		if left := h.names(dir); len(left) > 0 {
			t.Errorf("%s fails, and %v is left", call, left)
		}
	}
	whole := h.lines(chat.C2C, thisHour)
	f, err := h.file(chat.C2C, thisHour)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "1400000001", f.Name)
	for what, harm := range map[string]func() error{
		"the facts are not there yet": func() error { return os.Remove(path + ".facts") },
		"the facts are cut":           func() error { return os.WriteFile(path+".facts", []byte(`{"Mess`), 0o600) },
		"the file is gone":            func() error { return os.Remove(path) },
		"the file is cut":             func() error { return os.Truncate(path, 10) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		if got := h.lines(chat.C2C, thisHour); !slices.Equal(got, whole) {
			t.Errorf("%s: %q", what, got)
		}
	}
	calls := store.Calls("Conversations")
	h.lines(chat.C2C, thisHour)
	if got := store.Calls("Conversations"); got != calls {
		t.Error("a file that is there was made again")
	}
}

// names are the files below a folder.
func (h *house) names(dir string) (list []string) {
	h.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		h.Fatal(err)
	}
	for _, path := range all {
		list = append(list, filepath.Base(path))
	}
	return list
}

// A start removes what was not finished and what has expired, and leaves the rest.
func TestHistoryFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "1400000001")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	stay := []string{"C2C-2023111505-1699995600.json.gz", "C2C-2023111505-1699995600.json.gz.facts", "Group-2023111505-1699995600.json.gz.facts", "not-ours.txt"}
	for _, name := range append([]string{
		"C2C-2023110105-1698786000.json.gz", "C2C-2023110105-1698786000.json.gz.facts", "Group-2023110105-1698786000.json.gz.facts",
		"C2C-2023111504-1699992000.json.gz.part", "C2C-2023111504-1699992000.json.gz.facts.part",
	}, stay...) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := open(t, func(o *core.Options) { o.HistoryDir = dir })
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Keys: []chat.Key{{ID: "k", Secret: "secret"}}})
	_, err := h.file(chat.InGroup, "2023111503") // by then the start has removed what it removes
	h.wants(err, 1004)
	stay = append(stay, "Group-2023111503-1699988400.json.gz.facts")
	slices.Sort(stay)
	if got := h.names(dir); !slices.Equal(got, stay) {
		t.Errorf("left: %v\nwant: %v", got, stay)
	}
}

// The oldest files go when all are more than they may be.
func TestHistoryFilesAreBounded(t *testing.T) {
	h, _ := openFiles(t, nil)
	dir := t.TempDir()
	s := archive.New(archive.Options{Ledger: h.Ledger(), Dir: dir, MaxBytes: 500, Patience: 20 * time.Second})
	defer s.Close()
	for range 4 {
		h.send("ann", chat.ToUser("bob"), "hello")
		h.wait(time.Hour)
	}
	h.wait(time.Hour)
	for _, hour := range []string{"2023111506", "2023111507", "2023111508"} {
		if _, err := s.Hour(h.ctx, admin(), chat.C2C, hour); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Hour(h.ctx, admin(), chat.InGroup, "2023111508")
	h.wants(err, 1004)
	s.Close() // by then the bound was kept
	list := h.names(dir)
	size := int64(0)
	for _, name := range list {
		is, err := os.Stat(filepath.Join(dir, "1400000001", name))
		if err != nil {
			t.Fatal(err)
		}
		size += is.Size()
	}
	if size > 500 || !slices.Contains(list, "C2C-2023111508-1700006400.json.gz") || slices.Contains(list, "C2C-2023111506-1699999200.json.gz") {
		t.Errorf("%d bytes: %v", size, list)
	}
}

// Closing ends a file that is being made, and leaves nothing of it.
func TestHistoryFileEndsWithTheServer(t *testing.T) {
	h, _ := openFiles(t, nil)
	h.send("ann", chat.ToUser("bob"), "hello")
	h.wait(untilReady)
	dir := t.TempDir()
	held, free := make(chan struct{}), make(chan struct{})
	s := archive.New(archive.Options{
		Ledger: h.Ledger(), Dir: dir, Patience: time.Nanosecond,
		Full: func() error { held <- struct{}{}; <-free; return nil },
	})
	_, err := s.Hour(h.ctx, admin(), chat.C2C, thisHour)
	h.wants(err, 1004)
	select {
	case <-held:
	case <-time.After(20 * time.Second):
		t.Fatal("the file is not being made")
	}
	if got := h.names(dir); len(got) != 1 || !strings.HasSuffix(got[0], ".part") {
		t.Errorf("while it is made: %v", got)
	}
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	free <- struct{}{}
	for done := false; !done; {
		select {
		case <-closed:
			done = true
		case <-held:
			free <- struct{}{}
		case <-time.After(20 * time.Second):
			t.Fatal("it does not close")
		}
	}
	for _, name := range h.names(dir) {
		if strings.HasSuffix(name, ".part") {
			t.Errorf("closed, and %s is left", name)
		}
	}
}
