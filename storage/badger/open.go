package badger

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
)

// DefaultCheckBytes is how much is read when a folder is opened.
const DefaultCheckBytes = 256 << 20

// Sizes of what has no option.
const (
	// valueLogBytes bounds one value log file. Only values above 1 MiB go there,
	// which none of ours should be, so small files keep the folder small.
	valueLogBytes = 64 << 20
	compactors    = 2
	// queueLength bounds the requests waiting for the committer; a caller beyond
	// waits. The callers are lanes, so it is far from reached.
	queueLength = 4096
)

// ErrInUse is the refusal of a folder that another process has open.
var ErrInUse = errors.New("data folder is in use by another process")

// ErrNewer is the refusal of a folder written by a newer version, ErrOlder that
// of a folder older than what this one can read.
var (
	ErrNewer = errors.New("data folder was written by a newer version")
	ErrOlder = errors.New("data folder is too old")
)

// Options say where and how; only Dir is needed.
type Options struct {
	Dir string
	// Now is the time; nil is time.Now. It must not run behind the machine's clock,
	// by which the engine itself drops what has expired.
	Now func() time.Time
	// Log gets the engine's warnings and ours; nil is slog.Default.
	Log *slog.Logger
	// Memory is about how many bytes the whole program may use; write buffers and
	// caches follow it (sizes.go). 0 is DefaultMemory.
	Memory int64
	// MemTableSize bounds the engine's write buffer in bytes, and with it one
	// transaction, which may hold 15 % of it; 0 follows Memory.
	MemTableSize int64
	// TailBytes bounds the cache of recent messages; 0 follows Memory.
	TailBytes int64
	// RowBytes bounds the cache of rows and dedup keys; 0 follows Memory.
	RowBytes int64
	// CheckBytes is how much of the tables is read when the folder is opened, newest
	// first; what is beyond is read after that, while the store is in use. 0 is
	// DefaultCheckBytes, negative nothing.
	CheckBytes int64
	// MinFree is how much of the disk must be free, in bytes, or writes are refused as
	// busy; never less than what the engine may write by itself, for which 0 asks.
	MinFree int64
	// Failed is told once, with the reason, when the store writes no more: a failed write
	// or damage. A full disk is no such reason. It must not wait for the store.
	Failed func(error)
	// Unfinished opens a folder that is being built, for its builder.
	Unfinished bool
	// Unmerged merges no tables while the store is open: for a command that reads a folder
	// and writes little. What is written becomes tables that a later opening merges.
	Unmerged bool
	// Registerer gets the store's metrics until Close; nil keeps them to itself.
	Registerer prometheus.Registerer

	free func(dir string) (space, error) // tests choose what is free
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Memory = cmp.Or(o.Memory, DefaultMemory)
	size := sizesFor(o.Memory)
	o.MemTableSize = cmp.Or(o.MemTableSize, size.memTable)
	o.TailBytes = cmp.Or(o.TailBytes, size.tail)
	o.RowBytes = cmp.Or(o.RowBytes, size.rows)
	if o.CheckBytes == 0 {
		o.CheckBytes = DefaultCheckBytes
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	if o.free == nil {
		o.free = freeSpace
	}
	return o
}

// Store is an open folder. All methods are safe for concurrent use.
type Store struct {
	db  *engine.DB
	dir string // as the kernel names it
	log *slog.Logger
	now func() time.Time

	// at is the newest transaction that is durable; readers read at it. clock is
	// the largest Message.Clock in it. Both are moved by the committer alone.
	at    atomic.Uint64
	clock atomic.Uint64

	gate   sync.RWMutex // held for reading while queueing, for writing to close
	shut   bool
	queue  chan *request
	broken atomic.Pointer[error] // the first failed commit; nothing is accepted after it
	failed func(error)           // is told of it

	disk    *diskWatch
	minFree int64     // bytes
	late    lateDrops // those that lacked room for their sweep
	holds   holds     // what snapshots need of the past
	mapped  int64     // about how many bytes of mapped files may be resident
	through stride    // of those who read the whole store

	heads   *cache[chat.Shard, headState]
	moved   *movedIndex
	senders *cache[senderKey, chat.SenderStat]
	tail    *tail
	rows    *rowCache
	meters  *meters
	unmeter func() // takes the metrics back

	mark *mark // what is durable, for the next start; the committer's

	holeSaid atomic.Int64 // when the log was last told of missing messages, Unix seconds

	// write makes a transaction durable. Tests put themselves in between.
	write func(txn *engine.Txn, at uint64) error

	reading  sync.RWMutex // held for reading by every view, for writing to release the engine
	released bool

	stop     chan struct{} // ends the upkeep
	done     sync.WaitGroup
	closing  sync.Once
	closeErr error
}

var _ chat.Store = (*Store)(nil)

// senderKey names what a user has sent in a group.
type senderKey struct {
	conv chat.Conversation
	user chat.UserID
}

func engineOptions(o Options) engine.Options {
	size := sizesFor(o.Memory)
	settings := engine.DefaultOptions(o.Dir).
		WithSyncWrites(true).
		WithDetectConflicts(false). // one writer
		WithNumVersionsToKeep(1).
		WithMemTableSize(o.MemTableSize).
		WithNumMemtables(size.memTables).
		WithBaseTableSize(size.baseTable).
		WithBlockCacheSize(size.blockCache).
		WithIndexCacheSize(size.indexCache).
		WithCompression(options.Snappy).
		WithValueLogFileSize(valueLogBytes).
		WithNumCompactors(compactors).
		WithMetricsEnabled(false).
		WithChecksumVerificationMode(options.OnBlockRead). // what is damaged is not given out
		WithVerifyValueChecksum(true).
		WithLogger(&engineLog{to: o.Log})
	if o.Unmerged {
		// Nobody makes room in level 0, so nobody may wait for it.
		settings = settings.WithNumCompactors(0).WithNumLevelZeroTablesStall(math.MaxInt)
	}
	return settings
}

// Open opens or makes the folder o.Dir. A folder in use gives ErrInUse, one of
// another version ErrNewer or ErrOlder, one with damaged files chat.ErrDamaged, one
// whose disk is full ErrFull: then nothing in it has changed. What a crash interrupted is finished: empty files of the
// engine go, and so does what is left of a dropped shard.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("open store: no folder given")
	}
	given := o.MemTableSize > 0
	o = o.filled()
	if err := closeFolder(o.Dir, o.Log); err != nil {
		return nil, err
	}
	unread, err := prepare(o)
	if err != nil {
		return nil, openError(o.Dir, err)
	}
	if !given && crashed(o.Dir) {
		o.MemTableSize = largestMemTable
	}
	db, err := openEngine(o)
	if err != nil {
		return nil, openError(o.Dir, err)
	}
	s, b, err := openStore(o, db)
	if err != nil {
		return nil, errors.Join(openError(o.Dir, err), db.Close())
	}
	s.done.Go(func() { s.commitAll(b) })
	s.done.Go(s.upkeep)
	s.done.Go(s.watchDisk)
	s.done.Go(func() { s.checkTables(unread) })
	s.trim() // of what opening has read
	s.done.Go(s.trimMapped)
	if err := s.finishSweeps(); err != nil {
		return nil, errors.Join(openError(o.Dir, err), s.Close())
	}
	return s, nil
}

