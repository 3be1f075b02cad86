package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// scratch is a temporary folder that goes with its process. Only the owner may
// enter it. A process that was killed leaves it behind; the next one of the same
// user removes it.
type scratch struct {
	dir    string
	unlock func() // the process is gone, as far as others can tell
}

const scratchPrefix = "teahouse-dev-"

// makeScratch makes a folder, and removes those whose processes are gone.
func makeScratch() (*scratch, error) {
	sweep()
	dir, err := os.MkdirTemp("", scratchPrefix)
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	unlock, err := lockScratch(dir)
	if err != nil {
		_ = os.RemoveAll(dir) // the first error tells more
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	return &scratch{dir: dir, unlock: unlock}, nil
}

// path returns where a file of the folder is.
func (s *scratch) path(name string) string { return filepath.Join(s.dir, name) }

// remove removes the folder with all it holds. A file that is written meanwhile can
// be in the way, so it tries again; what stays nevertheless is left to the next sweep.
func (s *scratch) remove() {
	for range 3 {
		if os.RemoveAll(s.dir) == nil {
			break
		}
	}
	s.unlock()
}

// sweep removes the folders that killed processes have left.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*")) // the pattern is a good one
	for _, dir := range dirs {
		if abandoned(dir) {
			_ = os.RemoveAll(dir) // no reason not to start
		}
	}
}
