package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/backup"
	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/folder"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// Names of the files in a backup: those of users lie below the first.
const (
	backupMedia = MediaFolder + "/"
	backupKey   = MediaKeyFile
)

// Copied is what a backup is made of.
type Copied struct {
	Store *badger.Store
	Data  string // the data folder
	// Files are those that users send; nil: none are copied, and Media says why.
	Files room.Store
	Media string // see package backup
	// Keep keeps all files until release is called; nil: nobody removes any.
	Keep func() (release func())
	Now  func() time.Time
	// Alone says that nobody else uses the store: then reading never rests.
	Alone bool
}

// fileRest is the longest rest after each MiB of a file while others use the server.
const fileRest = 20 * time.Millisecond

// MediaOf opens the folder with the files of users of a server that is stopped.
func MediaOf(dir string) (room.Store, error) { return folder.Open(folder.Options{Dir: dir}) }

// Backup writes a backup of a store and what belongs to it.
func (c Copied) Backup(ctx context.Context, w io.Writer) (backup.Header, backup.Trailer, error) {
	if c.Keep != nil {
		defer c.Keep()()
	}
	snapshot, err := c.Store.Snapshot()
	if err != nil {
		return backup.Header{}, backup.Trailer{}, err
	}
	defer snapshot.Close()
	s := backup.Source{
		Header: backup.Header{
			Schema: badger.Schema, Program: Version, Made: c.Now().UnixMilli(), Commit: snapshot.Commit(), Media: c.Media,
		},
		Entries: func(ctx context.Context, use func(backup.Entry) error) error {
			return snapshot.Entries(ctx, func(e badger.Entry) error { return use(backup.Entry(e)) })
		},
		Open: c.open,
		Rest: fileRest,
	}
	if c.Alone {
		s.Rest, snapshot.Rest = 0, 0
	}
	if c.Files != nil {
		s.Named = namedFile
	}
	if _, err := os.Stat(filepath.Join(c.Data, MediaKeyFile)); err == nil {
		s.Files = []string{backupKey}
	}
	trailer, err := backup.Make(ctx, w, s)
	return s.Header, trailer, err
}

// namedFile is the name of the file that an entry is about.
func namedFile(e backup.Entry) string {
	shard, row, ok := badger.Entry(e).Row()
	if !ok {
		return ""
	}
	if key := room.KeyOf(shard, row); key != "" {
		return backupMedia + key
	}
	return ""
}

func (c Copied) open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if key, ok := strings.CutPrefix(name, backupMedia); ok {
		f, err := c.Files.Open(ctx, key)
		if errors.Is(err, room.ErrNone) {
			err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
		}
		if err != nil {
			return nil, 0, err
		}
		return f, f.Size(), nil
	}
	f, err := os.Open(filepath.Join(c.Data, name))
	if err != nil {
		return nil, 0, err
	}
	is, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, is.Size(), nil
}

// backup writes a backup of the running server, for operators. One is made at a time.
func (a *App) backup(ctx context.Context, w io.Writer, noMedia bool) (operator.BackupResult, error) {
	if !a.copying.TryLock() {
		return operator.BackupResult{}, operator.ErrBackupRuns
	}
	defer a.copying.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.life, cancel)() // a backup does not hold up the end of the server
	c := Copied{Store: a.engine, Data: a.opt.Data, Keep: a.core.Media.Keep, Now: a.now}
	switch {
	case a.files.Store == nil:
		c.Media = backup.MediaOff
	case a.opt.Media.S3 != nil:
		c.Media = backup.MediaBucket
	case noMedia:
		c.Media = backup.MediaLeft
	default:
		c.Media, c.Files = backup.MediaIn, a.files.Store
	}
	began := a.now()
	h, t, err := c.Backup(ctx, w)
	if err != nil {
		a.log.Warn("backup not made", "err", err)
		return operator.BackupResult{}, err
	}
	a.backedUp.done(h, t, a.now().Sub(began))
	a.log.Info("backup made", "commit", h.Commit, "entries", t.Entries, "entry_bytes", t.Bytes, "files", t.Files,
		"file_bytes", t.FileLen, "missing_files", t.Missing, "took", a.now().Sub(began))
	return operator.BackupResult{Commit: h.Commit, Entries: t.Entries, Files: t.Files, Missing: t.Missing}, nil
}

// endBackups sees to it that a backup under way ends before the listeners close.
func (a *App) endBackups(context.Context) error {
	a.onClose("backups", a.opt.Shutdown, func(context.Context) error {
		a.end()
		return nil
	})
	return nil
}
