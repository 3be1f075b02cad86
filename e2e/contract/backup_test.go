//go:build e2e

package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// copied is a backup that was made under load.
type copied struct {
	file   string
	before []map[string]bool // of each conversation: what was acknowledged before
}

// A server under load is backed up several times and then killed. Each backup has what was
// acknowledged before it was asked for, once and without a hole; a server runs on it, clients log
// in and read, files are there, and what is said then has numbers that no client knows.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	s := start(t, "--no-limits", "--data", data)
	l := newLoad(t, s, 4)
	sent := newSentFile(t, s)
	var list []copied
	l.run(func(acked int) bool { return acked >= 300 }, func() {
		for i := range 3 {
			c := copied{file: filepath.Join(dir, fmt.Sprint(i))}
			for j := range l.convs {
				c.before = append(c.before, l.convs[j].granted())
			}
			if out, err := house.Run("backup", "--data", data, "--out", c.file); err != nil {
				t.Errorf("backup: %v\n%s", err, out)
			}
			list = append(list, c)
		}
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	})
	for i, c := range list {
		if out, err := house.Run("verify", c.file); err != nil {
			t.Fatalf("verify: %v\n%s", err, out)
		}
		to := filepath.Join(dir, fmt.Sprint("data", i))
		if out, err := house.Run("restore", c.file, "--data", to); err != nil {
			t.Fatalf("restore: %v\n%s", err, out)
		}
		sound(t, to)
		c.serve(t, l, sent, to)
		sound(t, to)
	}
	refusesToRestore(t, list[0].file, filepath.Join(dir, "data0"))
}

// granted is what was acknowledged so far.
func (c *conversation) granted() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := maps.Clone(c.acked)
	maps.DeleteFunc(all, func(_ string, acked bool) bool { return !acked })
	return all
}

// serve runs a server on a restored folder and asks it, as clients do that know more.
func (c *copied) serve(t *testing.T, l *load, sent *sentFile, data string) {
	t.Helper()
	s := start(t, "--no-limits", "--data", data)
	for i := range l.convs {
		known := &l.convs[i]
		copied := &conversation{writer: known.writer, reader: known.reader, target: known.target, name: known.name, acked: c.before[i], stored: map[string]bool{}}
		for _, problem := range copied.check(t, s) {
			t.Errorf("%s: %s", data, problem)
		}
		for name := range copied.stored {
			if _, ever := known.acked[name]; !ever {
				t.Errorf("%s: %s was never sent", known.name, name)
			}
		}
		goesOn(t, s, known)
	}
	sent.check(t, s)
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// goesOn says something in a conversation of a restored server: who knows all that was sent before
// it was lost, and more, is told of it.
func goesOn(t *testing.T, s *server, c *conversation) {
	t.Helper()
	writer, reader := c.writer, c.reader
	writer.home, reader.home = s, s
	w, r := openRaw(t, writer, rawOptions{version: 4}), openRaw(t, reader, rawOptions{version: 4})
	defer w.bye(t)
	defer r.bye(t)
	r.subscribe(t, "im/res/#")
	w.subscribe(t, "im/res/#")
	mustAsk(t, w, "msg.send", object{"Conv": c.target, "ClientMsgId": "later", "MsgBody": textBody("later")})
	page := mustAsk(t, r, "msg.history", object{"Conv": c.name, "After": len(c.acked) + 1000, "Limit": 10})
	if list := page.list("MsgList"); len(list) != 1 || list[0].text() != "later" {
		t.Errorf("%s: who knows more than the restored server sees %v", c.name, page)
	}
	page = mustAsk(t, r, "msg.history", object{"Conv": c.name, "Limit": 2})
	if list := page.list("MsgList"); len(list) != 2 {
		t.Errorf("%s: the newest are %v", c.name, page)
	}
}

// refusesToRestore tries what must not be done to a folder.
func refusesToRestore(t *testing.T, file, inUse string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bad := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed := bytes.Clone(text)
	changed[len(changed)/2] ^= 1
	newer := bytes.Clone(text)
	newer[19] = 9
	schema := bytes.Clone(text)
	for _, c := range []struct{ what, file, to, says string }{
		{"cut", bad("cut", text[:len(text)*2/3]), filepath.Join(dir, "new"), "is damaged: frame "},
		{"changed", bad("changed", changed), filepath.Join(dir, "new"), "is damaged: frame "},
		{"newer", bad("newer", newer), filepath.Join(dir, "new"), "its format is 9, this program knows 1"},
		{"foreign", bad("foreign", []byte("hello")), filepath.Join(dir, "new"), "not a backup"},
		{"no header", bad("header", schema[:30]), filepath.Join(dir, "new"), "is damaged: frame 0"},
		{"not there", filepath.Join(dir, "none"), filepath.Join(dir, "new"), "no such file"},
		{"a folder with data", file, inUse, "is not empty"},
		{"a folder with something else", file, dir, "is not empty"},
	} {
		out, err := house.Run("restore", c.file, "--data", c.to)
		if err == nil || !strings.Contains(out+err.Error(), c.says) {
			t.Errorf("%s: %v\n%s", c.what, err, out)
		}
	}
	for _, name := range []string{"new", "new.restoring"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a refused restore leaves %s", name)
		}
	}
}

