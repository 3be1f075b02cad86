package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// verifyCommand reads a data folder from its files to what its messages count.
type verifyCommand struct {
	folder
	File string `arg:"" optional:"" help:"A backup, in place of a data folder; - is the standard input."`
}

// Run prints what is damaged, a line each, and is an error when anything is. The
// files are read first and not changed; only when they are sound the folder is opened, which
// finishes what a crash interrupted, as a start does.
func (c verifyCommand) Run(ctx context.Context, out io.Writer) error {
	if c.File != "" {
		return verifyBackup(out, c.File)
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("no data folder: %w", err)
	}
	files, damage, err := badger.VerifyFiles(dir)
	if err != nil {
		return inUse(err)
	}
	for _, d := range damage {
		fmt.Fprintf(out, "damaged  %s\n", d)
	}
	if len(damage) > 0 {
		return fmt.Errorf("the files of %s are damaged: restore it from a copy", dir)
	}
	return verifyContents(ctx, out, dir, files)
}

// verifyBackup reads a backup from its beginning to its end.
func verifyBackup(out io.Writer, name string) error {
	from, closing, err := opensBackup(name)
	if err != nil {
		return err
	}
	header, trailer, err := checkedBackup(from)
	if err = errors.Join(err, closing()); err != nil {
		return err
	}
	if err := badger.CheckSchema(header.Schema); err != nil {
		return err
	}
	fmt.Fprintf(out, "sound    backup %s\n", described(header, trailer))
	return nil
}

func verifyContents(ctx context.Context, out io.Writer, dir string, files badger.Files) error {
	// The files have just been read: opening need not read them again.
	store, err := openToRead(dir, badger.Options{CheckBytes: -1})
	if err != nil {
		return inUse(err)
	}
	wrong := 0
	report := func(where, what string) {
		wrong++
		fmt.Fprintf(out, "damaged  %s: %s\n", where, what)
	}
	except, err := core.BeingErased(ctx, store)
	if err != nil {
		return errors.Join(fmt.Errorf("read apps: %w", err), store.Close())
	}
	got, err := store.Verify(report, func(app chat.AppID) bool { return except[app] })
	if err == nil {
		err = core.VerifyRows(ctx, store, core.RowsBut(store.EachRow, except), time.Now(), report)
	}
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%d things in %s do not fit together", wrong, dir)
	}
	fmt.Fprintf(out, "sound    %d tables, %d bytes; %d messages, %d events, %d rows in %d shards\n",
		files.Tables, files.Bytes, got.Messages, got.Events, got.Rows, got.Shards)
	return nil
}
