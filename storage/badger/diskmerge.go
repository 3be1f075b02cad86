package badger

import (
	"os"
	"time"
)

const (
	// mergeFiles is how many more files must be there to open before a merge makes a
	// table: it makes some at once, and opens the folder in the end.
	mergeFiles = 24
	// mergePause is how often a merge that waits looks again.
	mergePause = 50 * time.Millisecond
)

// awaitTable holds a merge of tables while it may not make another one. The engine
// takes no notice of a table that it cannot make: it goes on without, and what stood in it
// is lost with the merged ones. So a merge waits until there are files to open and free
// space, whatever has used them up.
func (s *Store) awaitTable() {
	if s.tableFits() {
		return
	}
	s.log.Warn("a merge of tables waits: there are no more files to open, or no room", "dir", s.disk.dir)
	for !s.tableFits() {
		time.Sleep(mergePause)
	}
	s.log.Info("the merge of tables goes on")
}

// tableFits reports whether a merge may make a table.
func (s *Store) tableFits() bool {
	return !s.atEdge() && openable(s.disk.dir, mergeFiles)
}

// atEdge reports whether there is so little room that nothing should be made any more.
func (s *Store) atEdge() bool {
	now, err := s.disk.now()
	return err == nil && lacking(now, 2*logMost(s.db.Opts())) != nil
}

// openable reports whether a process may open so many files more.
func openable(dir string, files int) bool {
	for range files {
		f, err := os.Open(dir)
		if err != nil {
			return false
		}
		defer func() { _ = f.Close() }()
	}
	return true
}
