package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// disk is what the store does to a file system; tests put one beneath it that fails or
// forgets.
type disk interface {
	OpenFile(name string, flag int) (file, error)
	Rename(from, to string) error
	Remove(name string) error
	Mkdir(name string) error
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
}

// file is an open one.
type file interface {
	io.ReadWriteSeeker
	io.Closer
	Truncate(size int64) error
	Sync() error
	Stat() (fs.FileInfo, error)
}

// osDisk is the real one. What it makes only the owner may read.
type osDisk struct{}

func (osDisk) OpenFile(name string, flag int) (file, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err // a nil *os.File in an interface would not be nil
	}
	return f, nil
}

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) Remove(name string) error     { return os.Remove(name) }
func (osDisk) Mkdir(name string) error      { return os.Mkdir(name, 0o700) }

func (osDisk) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some file systems keep names without being asked
	}
	return errors.Join(err, d.Close())
}

// mkdirs makes a folder durably, with those above it up to the root, which is there.
func (s *Store) mkdirs(dir string) error {
	if dir == s.root {
		return nil
	}
	if is, err := os.Stat(dir); err == nil && is.IsDir() {
		return nil
	}
	above := filepath.Dir(dir)
	if err := s.mkdirs(above); err != nil {
		return err
	}
	if err := s.disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.disk.SyncDir(above)
}

// missing reports that a name is not there, or something other than a folder stands above it.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