// openStore makes the store of an open engine, and what its committer starts
// with.
func openStore(o Options, db *engine.DB) (*Store, *batch, error) {
	s := &Store{
		db: db, dir: realDir(o.Dir), log: o.Log, now: o.Now,
		queue:  make(chan *request, queueLength),
		tail:   newTail(o.TailBytes),
		rows:   newRowCache(o.RowBytes),
		meters: newMeters(),
		stop:   make(chan struct{}),
		failed: o.Failed, minFree: o.MinFree, mapped: sizesFor(o.Memory).mapped,
	}
	s.disk = &diskWatch{dir: o.Dir, log: o.Log, free: o.free, need: s.diskNeed, gap: o.MemTableSize}
	s.disk.look(0)
	fault, merge := s.engineFault, s.awaitTable
	says := db.Opts().Logger.(*engineLog)
	says.fault.Store(&fault)
	says.merge.Store(&merge)
	heads := sizesFor(o.Memory).heads
	s.heads = newCache[chat.Shard, headState](heads, &s.at, shardHash())
	s.senders = newCache[senderKey, chat.SenderStat](heads, &s.at, senderHash())
	s.moved = newMovedIndex(heads)
	s.write = func(txn *engine.Txn, at uint64) error { return txn.CommitAt(at, nil) }
	s.at.Store(db.MaxVersion())
	b := newBatch(s)
	err := s.readState(b)
	if err != nil {
		return nil, nil, err
	}
	if s.mark, err = openMark(o.Dir); err != nil {
		return nil, nil, err
	}
	s.mark.set(s.at.Load())
	if s.unmeter, err = s.register(o.Registerer); err != nil {
		return nil, nil, errors.Join(err, s.mark.close())
	}
	return s, b, nil
}

// closeFolder makes the folder, or takes the rights of others on it: it holds
// keys and what people say. A folder that belongs to somebody else is used as it is.
func closeFolder(dir string, log *slog.Logger) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("open data folder: %w", err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		log.Warn("others may look into the data folder", "dir", dir, "mode", info.Mode().String(), "err", err)
	}
	return nil
}

