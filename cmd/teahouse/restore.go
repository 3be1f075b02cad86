package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/teahouse-im/teahouse/backup"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// restoreCommand makes a data folder of a backup.
type restoreCommand struct {
	folder
	File string `arg:"" help:"The backup; - is the standard input."`
}

// Run builds the folder beside its place, checks the whole backup, and only then gives the folder
// its name. A folder that has anything in it is refused.
func (c restoreCommand) Run(ctx context.Context, out io.Writer) (err error) {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	from, closing, err := opensBackup(c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	b, err := backup.Open(from)
	if err != nil {
		return err
	}
	if err := badger.CheckSchema(b.Header.Schema); err != nil {
		return err
	}
	r, err := newRestore(dir)
	if err != nil {
		return err
	}
	collectEarly()
	trailer, err := r.restore(ctx, b)
	if err != nil {
		return errors.Join(err, r.abandon())
	}
	fmt.Fprintf(out, "restored %s\n", described(b.Header, trailer))
	return nil
}

// opensBackup opens a backup by its name.
func opensBackup(name string) (io.Reader, func() error, error) {
	if name == "-" {
		return os.Stdin, func() error { return nil }, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// restore is a data folder on its way.
type restore struct {
	dir   string // its place
	built string // where it is built
	made  bool   // dir was not there
}

// restoring is added to the name of the folder while it is built beside its place.
const restoring = ".restoring"

// newRestore finds out where the folder is built: beside its place, or there, when that is
// the root of a disk of its own, or nothing may be made beside it. What an interrupted restore has
// left there goes.
func newRestore(dir string) (*restore, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &restore{dir: dir, built: dir + restoring}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.made = true
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case !badger.Unfinished(dir) && !bareDisk(entries):
		return nil, fmt.Errorf("%s is not empty: restore into a new folder", dir)
	case isMount(dir) || badger.Unfinished(dir) || !mayMake(r.built):
		r.built = dir
	}
	return r, r.clear()
}

// mayMake reports whether a folder may be made at this place. A service often may write in its own
// folder and not beside it.
func mayMake(dir string) bool {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		err = os.Remove(dir)
	}
	return !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS)
}

// bareDisk reports a folder without files, but for what a new disk has.
func bareDisk(entries []os.DirEntry) bool {
	for _, e := range entries {
		if e.Name() != "lost+found" {
			return false
		}
	}
	return true
}

// clear removes what an interrupted restore has left, and nothing of one under way.
func (r *restore) clear() error {
	entries, err := os.ReadDir(r.built)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if used, err := badger.InUse(r.built); err != nil || used {
		return errors.Join(err, fmt.Errorf("another restore into %s is under way", r.dir))
	}
	if r.built != r.dir && len(entries) > 0 && !badger.Unfinished(r.built) {
		return fmt.Errorf("%s is in the way, and is not what an interrupted restore has left", r.built)
	}
	return r.empty(entries)
}

// empty removes what is in the folder that is built; the mark of an unfinished one goes last.
func (r *restore) empty(entries []os.DirEntry) error {
	for _, e := range entries {
		if e.Name() == "lost+found" || e.Name() == badger.UnfinishedFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(r.built, e.Name())); err != nil {
			return err
		}
	}
	err := os.Remove(filepath.Join(r.built, badger.UnfinishedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// abandon removes what was built.
func (r *restore) abandon() error {
	entries, err := os.ReadDir(r.built)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = r.empty(entries)
	}
	if err == nil && r.built != r.dir {
		err = os.Remove(r.built)
	}
	return err
}

// restore builds, checks and names the folder.
func (r *restore) restore(ctx context.Context, b *backup.Reader) (backup.Trailer, error) {
	builder, err := badger.Build(r.built)
	if err != nil {
		return backup.Trailer{}, err
	}
	lost := max(0, time.Since(time.UnixMilli(b.Header.Made)))
	leap := badger.NumbersLeft(lost)
	trailer, err := b.Each(backup.Use{
		Entry: func(e backup.Entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return builder.Add(restored(badger.Entry(e), leap))
		},
		File: r.file,
	})
	if err != nil {
		return trailer, errors.Join(err, builder.Abandon())
	}
	if err := builder.Finish(); err != nil {
		return trailer, err
	}
	if err := r.opens(ctx, lost); err != nil {
		return trailer, err
	}
	if err := badger.FinishFolder(r.built); err != nil {
		return trailer, err
	}
	if r.built == r.dir {
		return trailer, nil
	}
	if !r.made {
		if err := os.Remove(r.dir); err != nil {
			return trailer, err
		}
	}
	if err := os.Rename(r.built, r.dir); err != nil {
		return trailer, err
	}
	return trailer, syncFolder(filepath.Dir(r.dir))
}

// restored is an entry as it is to be in the new store.
func restored(e badger.Entry, leap uint64) badger.Entry {
	if shard, row, ok := e.Row(); ok {
		if value, changed := core.RestoredValue(shard, row, leap); changed {
			return e.WithRow(value)
		}
	}
	return e
}

// file writes a file of the backup.
func (r *restore) file(name string, size int64, content io.Reader) (err error) {
	if name != server.MediaKeyFile && !strings.HasPrefix(name, server.MediaFolder+"/") {
		return nil // of a later version
	}
	path := filepath.Join(r.built, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.CopyN(f, content, size)
	return err
}

// opens opens the new store, which looks at it as a start does, and lets it go on with numbers
// that clients do not know.
func (r *restore) opens(ctx context.Context, lost time.Duration) (err error) {
	store, err := openToRead(r.built, badger.Options{Unfinished: true, CheckBytes: -1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	after, upTo, err := store.Leap(lost)
	if err != nil {
		return err
	}
	return core.NoteRestore(ctx, store, after, upTo)
}
