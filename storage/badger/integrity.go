package badger

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/teahouse-im/teahouse/chat"
)

// Damage is one thing that is wrong with a data folder.
type Damage struct {
	File string // its name in the folder
	What string // what is wrong, and what to do when that is not to restore a copy
}

func (d Damage) String() string { return d.File + ": " + d.What }

// folder is a data folder being checked, before the engine opens it: that makes
// good what it finds by leaving out, for ever, what it cannot read. Nothing is changed.
type folder struct {
	dir   string
	names []string // of all files, ascending

	tables  map[uint64]engine.TableManifest // by the engine's list
	order   []uint64                        // newest first
	highest uint64                          // the newest transaction that is complete
	unread  []uint64                        // tables whose blocks have not been checked
	bytes   int64                           // of all tables
	weighed []weighed                       // all tables that could be opened
	damage  []Damage

	mu sync.Mutex // guards highest, unread, bytes, weighed and damage while tables are read
}

// inspect checks all of a folder but the blocks of tables beyond the first
// bytes of them, newest tables first; those noted as damaged before are always read. It
// is for a folder that nobody has open: see locked.
func inspect(dir string, bytes int64) (*folder, error) {
	f := &folder{dir: dir}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		f.names = append(f.names, file.Name())
	}
	f.checkRegistry()
	if f.checkManifest() {
		f.checkTables(bytes)
		f.checkLogs()
		f.checkValueLogs()
		f.checkMark()
	}
	return f, nil
}

// bare reports whether there is nothing of a store: no list of tables, no
// transaction, and nothing that is damaged.
func (f *folder) bare() bool { return f.tables == nil && f.highest == 0 && len(f.damage) == 0 }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) report(file, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.damage = append(f.damage, Damage{file, fmt.Sprintf(format, args...)})
}

// of lists the files of a form, ascending.
func (f *folder) of(form string) (names []string) {
	for _, name := range f.names {
		if matches(name, form) {
			names = append(names, name)
		}
	}
	return names
}

// registryText stands in the registry of keys of a folder without encryption.
const registryText = "Hello Badger"

func (f *folder) checkRegistry() {
	const name = "KEYREGISTRY"
	b, err := os.ReadFile(f.path(name))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		return
	}
	if err != nil || len(b) < 28 || string(b[16:28]) != registryText {
		f.report(name, "it is not as the engine wrote it (%v); nothing that is used stands in it: move it away", err)
	}
}

// checkManifest reads the engine's list of tables. It reports whether there is
// one to go on with.
func (f *folder) checkManifest() bool {
	b, err := os.ReadFile(f.path(manifest))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		tables := len(f.of("*.sst"))
		if tables > 0 {
			f.report(manifest, "the list of tables is missing or empty, and there are %d tables; without it the engine would delete them", tables)
		}
		return tables == 0
	}
	if err == nil {
		err = f.readManifest(b)
	}
	if err != nil {
		f.report(manifest, "the list of tables cannot be read: %v", err)
	}
	return err == nil
}

func (f *folder) readManifest(b []byte) error {
	file, err := os.Open(f.path(manifest))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	list, end, err := engine.ReplayManifestFile(file, 0, engine.DefaultOptions(f.dir).WithLogger(nil))
	if err != nil {
		return err
	}
	if entriesBehind(b[min(end, int64(len(b))):]) {
		return fmt.Errorf("entries follow behind byte %d, which is none", end)
	}
	f.tables = list.Tables
	for id := range list.Tables {
		f.order = append(f.order, id)
	}
	slices.SortFunc(f.order, func(a, b uint64) int { return cmp.Compare(b, a) })
	return nil
}

// entriesBehind looks at the end of a list of tables, which the engine would cut
// off: it may be half an entry, and hold no whole one.
func entriesBehind(rest []byte) bool {
	const head = 8 // the length of an entry, and its checksum
	for ; len(rest) > head; rest = rest[1:] {
		length, body := binary.BigEndian.Uint32(rest), rest[head:]
		if length > 0 && int64(length) <= int64(len(body)) &&
			crc32.Checksum(body[:length], y.CastagnoliCrcTable) == binary.BigEndian.Uint32(rest[4:]) {
			return true
		}
	}
	return false
}

// checkTables reads the end of every table, and the blocks of some.
func (f *folder) checkTables(bytes int64) {
	noted := readNote(f.dir)
	f.eachTable(func(r *blockReader, id uint64) {
		t, err := f.open(id)
		if err != nil {
			f.report(table.IDToFilename(id), "%v", err)
			return
		}
		defer func() { _ = t.close() }()
		if !f.within(&bytes, t, slices.Contains(noted, table.IDToFilename(id))) {
			return
		}
		if err := r.check(t); err != nil {
			f.report(table.IDToFilename(id), "%v", err)
		}
	})
	slices.SortFunc(f.unread, func(a, b uint64) int { return cmp.Compare(b, a) })
}

// within notes what the end of a table tells, and reports whether its blocks are
// read now: when left allows, or it must be.
func (f *folder) within(left *int64, t *tableFile, must bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.highest = max(f.highest, t.highest)
	f.bytes += t.size
	f.weighed = append(f.weighed, weighed{int(f.tables[t.id].Level), t.size, t.first()})
	if must {
		return true
	}
	if *left -= t.size; *left >= 0 {
		return true
	}
	f.unread = append(f.unread, t.id)
	return false
}