// A server that dies in the middle of a backup, and a client that does, leave nothing that passes
// for one.
func TestBackupIsInterrupted(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	s := start(t, "--no-limits", "--data", data)
	newSentFile(t, s)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	part := new(bytes.Buffer)
	begun := make([]byte, 64<<10)
	backup := exec.Command(house.Path, "backup", "--data", data) // nobody reads on: it waits
	backup.Stdout, backup.Stderr = in, part
	if err := backup.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	n, err := out.Read(begun)
	if err != nil {
		t.Fatal(err)
	}
	second, err := house.Run("backup", "--data", data, "--out", filepath.Join(dir, "second"))
	if err == nil || !strings.Contains(second+err.Error(), "a backup is being made already") {
		t.Errorf("a second one at the same time: %v\n%s", err, second)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	var rest bytes.Buffer
	rest.Write(begun[:n])
	if _, err := rest.ReadFrom(out); err != nil {
		t.Fatal(err)
	}
	if err := backup.Wait(); err == nil {
		t.Errorf("a backup of a server that was killed ends well: %s", part)
	}
	cut := filepath.Join(dir, "cut")
	if err := os.WriteFile(cut, rest.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := house.Run("verify", cut); err == nil || !strings.Contains(said+err.Error(), "is damaged") {
		t.Errorf("a part passes for a backup: %v\n%s", err, said)
	}

	// Of the folder of a server that was killed, and by a client that is.
	file := filepath.Join(dir, "whole")
	if said, err := house.Run("backup", "--data", data, "--out", file); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if said, err := house.Run("backup", "--data", data, "--out", file); err == nil || !strings.Contains(said+err.Error(), "is there already") {
		t.Errorf("a backup is overwritten: %v\n%s", err, said)
	}
	to := filepath.Join(dir, "restored")
	restore := exec.Command(house.Path, "restore", "-", "--data", to)
	feed, err := restore.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := restore.Start(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := feed.Write(whole[:len(whole)/2]); err != nil {
		t.Fatal(err)
	}
	if err := restore.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	restore.Wait()
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a killed restore leaves a folder: %v", err)
	}
	if said, err := house.Run("verify", "--data", to+".restoring"); err == nil {
		t.Errorf("what a killed restore leaves passes for data:\n%s", said)
	}
	if said, err := house.Run("restore", file, "--data", to); err != nil {
		t.Fatalf("again: %v\n%s", err, said)
	}
	sound(t, to)
}

// A backup without the files of users is whole without them; they are there again with the folder
// that was copied beside it.
func TestBackupWithoutFiles(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	s := start(t, "--data", data)
	sent := newSentFile(t, s)
	file, to := filepath.Join(dir, "small"), filepath.Join(dir, "restored")
	for _, line := range [][]string{
		{"backup", "--data", data, "--no-media", "--out", file},
		{"verify", file},
		{"restore", file, "--data", to},
	} {
		out, err := house.Run(line...)
		if err != nil || !strings.Contains(out, "without the files of users") {
			t.Fatalf("%v: %v\n%s", line, err, out)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}

	s = start(t, "--data", to)
	if status, _ := sent.fetch(t, s); status != http.StatusNotFound {
		t.Errorf("a file that was left out: status %d", status)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(to, "media"), os.DirFS(filepath.Join(data, "media"))); err != nil {
		t.Fatal(err)
	}
	s = start(t, "--data", to)
	sent.check(t, s)
}

// sentFile is a file that a user has sent.
type sentFile struct {
	from person
	id   string
	text []byte
}

func newSentFile(t *testing.T, s *server) *sentFile {
	t.Helper()
	f := &sentFile{from: s.user("files"), text: bytes.Repeat([]byte("some bytes of a file\n"), 200_000)}
	d := openRaw(t, f.from, rawOptions{version: 4})
	defer d.bye(t)
	d.subscribe(t, "im/res/#")
	up := mustAsk(t, d, "media.upload", object{"Kind": "file", "Name": "a.txt", "Size": len(f.text)})
	r, err := http.NewRequest(http.MethodPut, up.str("UploadUrl"), bytes.NewReader(f.text))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("upload: %s", resp.Status)
	}
	f.id = up.str("UUID")
	return f
}

// check fetches the file from another server.
func (f *sentFile) check(t *testing.T, s *server) {
	t.Helper()
	status, got := f.fetch(t, s)
	if status != http.StatusOK || !bytes.Equal(got, f.text) {
		t.Errorf("the file has %d bytes, status %d", len(got), status)
	}
}

func (f *sentFile) fetch(t *testing.T, s *server) (status int, text []byte) {
	t.Helper()
	who := f.from
	who.home = s
	d := openRaw(t, who, rawOptions{version: 4})
	defer d.bye(t)
	d.subscribe(t, "im/res/#")
	at := mustAsk(t, d, "media.url", object{"UUID": f.id})
	resp, err := http.Get(at.str("Url"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, text
}
