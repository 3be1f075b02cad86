package badger

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
)

// engineLog hands the engine's warnings on and keeps its chatter for Debug. Some of
// what the engine only logs ends the store's writing, see fault.
type engineLog struct {
	to    *slog.Logger
	fault atomic.Pointer[func(text string, full bool)] // told of them once the store is there
	merge atomic.Pointer[func()]                       // is called before the engine makes a table of a merge
}

// beforeTable begins the line that the engine gives for debugging just before it makes
// a table of a merge, on the goroutine that will.
const beforeTable = "[%d] LOG Compact. Added"

func (l *engineLog) say(level func(string, ...any), format string, args []any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	level("engine", "text", text)
	if f := l.fault.Load(); f != nil && fatal(text) {
		(*f)(text, strings.Contains(text, syscall.ENOSPC.Error()))
	}
}

// fatal reports whether a line of the engine tells of a write that has failed and that
// no caller hears of. After a failed fsync nobody knows what is on the disk, and a
// second one that succeeds proves nothing.
func fatal(text string) bool {
	switch {
	case strings.HasPrefix(text, "Error while curlf sync"): // of a value log file: the transaction would count as durable
		return true
	case strings.HasPrefix(text, "error flushing memtable to disk"): // tried again without end, until all memtables are full
		return true
	case strings.HasPrefix(text, "While running doCompact"): // half an entry may stand in the list of tables, and others behind it
		return slices.ContainsFunc(diskFaults, func(e syscall.Errno) bool { return strings.Contains(text, e.Error()) })
	}
	return false
}

// diskFaults are what a disk says that fails.
var diskFaults = []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS, syscall.ENXIO}

func (l *engineLog) Errorf(format string, args ...any)   { l.say(l.to.Error, format, args) }
func (l *engineLog) Warningf(format string, args ...any) { l.say(l.to.Warn, format, args) }

// Infof and Debugf tell of flushes and compactions: nothing for an operator.
func (l *engineLog) Infof(string, ...any) {}

// Debugf is also where a merge waits, see Store.awaitTable.
func (l *engineLog) Debugf(format string, _ ...any) {
	if !strings.HasPrefix(format, beforeTable) {
		return
	}
	if f := l.merge.Load(); f != nil {
		(*f)()
	}
}

// engineFault ends the store's writing because of what the engine has logged. A table
// that could not be made for want of room is made when there is some.
func (s *Store) engineFault(text string, full bool) {
	if full && strings.HasPrefix(text, "error flushing") {
		s.disk.look(0)
		return
	}
	s.refuseWrites(fmt.Errorf("engine: %s", text))
}