// prepare checks a folder and puts it in order, before the engine changes
// anything. It returns what is left to check.
func prepare(o Options) (f *folder, err error) {
	err = locked(o.Dir, func() error {
		if err := checkFinished(o); err != nil {
			return err
		}
		if f, err = inspect(o.Dir, o.CheckBytes); err != nil {
			return err
		}
		if err := f.err(); err != nil {
			return err
		}
		if err := f.checkRoom(o); err != nil {
			return err
		}
		return errors.Join(removeLeftovers(o.Dir, o.Log), forgetNote(o.Dir))
	})
	return f, err
}

// crashed reports whether there are write-ahead logs to replay. The engine reads each into
// a write buffer of today's size, and has to be given one as large as it was then.
func crashed(dir string) bool {
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	return err != nil || len(logs) > 0
}

// openEngine opens the engine. Some of what it does not expect in a folder makes
// it panic.
func openEngine(o Options) (*engine.DB, error) { return openEngineWith(o, engineOptions(o)) }

func openEngineWith(o Options, settings engine.Options) (db *engine.DB, err error) {
	if o.Unmerged {
		defer trimOpening(o.Dir)()
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the engine cannot read it: %v", chat.ErrDamaged, p)
		}
	}()
	db, err = engine.OpenManaged(settings)
	if err == nil && !freeBuilders(db) {
		o.Log.Warn("the engine keeps its buffers where they cannot be freed: it needs more memory")
	}
	return db, err
}

func openError(dir string, err error) error {
	if errors.Is(err, syscall.EWOULDBLOCK) || strings.Contains(err.Error(), "Another process is using") {
		return fmt.Errorf("open %s: %w", dir, ErrInUse)
	}
	return fmt.Errorf("open %s: %w", dir, err)
}

// The names of the store's own keys.
const (
	nameSchema   = "schema"
	nameCounters = "counters"
	nameLeap     = "leap"
)

// readState checks the schema and reads the counters. A new folder gets its
// schema with the first commit, so that opening one costs no fsync.
func (s *Store) readState(b *batch) error {
	v := s.view()
	defer v.discard()
	written, err := readValue(v, storeKey(nameSchema), numberFields)
	if err != nil {
		return err
	}
	if written != schema {
		if err := refuse(v, written); err != nil {
			return err
		}
	}
	c, err := readValue(v, storeKey(nameCounters), counterFields)
	if err != nil {
		return err
	}
	if c.serial == 0 {
		// Ids of events are unique over stores too, so that an app which remembers
		// them survives that a folder is deleted: they begin at the folder's birth.
		c.serial = uint64(s.now().UnixMicro())
	}
	b.counters = c
	if b.leap, err = readValue(v, storeKey(nameLeap), leapFields); err != nil {
		return err
	}
	b.schemaWritten = written == schema
	s.clock.Store(c.clock)
	s.moved.upTo.Store(c.clock)
	s.at.Store(max(s.at.Load(), c.txn))
	return nil
}

// refuse is the error of a folder with another schema; nil for a new folder,
// which has neither a schema nor anything else.
func refuse(v view, written uint64) error {
	if written > schema {
		return fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewer, written, schema)
	}
	if written > 0 {
		return fmt.Errorf("%w: its schema is %d, this program needs %d; schema %d was never released, start with an empty folder",
			ErrOlder, written, schema, written)
	}
	empty := true
	err := v.scan(nil, nil, func([]byte, *engine.Item) (bool, error) {
		empty = false
		return false, nil
	})
	if err == nil && !empty {
		err = fmt.Errorf("%w: it has data and no schema, this program needs schema %d; start with an empty folder", ErrOlder, schema)
	}
	return err
}

// Close finishes the commits under way, stops the upkeep and releases
// the folder. Later calls fail, except reads of what is in memory.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.gate.Lock()
		s.shut = true
		close(s.queue)
		s.gate.Unlock()
		close(s.stop)
		s.done.Wait()
		s.unmeter()
		s.reading.Lock() // views are short
		defer s.reading.Unlock()
		s.released = true
		s.closeErr = errors.Join(s.closeEngine(), s.mark.close())
	})
	return s.closeErr
}

// closeEngine closes the engine, which makes tables of what is in its logs, after the
// merges under way. Without room for that it is left as a killed process leaves it: that
// loses nothing either, and writing would end the process.
func (s *Store) closeEngine() error {
	if s.atEdge() {
		s.log.Warn("the disk is full: the folder is left as after a crash, the next start finishes it")
		return nil
	}
	return s.db.Close()
}

// Clock implements chat.Log.
func (s *Store) Clock() uint64 { return s.clock.Load() }