// checkTable reads all of one table.
func (f *folder) checkTable(r *blockReader, id uint64) error {
	t, err := f.open(id)
	if err != nil {
		return err
	}
	defer func() { _ = t.close() }()
	return r.check(t)
}

// eachTable calls check for every table, newest first, on as many goroutines as
// there are processors.
func (f *folder) eachTable(check func(*blockReader, uint64)) {
	next := make(chan uint64)
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(f.order)) {
		all.Go(func() {
			var r blockReader
			for id := range next {
				check(&r, id)
			}
		})
	}
	for _, id := range f.order {
		next <- id
	}
	close(next)
	all.Wait()
}

func (f *folder) open(id uint64) (*tableFile, error) {
	return openTable(f.dir, id, f.tables[id].Compression)
}

// checkLogs reads the write-ahead logs: with the tables they hold every
// transaction up to the newest, without a hole.
func (f *folder) checkLogs() {
	cut, at := "", 0 // the log before, when it cannot be read to its end, and from where
	for _, name := range f.of("*.mem") {
		b, err := readLog(f.path(name))
		if err != nil {
			f.report(name, "%v", err)
			continue
		}
		s := scanWAL(b)
		switch next := f.highest + 1; {
		case s.first > next && cut != "":
			f.report(cut, "it cannot be read from byte %d on, and transactions %d to %d were there", at, next, s.first-1)
		case s.first > next:
			f.report(name, "transactions %d to %d come before it and are in no file", next, s.first-1)
		}
		if s.skips != 0 {
			f.report(name, "transaction %d does not follow the one before it", s.skips)
		}
		f.highest = max(f.highest, s.last)
		if behind := s.ended(); behind > f.highest+1 {
			f.report(name, "it cannot be read from byte %d on, and transactions up to %d lie behind", s.end, behind)
			f.highest = behind
		}
		if cut, at = "", s.end; len(s.rest) > 0 {
			cut = name
		}
	}
}

func (f *folder) checkValueLogs() {
	for _, name := range f.of("*.vlog") {
		b, err := readLog(f.path(name))
		if err != nil {
			f.report(name, "%v", err)
			continue
		}
		if at, damaged := valueLogDamage(b); damaged {
			f.report(name, "it cannot be read from byte %d on, and values lie behind", at)
		}
	}
}

// checkMark compares what the files hold with what was answered.
func (f *folder) checkMark() {
	txn, err := readMark(f.dir)
	if err != nil {
		f.report(markFile, "%v; it holds no data: move it away to go on without it", err)
		return
	}
	if txn > f.highest && len(f.damage) == 0 {
		f.report(f.lacking(), "transactions %d to %d were durable and are in no file that counts (a copy of a folder in use lacks some too); "+
			"to go on without them, move %s away", f.highest+1, txn, markFile)
	}
}

// lacking is the file that the newest transactions should be in: the newest log,
// unless there is a table with them that the list of tables does not name.
func (f *folder) lacking() string {
	for _, name := range f.of("*.sst") {
		id, ok := table.ParseFileID(name)
		if _, listed := f.tables[id]; !ok || listed {
			continue
		}
		if t, err := f.open(id); err == nil {
			_ = t.close()
			if t.highest > f.highest {
				return manifest
			}
		}
	}
	if logs := f.of("*.mem"); len(logs) > 0 {
		return logs[len(logs)-1]
	}
	return "*.mem"
}

// damagedShown is how many damaged files an error names.
const damagedShown = 5

// err is the refusal of a damaged folder, nil of a sound one.
func (f *folder) err() error {
	if len(f.damage) == 0 {
		return nil
	}
	slices.SortFunc(f.damage, func(a, b Damage) int { return cmp.Compare(a.File, b.File) })
	var text []string
	for _, d := range f.damage[:min(len(f.damage), damagedShown)] {
		text = append(text, d.String())
	}
	if more := len(f.damage) - damagedShown; more > 0 {
		text = append(text, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w: %s. Nothing was changed: restore the folder from a copy; \"teahouse verify\" shows all that is wrong",
		chat.ErrDamaged, strings.Join(text, "; "))
}

// noteFile names tables that were found damaged while the folder was open, one
// on a line, so that the next start looks at them first.
const noteFile = "DAMAGED"

func readNote(dir string) (names []string) {
	b, _ := os.ReadFile(filepath.Join(dir, noteFile)) // it is a help, not more
	return strings.Fields(string(b))
}

// note adds a table to those to look at first.
func note(dir, name string, log *slog.Logger) {
	names := append(readNote(dir), name)
	err := os.WriteFile(filepath.Join(dir, noteFile), []byte(strings.Join(names, "\n")+"\n"), 0o600)
	if err != nil {
		log.Warn("damaged table not noted", "file", name, "err", err)
	}
}

// forgetNote removes the note: what it names is sound again.
func forgetNote(dir string) error {
	err := os.Remove(filepath.Join(dir, noteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
