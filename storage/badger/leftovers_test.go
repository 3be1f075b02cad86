package badger

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderWith is a folder that holds one message and was closed in good order.
func folderWith(t *testing.T, body string) string {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	if err := s.Apply(t.Context(), one(text(pair, body))); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write puts a file into a folder.
func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestEmptyFilesOfACrashAreRemoved puts into a folder what a process leaves
// that is killed while the engine makes or removes a file.
func TestEmptyFilesOfACrashAreRemoved(t *testing.T) {
	for _, c := range []struct {
		what  string
		files []string
		log   bool // whether the log names the files
	}{
		{"the next value log", []string{"000002.vlog"}, true},
		{"an older value log", []string{"000000.vlog"}, true},
		{"the next write-ahead log", []string{"00002.mem"}, true},
		{"a write-ahead log that was being removed", []string{"00001.mem"}, true},
		{"a table that no list names", []string{"000099.sst"}, false},
		{"rewrites that were not finished", []string{"MANIFEST-REWRITE", "REWRITE-KEYREGISTRY"}, false},
		{"the registry of keys", []string{"KEYREGISTRY"}, true},
		{"statistics of the value log", []string{"DISCARD"}, false},
		{"many at once", []string{"00002.mem", "00003.mem", "000002.vlog", "000003.vlog"}, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := folderWith(t, "kept")
			for _, name := range c.files {
				write(t, dir, name, nil)
			}
			var log bytes.Buffer
			s := mustOpen(t, Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if h := headAt(t, s, pair); h.Seq != 1 {
				t.Errorf("head %+v", h)
			}
			m := text(pair, "goes on")
			if err := s.Apply(t.Context(), one(m)); err != nil || m.Seq != 2 {
				t.Errorf("number %d, %v", m.Seq, err)
			}
			for _, name := range c.files {
				if strings.Contains(log.String(), name) != c.log {
					t.Errorf("%s in the log: %v, want %v\n%s", name, !c.log, c.log, &log)
				}
			}
			if lines := strings.Count(log.String(), "\n"); c.log && lines != 1 {
				t.Errorf("%d lines:\n%s", lines, &log)
			}
		})
	}
}

// TestAnEmptyManifestOfANewFolder is a start that ended before anything was in
// the folder.
func TestAnEmptyManifestOfANewFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "MANIFEST", nil)
	s := mustOpen(t, Options{Dir: dir})
	if err := s.Apply(t.Context(), one(text(pair, "first"))); err != nil {
		t.Fatal(err)
	}
}

// TestFilesOfAFolderInUseAreLeftAlone: what looks like a leftover may be a file
// that another process is just making.
func TestFilesOfAFolderInUseAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, Options{Dir: dir})
	write(t, dir, "000009.vlog", nil)
	if _, err := Open(Options{Dir: dir, Log: quiet()}); err == nil {
		t.Fatal("opened a folder in use")
	}
	if _, err := os.Stat(filepath.Join(dir, "000009.vlog")); err != nil {
		t.Errorf("the other's file: %v", err)
	}
}
