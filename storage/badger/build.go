package badger

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/ristretto/v2/z"
)

// UnfinishedFile marks a folder that is being built. Nothing opens such a folder.
const UnfinishedFile = "UNFINISHED"

// ErrUnfinished is the refusal of a folder whose restore did not end.
var ErrUnfinished = errors.New("the restore of this folder did not end: delete the folder and restore again")

// ErrOrder is the refusal of an entry that does not come after the one before it.
var ErrOrder = errors.New("entries are not in the order of their keys")

// Sizes of building.
const (
	buildBytes = 1 << 20 // handed to the engine at a time
	// buildTable makes tables of 4 MiB. Those on their way to the disk have buffers of some three
	// times their size.
	buildTable = 128 << 10
	// buildAtOnce is how many tables may be on their way, which hides how long the disk takes.
	// The engine would have 16.
	buildAtOnce = 5
)

// Builder makes a data folder of the entries of a snapshot.
type Builder struct {
	dir     string
	real    string // the same, as the kernel names it
	mapped  int64  // about how many bytes of mapped files may be resident
	written stride
	db      *engine.DB
	writer  *engine.StreamWriter
	buffer  *z.Buffer
	last    []byte
	entries uint64
}

// Build begins a folder at a path where there is none, or an empty one. Until
// FinishFolder it is marked as unfinished, and nothing opens it.
func Build(dir string) (*Builder, error) {
	log := slog.New(slog.DiscardHandler)
	if err := closeFolder(dir, log); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, UnfinishedFile), nil, 0o600); err != nil {
		return nil, fmt.Errorf("build %s: %w", dir, err)
	}
	o := Options{Dir: dir, Log: log}.filled()
	db, err := openEngineWith(o, engineOptions(o).WithBaseTableSize(buildTable).WithSyncWrites(false))
	if err != nil {
		return nil, openError(dir, err)
	}
	writer := db.NewStreamWriter()
	if !boundTables(writer, buildAtOnce) {
		log.Warn("the engine bounds the tables that it builds elsewhere: it needs more memory")
	}
	b := &Builder{
		dir: dir, real: realDir(dir), mapped: sizesFor(o.Memory).mapped,
		db: db, writer: writer, buffer: z.NewBuffer(2*buildBytes, "build"),
	}
	if err := b.writer.Prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("build %s: %w", dir, err), b.Abandon())
	}
	return b, nil
}

// Add adds an entry, in the order of keys. It keeps nothing of it.
func (b *Builder) Add(e Entry) error {
	if b.entries > 0 && bytes.Compare(e.Key, b.last) <= 0 || len(e.Key) == 0 {
		return ErrOrder
	}
	b.last = append(b.last[:0], e.Key...)
	b.entries++
	engine.KVToBuffer(&pb.KV{
		Key: e.Key, Value: e.Value, Version: e.Version, ExpiresAt: uint64(max(e.Expires, 0)), StreamId: 1,
	}, b.buffer)
	if b.buffer.LenNoPadding() < buildBytes {
		return nil
	}
	return b.write()
}

func (b *Builder) write() error {
	if err := b.writer.Write(b.buffer); err != nil {
		return fmt.Errorf("build %s: %w", b.dir, err)
	}
	b.buffer.Reset()
	if b.written.passes(buildBytes) {
		b.trim()
	}
	return nil
}

// Finish ends the engine's part: what was added is in the folder, which is not yet durable
// and still marked.
func (b *Builder) Finish() error {
	err := b.write()
	if err == nil {
		err = b.writer.Flush()
	}
	return errors.Join(err, b.release())
}

// Abandon ends the building; the folder is for the caller to remove.
func (b *Builder) Abandon() error {
	b.writer.Cancel()
	return b.release()
}

func (b *Builder) release() error {
	return errors.Join(b.buffer.Release(), b.db.Close())
}

// checkFinished refuses a folder that is being built, unless its builder asks.
func checkFinished(o Options) error {
	if o.Unfinished {
		return nil
	}
	_, err := os.Stat(filepath.Join(o.Dir, UnfinishedFile))
	if err == nil {
		return ErrUnfinished
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// FinishFolder makes all files below a built folder durable and takes the mark away.
func FinishFolder(dir string) error {
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
	if err == nil {
		err = os.Remove(filepath.Join(dir, UnfinishedFile))
	}
	if err == nil {
		err = syncPath(dir)
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", dir, err)
	}
	return nil
}

// CheckSchema refuses a backup of a schema that this program cannot make a store of.
func CheckSchema(n uint64) error {
	switch {
	case n > schema:
		return fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewerBackup, n, schema)
	case n < schema:
		return fmt.Errorf("%w: its schema is %d, this program needs %d", ErrOlderBackup, n, schema)
	}
	return nil
}

// ErrNewerBackup is the refusal of a backup by a newer version, ErrOlderBackup that of one
// older than what this one can read.
var (
	ErrNewerBackup = errors.New("the backup was written by a newer version")
	ErrOlderBackup = errors.New("the backup is too old")
)

// Unfinished reports whether a folder is one whose building did not end.
func Unfinished(dir string) bool { return errors.Is(checkFinished(Options{Dir: dir}), ErrUnfinished) }

// InUse reports whether another process has the folder open.
func InUse(dir string) (bool, error) {
	err := locked(dir, func() error { return nil })
	if errors.Is(err, ErrInUse) {
		return true, nil
	}
	return false, err
}

// syncPath makes a file, or the names in a folder, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
