package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"github.com/teahouse-im/teahouse/backup"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// backupCommand copies a server into one file.
type backupCommand struct {
	target
	Out     string `default:"-" placeholder:"FILE" help:"The file to make; - is the standard output. A file that is there is not overwritten."`
	NoMedia bool   `help:"Leave out the files that users send."`
}

var errTerminal = errors.New("a backup is not for a terminal: name a file with --out")

// Run writes the backup, and says on the standard error what is in it. Nothing that looks like
// the file is left when it fails.
func (c backupCommand) Run(ctx context.Context, out io.Writer) error {
	if c.Out == "-" {
		if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return errTerminal
		}
		return c.write(ctx, out)
	}
	return newFile(c.Out, func(f io.Writer) error { return c.write(ctx, f) })
}

// newFile makes a file that is there, durably, when it is whole; until then it has another name.
func newFile(name string, fill func(io.Writer) error) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s is there already", name)
	}
	part := name + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return syncFolder(filepath.Dir(name))
}

// syncFolder makes the names in a folder durable, where the system lets that be asked.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// write asks the running server, or reads the folder of one that is stopped. What comes is checked
// as it comes.
func (c backupCommand) write(ctx context.Context, out io.Writer) error {
	ctl, err := c.reach()
	if err != nil {
		return err
	}
	from, to := io.Pipe()
	made := make(chan error, 1)
	go func() {
		var err error
		if ctl != nil {
			err = ctl.backup(ctx, to, c.NoMedia)
		} else {
			err = c.copyFolder(ctx, to)
		}
		to.CloseWithError(err)
		made <- err
	}()
	header, trailer, err := checkedBackup(io.TeeReader(from, out))
	from.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	if first := <-made; first != nil && !errors.Is(first, io.ErrClosedPipe) {
		return first
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "backup   %s\n", described(header, trailer))
	return nil
}

// checkedBackup reads a whole backup and keeps nothing.
func checkedBackup(r io.Reader) (backup.Header, backup.Trailer, error) {
	b, err := backup.Open(r)
	if err != nil {
		return backup.Header{}, backup.Trailer{}, err
	}
	trailer, err := b.Each(backup.Use{})
	return b.Header, trailer, err
}

// described says in a line what is in a backup.
func described(h backup.Header, t backup.Trailer) string {
	text := fmt.Sprintf("of %s: transaction %d, %d entries, %d bytes; %d files, %d bytes",
		time.UnixMilli(h.Made).UTC().Format(time.RFC3339), h.Commit, t.Entries, t.Bytes, t.Files, t.FileLen)
	switch h.Media {
	case backup.MediaLeft:
		text += "; without the files of users"
	case backup.MediaBucket:
		text += "; the files of users lie in a bucket and are not in it"
	}
	if t.Missing > 0 {
		text += fmt.Sprintf("; %d files that the store names were not found", t.Missing)
	}
	return text
}

// copyFolder makes a backup of the folder of a server that is stopped.
func (c backupCommand) copyFolder(ctx context.Context, out io.Writer) (err error) {
	conf, err := loaded(c.Config)
	if err != nil {
		return err
	}
	if c.Data != "" {
		conf.Data = c.Data
	}
	store, err := openStopped(conf.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	from := server.Copied{Store: store, Data: conf.Data, Now: time.Now, Alone: true}
	if err := c.files(conf, &from); err != nil {
		return err
	}
	_, _, err = from.Backup(ctx, out)
	return err
}

// openStopped opens the folder of a server that is stopped.
func openStopped(dir string) (*badger.Store, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoFolder, err)
	}
	store, err := openToRead(dir, badger.Options{})
	return store, inUse(err)
}

// files says where the files of users are.
func (c backupCommand) files(conf config.Config, from *server.Copied) error {
	switch m := conf.Media; {
	case m.S3.Given():
		from.Media = backup.MediaBucket
		return nil
	case m.Dir == config.Off:
		from.Media = backup.MediaOff
		return nil
	case c.NoMedia:
		from.Media = backup.MediaLeft
		return nil
	}
	dir := conf.Media.Dir
	if dir == "" {
		dir = filepath.Join(conf.Data, server.MediaFolder)
	}
	files, err := server.MediaOf(dir)
	from.Media, from.Files = backup.MediaIn, files
	return err
}
