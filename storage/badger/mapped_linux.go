package badger

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

// The engine maps its tables. What it writes or reads of them stays resident in the
// process until the kernel is short of memory, so the process seems to grow with the
// folder. trimMapped takes the pages out of the process; they stay in the kernel's page
// cache, where the next read finds them.

// trimEvery is how often it looks: reading one line.
const trimEvery = time.Second

// trimMapped keeps what is resident of mapped files near the bound, until Close.
func (s *Store) trimMapped() {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		s.trim()
	}
}

// trim takes the tables out of the process if more is resident than may be.
func (s *Store) trim() {
	if residentFiles() > s.mapped {
		s.unmapTables()
	}
}

// residentFiles is how many bytes of mapped files, the program's code among them, are
// resident in this process; 0 when the kernel does not say.
func residentFiles() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := bytes.Fields(text)
	if len(f) < 3 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(f[2]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// unmapTables takes the pages of all tables out of the process and returns how many
// bytes of addresses that were.
//
// An address must not be given to somebody else between the list of mappings and the
// call: the kernel would take their memory. So an iterator holds the tables meanwhile, and
// only those are touched that the engine had before and after it began: numbers of
// tables are never used again.
func (s *Store) unmapTables() (trimmed uintptr) {
	v := s.view() // keeps Close from releasing the engine
	defer v.discard()
	if v.txn == nil {
		return 0
	}
	before := tableFiles(s.db)
	hold := v.txn.NewIterator(engine.IteratorOptions{})
	defer hold.Close()
	after := tableFiles(s.db)
	return unmapFiles(s.dir, func(name string) bool { return before[name] && after[name] })
}

// openingEvery is how often it is looked while the engine opens tables: that takes some
// tenths of a millisecond for each.
const openingEvery = 2 * time.Millisecond

// trimOpening keeps what becomes resident small while the engine opens a folder, until stop is
// called, which waits. Of each table the engine reads the beginning and the end, and for each the
// kernel maps what lies around: some 200 KB of a table. It is for stores that merge nothing, whose
// engine removes none of the tables that were there.
func trimOpening(dir string) (stop func()) {
	dir = realDir(dir)
	bound := residentFiles() + strideBytes
	there := map[string]bool{}
	names, _ := filepath.Glob(filepath.Join(dir, "*.sst")) // the pattern is good
	for _, name := range names {
		there[filepath.Base(name)] = true
	}
	end := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(openingEvery)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
			}
			if residentFiles() > bound {
				unmapFiles(dir, func(name string) bool { return there[name] })
			}
		}
	})
	return func() {
		close(end)
		done.Wait()
	}
}

// unmapFiles takes the pages of mapped files out of the process: of those in a folder whose name
// may says may be touched.
func unmapFiles(dir string, may func(name string) bool) (trimmed uintptr) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(maps)) {
		m, ok := parseMapping(line)
		if !ok || filepath.Dir(m.file) != dir || !may(filepath.Base(m.file)) {
			continue
		}
		if _, _, no := syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, syscall.MADV_DONTNEED); no == 0 {
			trimmed += m.end - m.start
		}
	}
	return trimmed
}

// tableFiles are the names of the files of the engine's tables.
func tableFiles(db *engine.DB) map[string]bool {
	names := map[string]bool{}
	for _, t := range db.Tables() {
		names[table.IDToFilename(t.ID)] = true
	}
	return names
}

// trim is that of a folder being built. Its tables are on the disk when the engine lists them, and
// none is removed before the building has ended.
func (b *Builder) trim() {
	if residentFiles() > b.mapped {
		built := tableFiles(b.db)
		unmapFiles(b.real, func(name string) bool { return built[name] })
	}
}

// mapping is a line of /proc/self/maps of a file that is shared with the page cache:
// taking its pages away loses nothing.
type mapping struct {
	start, end uintptr
	file       string
}

func parseMapping(line string) (m mapping, ok bool) {
	f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 6) // addresses, rights, offset, device, inode, file
	if len(f) < 6 || len(f[1]) < 4 || f[1][3] != 's' {
		return mapping{}, false
	}
	from, to, _ := strings.Cut(f[0], "-")
	start, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return mapping{}, false
	}
	end, err := strconv.ParseUint(to, 16, 64)
	if err != nil {
		return mapping{}, false
	}
	m = mapping{uintptr(start), uintptr(end), strings.TrimLeft(f[5], " ")}
	return m, end > start && filepath.IsAbs(m.file)
}

// realDir is a folder as the kernel names it.
func realDir(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir
}
