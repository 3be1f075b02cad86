package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder goes with its process, or else with the next one; folders in use and
// those of others stay.
func TestScratchRemovesAbandonedFolders(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	used := mustScratch(t)
	left := mustScratch(t)
	left.unlock() // what the system does when a process is killed
	strange := filepath.Join(os.TempDir(), scratchPrefix+"strange")
	if err := os.Mkdir(strange, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(os.TempDir(), scratchPrefix+"link")
	if err := os.Symlink(left.dir, link); err != nil {
		t.Fatal(err)
	}
	if abandoned(link) {
		t.Error("a link passes for a folder of ours")
	}
	next := mustScratch(t)
	next.remove()
	for _, one := range []struct {
		what, path string
		want       bool
	}{
		{"the folder of a running process", used.dir, true},
		{"the folder of a killed process", left.dir, false},
		{"a folder that has no lock", strange, true},
		{"a folder that was removed", next.dir, false},
	} {
		if _, err := os.Stat(one.path); (err == nil) != one.want {
			t.Errorf("%s: %v, want it there: %v", one.what, err, one.want)
		}
	}
	used.remove()
}

func mustScratch(t *testing.T) *scratch {
	t.Helper()
	s, err := makeScratch()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("env"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}
