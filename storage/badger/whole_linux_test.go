package badger

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/raced"
)

// Who reads a whole folder, or builds one, has only a part of it in the process, however fast that
// goes. The part is bounded by what is read between two looks, and by tables on their way.
func TestWholeFoldersAreNotResident(t *testing.T) {
	const (
		messages = 96
		length   = 960_000
		bound    = 70_000_000 // bytes, of 92 MB in all
	)
	if raced.On {
		t.Skip("what takes them out of the process comes too late here")
	}
	dir, again := t.TempDir(), filepath.Join(t.TempDir(), "again")
	s := mustOpen(t, Options{Dir: dir})
	random := rand.NewChaCha8([32]byte{1})
	raw := make([]byte, length/4*3)
	for range messages {
		_, _ = random.Read(raw) // never fails
		body := `"` + base64.RawURLEncoding.EncodeToString(raw) + `"`
		if err := s.Apply(t.Context(), one(text(pair, body))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir, Memory: 64 << 20, Unmerged: true, CheckBytes: -1})
	b, err := Build(again)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.Rest = 0
	if err := n.Entries(t.Context(), b.Add); err != nil {
		t.Fatal(err)
	}
	for what, dir := range map[string]string{"copied": dir, "built": again} {
		if got := resident(t, dir); got > bound {
			t.Errorf("of a folder that was %s, %d MB are resident, want at most %d", what, got/1e6, bound/1_000_000)
		}
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	if got := resident(t, dir); got > bound {
		t.Errorf("of a folder that was verified, %d MB are resident, want at most %d", got/1e6, bound/1_000_000)
	}
}

// resident is how many bytes of the files of a folder are resident in this process.
func resident(t *testing.T, dir string) (n int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(text)) {
		if m, ok := parseMapping(line); ok {
			inside = filepath.Dir(m.file) == realDir(dir)
			continue
		}
		if size, ok := strings.CutPrefix(line, "Rss:"); ok && inside {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(size), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			n += kib << 10
		}
	}
	return n
}

// A store that merges nothing goes on with more tables of level 0 than writers otherwise wait for,
// and leaves them to a store that merges.
func TestUnmerged(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, MemTableSize: crashMemTable, Unmerged: true}
	s := mustOpen(t, o)
	const tables = 17 // writers otherwise wait for 15
	body := strings.Repeat("x", crashMemTable/16)
	wrote := 0
	for len(s.db.Tables()) < tables {
		if err := s.Apply(t.Context(), one(text(pair, fmt.Sprint(wrote, body)))); err != nil {
			t.Fatal(err)
		}
		wrote++
	}
	for _, merged := range []bool{false, true} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		o.Unmerged = !merged
		s = mustOpen(t, o)
		for _, table := range s.db.Tables() {
			if !merged && table.Level != 0 {
				t.Errorf("table %d was merged into level %d", table.ID, table.Level)
			}
		}
		page, err := s.Messages(t.Context(), pair, chat.Seq(wrote-9), false, 10, 0)
		if err != nil || len(page) != 10 {
			t.Errorf("merged %v: %d messages, %v", merged, len(page), err)
		}
		sound(t, s)
	}
}

// What the engine maps of tables that were there leaves the process while a folder is opened.
func TestOpeningIsNotResident(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "000001.sst"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const length = 4 * strideBytes
	if err := f.Truncate(length); err != nil {
		t.Fatal(err)
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, length, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(mapped) }()
	stop := trimOpening(dir)
	for at := 0; at < length; at += os.Getpagesize() {
		mapped[at] = 1
	}
	for deadline := time.Now().Add(time.Minute); resident(t, dir) > 2*strideBytes; {
		if time.Now().After(deadline) {
			t.Fatal("it stays resident")
		}
	}
	stop()
	for at := 0; at < length; at += os.Getpagesize() {
		if mapped[at] != 1 {
			t.Fatalf("byte %d is lost", at)
		}
	}
}

// The engine keeps the bound of the tables on their way where it was known to.
func TestTablesOnTheirWayAreBounded(t *testing.T) {
	b, err := Build(filepath.Join(t.TempDir(), "new"))
	if err != nil {
		t.Fatal(err)
	}
	if !boundTables(b.writer, buildAtOnce) {
		t.Error("the engine keeps it elsewhere")
	}
	if err := b.Abandon(); err != nil {
		t.Error(err)
	}
}
