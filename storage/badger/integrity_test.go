package badger

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/teahouse-im/teahouse/chat"
)

// fill appends messages that are not all alike, a transaction each.
func fill(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range n {
		m := text(pair, fmt.Sprintf("%d %s", i, strings.Repeat(fmt.Sprint(i*i), 100)))
		if err := s.Apply(t.Context(), one(m)); err != nil {
			t.Fatal(err)
		}
	}
}

// damagedFolders are the two states a folder is found in: closed in good order,
// after several runs, so that all is in tables; and as a killed process leaves it, with the
// newest transactions in a log.
func damagedFolders(t *testing.T) (closed, killed string) {
	t.Helper()
	closed, killed = t.TempDir(), t.TempDir()
	for range 4 {
		s := mustOpen(t, Options{Dir: closed})
		fill(t, s, 100)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := copyFolder(closed, dir); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Options{Dir: dir})
	fill(t, s, 100)
	if err := copyFolder(dir, killed); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(killed, "*.[mv]*"))
	if err != nil || len(logs) < 2 {
		t.Fatalf("logs %v, %v", logs, err)
	}
	for _, log := range logs { // most of a log is room
		if err := os.Truncate(log, int64(used(readFile(t, log)))+1000); err != nil {
			t.Fatal(err)
		}
	}
	return closed, killed
}

// change changes bytes of a file.
func change(t *testing.T, path string, do func(b []byte) []byte) {
	t.Helper()
	b := readFile(t, path)
	if err := os.WriteFile(path, do(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// flipped changes n bytes from at on; a negative at counts from the end.
func flipped(at, n int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		for i := range n {
			b[at+i] ^= 0x5a
		}
		return b
	}
}

// used is where the zeros at the end of a log begin.
func used(b []byte) int { return len(bytes.TrimRight(b, "\x00")) }

func firstFile(t *testing.T, dir, form string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, form))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s in %s: %v", form, dir, err)
	}
	return names[0]
}

// TestDamagedFolderIsRefused: the refusal names the file, and changes nothing.
func TestDamagedFolderIsRefused(t *testing.T) {
	closed, killed := damagedFolders(t)
	remove := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	with := func(do func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) { change(t, path, do) }
	}
	for _, c := range []struct {
		what   string
		folder string
		form   string // of the file that is damaged
		do     func(*testing.T, string)
		says   string
	}{
		{"the list of tables is missing", closed, "MANIFEST", remove, "list of tables is missing"},
		{"the list of tables is empty", closed, "MANIFEST", with(func([]byte) []byte { return nil }), "list of tables is missing or empty"},
		{"a byte of the list of tables", closed, "MANIFEST", with(flipped(30, 1)), "cannot be read"},
		{"a length in the list of tables", closed, "MANIFEST", with(func(b []byte) []byte { b[19] += 46; return b }), "entries follow behind byte 16"},
		{"the list of tables of an earlier time", closed, "MANIFEST", with(func(b []byte) []byte { return b[:16] }), "were durable"},
		{"64 bytes within a table", closed, "*.sst", with(flipped(1000, 64)), "block "},
		{"one byte within a table", closed, "*.sst", with(flipped(2000, 1)), "block "},
		{"the index of a table", closed, "*.sst", with(flipped(-60, 1)), "index"},
		{"the end of a table", closed, "*.sst", with(flipped(-4, 4)), "ends too early"},
		{"the checksum at the end of a table", closed, "*.sst", with(flipped(-8, 2)), "checksum"},
		{"a table is cut short", closed, "*.sst", with(func(b []byte) []byte { return b[:len(b)/2] }), ""},
		{"a table is empty", closed, "*.sst", with(func([]byte) []byte { return nil }), "ends too early"},
		{"a table is missing", closed, "*.sst", remove, "missing"},
		{"the registry of keys", closed, "KEYREGISTRY", with(flipped(20, 1)), "move it away"},
		{"the mark", closed, "COMMITTED", with(flipped(7, 1)), "move it away"},
		{"bytes in the middle of the log", killed, "*.mem", with(func(b []byte) []byte { return flipped(used(b)/2, 16)(b) }), "cannot be read from byte"},
		{"the first transaction of the log", killed, "*.mem", with(flipped(30, 1)), "cannot be read from byte 20"},
		{"the last transaction of the log", killed, "*.mem", with(func(b []byte) []byte { return flipped(used(b)-40, 1)(b) }), "were durable"},
		{"the log is cut short", killed, "*.mem", with(func(b []byte) []byte { return b[:used(b)/2] }), "were durable"},
		{"the log is empty", killed, "*.mem", with(func([]byte) []byte { return nil }), "were durable"},
		{"the log is missing", killed, "*.mem", remove, "were durable"},
		{"a table that the log continues", killed, "*.sst", with(flipped(1000, 64)), "block "},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := t.TempDir()
			if err := copyFolder(c.folder, dir); err != nil {
				t.Fatal(err)
			}
			file := firstFile(t, dir, c.form)
			c.do(t, file)
			before := contents(t, dir)
			s, err := Open(Options{Dir: dir, Log: quiet()})
			if err == nil {
				n := headAt(t, s, pair).Seq
				_ = s.Close()
				t.Fatalf("opened, with %d messages", n)
			}
			name := filepath.Base(file)
			if _, gone := os.Stat(file); gone != nil && c.form == "*.mem" {
				name = "*.mem"
			}
			if !errors.Is(err, chat.ErrDamaged) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v\nwant %s and %q", err, name, c.says)
			}
			if after := contents(t, dir); !maps.EqualFunc(before, after, bytes.Equal) {
				t.Errorf("the folder has changed: %v, before %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
			}
		})
	}
}

// contents is what every file of a folder holds, the zeros at their ends left
// out.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		b := readFile(t, filepath.Join(dir, f.Name()))
		all[f.Name()] = append(bytes.TrimRight(b, "\x00"), fmt.Sprint(len(b))...)
	}
	return all
}

// TestFolderWithoutMarkOpens is one of a version that did not write marks: it opens,
// and damage before its last transaction is found all the same.
func TestFolderWithoutMarkOpens(t *testing.T) {
	_, killed := damagedFolders(t)
	if err := os.Remove(filepath.Join(killed, markFile)); err != nil {
		t.Fatal(err)
	}
	sound := t.TempDir()
	if err := copyFolder(killed, sound); err != nil {
		t.Fatal(err)
	}
	change(t, firstFile(t, killed, "*.mem"), func(b []byte) []byte { return flipped(used(b)/2, 16)(b) })
	if _, err := Open(Options{Dir: killed, Log: quiet()}); !errors.Is(err, chat.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	if h := headAt(t, mustOpen(t, Options{Dir: sound}), pair); h.Seq != 500 {
		t.Errorf("head %+v", h)
	}
}

// TestDamageFoundAfterOpenEndsWrites: what is not read at the start is read afterwards; a
// damaged table ends the writing, and the next start looks at it first.
func TestDamageFoundAfterOpenEndsWrites(t *testing.T) {
	closed, _ := damagedFolders(t)
	file := firstFile(t, closed, "*.sst")
	sound := readFile(t, file)
	change(t, file, flipped(1000, 64))
	var log lines
	s := mustOpen(t, Options{Dir: closed, CheckBytes: -1, Log: log.logger()})
	log.wait(t, filepath.Base(file))
	if err := s.Apply(t.Context(), one(text(pair, "more"))); !errors.Is(err, chat.ErrDamaged) {
		t.Errorf("a write gives %v, want ErrDamaged", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: closed, CheckBytes: -1, Log: quiet()}); !errors.Is(err, chat.ErrDamaged) {
		t.Errorf("the next start gives %v, want ErrDamaged", err)
	}
	if err := os.WriteFile(file, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: closed, CheckBytes: -1})
	if err := s.Apply(t.Context(), one(text(pair, "more"))); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(closed, noteFile)); err == nil {
		t.Error("the note is kept")
	}
}

// TestDamagedLargeValuesAreErrors: values that are not in tables.
func TestDamagedLargeValuesAreErrors(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	for i := range 3 {
		data := bytes.Repeat([]byte{byte('a' + i)}, valueLogLeast+1000)
		err := s.SaveSessions(t.Context(), []*chat.SessionState{{App: 7, User: "ann", Client: fmt.Sprint(i), Data: data}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	log := firstFile(t, dir, "*.vlog")
	sound := readFile(t, log)
	change(t, log, flipped(valueLogLeast/2, 8))
	if _, err := Open(Options{Dir: dir, Log: quiet()}); !errors.Is(err, chat.ErrDamaged) || !strings.Contains(err.Error(), filepath.Base(log)) {
		t.Errorf("got %v, want ErrDamaged and %s", err, filepath.Base(log))
	}
	// The last value: the log may have been torn there, but reading it is an error.
	if err := os.WriteFile(log, flipped(-valueLogLeast/2, 8)(bytes.Clone(sound)), 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir})
	if st, err := s.Session(t.Context(), 7, "ann", "2"); err == nil {
		t.Errorf("a damaged value is read: %.20v", st)
	}
	if st, err := s.Session(t.Context(), 7, "ann", "1"); err != nil || st == nil {
		t.Errorf("a sound value: %v, %v", st, err)
	}
}

// FuzzFiles: whatever stands in a file, it is looked at without a panic.
func FuzzFiles(f *testing.F) {
	s, err := Open(Options{Dir: f.TempDir(), Log: quiet()})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Apply(f.Context(), one(text(pair, "x"))); err != nil {
		f.Fatal(err)
	}
	dir := s.db.Opts().Dir
	add := func(form string) {
		names, _ := filepath.Glob(filepath.Join(dir, form))
		for _, name := range names {
			if b, err := readLog(name); err == nil {
				f.Add(b)
			}
		}
	}
	add("*.mem")
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	add("*.sst")
	add("MANIFEST")
	f.Fuzz(func(t *testing.T, b []byte) {
		into := t.TempDir()
		for _, name := range []string{"00001.mem", "000001.vlog", "000001.sst", "COMMITTED", "KEYREGISTRY", "DAMAGED"} {
			write(t, into, name, b)
		}
		tables := &folder{dir: into, tables: map[uint64]engine.TableManifest{1: {Compression: options.Snappy}}, order: []uint64{1}}
		tables.checkTables(1 << 20)
		write(t, into, manifest, b)
		if _, err := inspect(into, 1<<20); err != nil {
			t.Error(err)
		}
	})
}
