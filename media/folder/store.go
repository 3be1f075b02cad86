package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/teahouse-im/teahouse/chat/media"
)

// Names beside the key's; no key has their characters.
const (
	partEnd   = "~part" // an upload under way
	newFolder = "~new"  // files that Put is writing
)

// blockBytes is how much is written between two looks at the room that is left.
const blockBytes = 1 << 20

// bufferBytes is what one upload holds in memory.
const bufferBytes = 64 << 10

// errBusy is the answer to the second of two writers of one key.
var errBusy = errors.New("another upload of the file is under way")

// Options say where files lie. Dir is required.
type Options struct {
	Dir string // made when it is missing
	// Leave is how much of the disk stays free, in bytes: an upload that would take it is
	// refused with [media.ErrFull].
	Leave int64
	// Full is another reason to take nothing, such as that of the store of messages on the
	// same disk; nil: none.
	Full func() error
	// Free is what the disk of a folder has left; default: the system is asked.
	Free func(dir string) (int64, error)
}

// Store keeps files in a folder. It is safe for concurrent use; of two that write one key the
// second is refused.
type Store struct {
	opt  Options
	root string
	disk disk

	mu      sync.Mutex
	writing map[string]struct{} // keys
}

var (
	_ media.Store   = (*Store)(nil)
	_ media.Folders = (*Store)(nil)
)

// Open prepares the folder. What Put has left half done in an earlier run is removed.
func Open(o Options) (*Store, error) { return open(o, osDisk{}) }

func open(o Options, d disk) (*Store, error) {
	if o.Free == nil {
		o.Free = freeBytes
	}
	if o.Full == nil {
		o.Full = func() error { return nil }
	}
	root, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(root, newFolder)); err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	if err := os.Mkdir(filepath.Join(root, newFolder), 0o700); err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	return &Store{opt: o, root: root, disk: d, writing: map[string]struct{}{}}, nil
}

// path is where a key's file lies.
func (s *Store) path(key string) (string, error) {
	if err := media.CheckKey(key); err != nil {
		return "", err
	}
	return filepath.Join(s.root, filepath.FromSlash(key)), nil
}

// own makes the caller the one writer of a key until it calls release.
func (s *Store) own(key string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, busy := s.writing[key]; busy {
		return nil, errBusy
	}
	s.writing[key] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.writing, key)
	}, nil
}

// Append implements [media.Store]. What it answers is durable.
func (s *Store) Append(ctx context.Context, key string, offset int64, r io.Reader, limit int64) (size int64, err error) {
	path, err := s.path(key)
	if err != nil {
		return 0, err
	}
	release, err := s.own(key)
	if err != nil {
		return 0, err
	}
	defer release()
	if err := s.mkdirs(filepath.Dir(path)); err != nil {
		return 0, full(err)
	}
	f, isNew, err := s.openPart(path + partEnd)
	if err != nil {
		return 0, full(err)
	}
	size, err = s.extend(ctx, f, offset, r, limit)
	err = errors.Join(err, full(f.Close()))
	if isNew && err == nil {
		err = s.disk.SyncDir(filepath.Dir(path))
	}
	return size, err
}

// openPart opens an upload under way, or begins it.
func (s *Store) openPart(path string) (f file, isNew bool, err error) {
	f, err = s.disk.OpenFile(path, os.O_RDWR)
	if !missing(err) {
		return f, false, err
	}
	f, err = s.disk.OpenFile(path, os.O_RDWR|os.O_CREATE)
	return f, true, err
}

// extend writes on at the end of an upload, or anew at 0.
func (s *Store) extend(ctx context.Context, f file, offset int64, r io.Reader, limit int64) (size int64, err error) {
	size, err = f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if offset == 0 && size > 0 {
		if err := f.Truncate(0); err != nil {
			return size, err
		}
		if size, err = f.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
	}
	if size != offset {
		return size, media.ErrOffset
	}
	size, err = s.pour(ctx, f, size, r, limit)
	if errors.Is(err, media.ErrTooLarge) { // what lies beyond the limit has been written
		err = errors.Join(err, f.Truncate(size))
	}
	return size, errors.Join(err, full(f.Sync()))
}

// buffers are lent to uploads.
var buffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }}

// pour copies r to the end of a file of a size, up to limit, and returns the size then.
func (s *Store) pour(ctx context.Context, f file, size int64, r io.Reader, limit int64) (int64, error) {
	buf := buffers.Get().(*[bufferBytes]byte)
	defer buffers.Put(buf)
	for looked := int64(-1); ; {
		if err := ctx.Err(); err != nil {
			return size, err
		}
		if looked < 0 || size-looked >= blockBytes {
			if err := s.room(blockBytes); err != nil {
				return size, err
			}
			looked = size
		}
		n, err := r.Read(buf[:])
		if size+int64(n) > limit {
			return size, media.ErrTooLarge
		}
		if n > 0 {
			written, err := f.Write(buf[:n])
			size += int64(written)
			if err != nil {
				return size, full(err)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return size, nil
		case err != nil:
			return size, err
		}
	}
}

// room refuses when so many bytes more would leave too little of the disk.
func (s *Store) room(bytes int64) error {
	if err := s.opt.Full(); err != nil {
		return fmt.Errorf("%w: %w", media.ErrFull, err)
	}
	free, err := s.opt.Free(s.root)
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free < s.opt.Leave+bytes {
		return fmt.Errorf("%w: %d MiB are free, %d MiB are to be left", media.ErrFull, free>>20, s.opt.Leave>>20)
	}
	return nil
}

// full names a disk without room.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", media.ErrFull, err)
	}
	return err
}

// Uploaded implements [media.Store].
func (s *Store) Uploaded(_ context.Context, key string) (int64, error) {
	path, err := s.path(key)
	if err != nil {
		return 0, err
	}
	is, err := os.Stat(path + partEnd)
	if missing(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return is.Size(), nil
}

// Finish implements [media.Store].
func (s *Store) Finish(_ context.Context, key string) error {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	release, err := s.own(key)
	if err != nil {
		return err
	}
	defer release()
	if err := s.finished(path); !errors.Is(err, media.ErrNone) { // the first stays
		if err == nil {
			_ = s.disk.Remove(path + partEnd) // most often there is none
		}
		return err
	}
	if err := s.sync(path + partEnd); err != nil {
		return none(full(err))
	}
	if err := s.disk.Rename(path+partEnd, path); err != nil {
		return err
	}
	return s.disk.SyncDir(filepath.Dir(path))
}

// finished makes sure of a file that an earlier call, perhaps cut short, has named.
func (s *Store) finished(path string) error {
	if _, err := os.Stat(path); err != nil {
		return none(err)
	}
	return s.disk.SyncDir(filepath.Dir(path))
}

func none(err error) error {
	if missing(err) {
		return media.ErrNone
	}
	return err
}

func (s *Store) sync(path string) error {
	f, err := s.disk.OpenFile(path, os.O_RDWR)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Put implements [media.Store].
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	if err := s.mkdirs(filepath.Dir(path)); err != nil {
		return full(err)
	}
	tmp, err := os.CreateTemp(filepath.Join(s.root, newFolder), "")
	if err != nil {
		return full(err)
	}
	name := tmp.Name()
	if err := tmp.Close(); err != nil {
		return full(err)
	}
	if err := s.fill(ctx, name, r, size); err != nil {
		return errors.Join(err, s.disk.Remove(name))
	}
	if err := s.disk.Rename(name, path); err != nil {
		return errors.Join(err, s.disk.Remove(name))
	}
	return s.disk.SyncDir(filepath.Dir(path))
}

// fill writes a file durably. It has to come to its size.
func (s *Store) fill(ctx context.Context, name string, r io.Reader, size int64) error {
	f, err := s.disk.OpenFile(name, os.O_RDWR)
	if err != nil {
		return full(err)
	}
	n, err := s.pour(ctx, f, 0, r, size)
	if err == nil && n != size {
		err = fmt.Errorf("a file of %d bytes has %d: %w", size, n, io.ErrUnexpectedEOF)
	}
	return errors.Join(err, full(f.Sync()), full(f.Close()))
}

// opened is a whole file.
type opened struct {
	*os.File
	size int64
}

// Size implements [media.File].
func (o *opened) Size() int64 { return o.size }

// Open implements [media.Store].
func (s *Store) Open(_ context.Context, key string) (media.File, error) {
	path, err := s.path(key)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, none(err)
	}
	is, err := f.Stat()
	if err == nil && !is.Mode().IsRegular() {
		err = media.ErrNone
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &opened{f, is.Size()}, nil
}

// Remove implements [media.Store].
func (s *Store) Remove(_ context.Context, key string) error {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	release, err := s.own(key)
	if err != nil {
		return err
	}
	defer release()
	gone := 0
	// The file last: as long as it is there it is listed.
	for _, name := range append(append(media.DerivedKeys(path), path+partEnd), path) {
		switch err := s.disk.Remove(name); {
		case err == nil:
			gone++
		case !missing(err) && !isFolder(name):
			return err
		}
	}
	if gone == 0 {
		return nil
	}
	return s.disk.SyncDir(filepath.Dir(path))
}

// isFolder reports a folder: other keys lie below it, and it is not the file of one.
func isFolder(name string) bool {
	is, err := os.Stat(name)
	return err == nil && is.IsDir()
}

// Address implements [media.Store]: a folder answers nobody.
func (s *Store) Address(context.Context, string, media.Response, time.Time) (string, bool) {
	return "", false
}

// UploadAddress implements [media.Store].
func (s *Store) UploadAddress(context.Context, string, int64, string, time.Time) (string, map[string]string, bool) {
	return "", nil, false
}

// RemoveFolder implements [media.Folders].
func (s *Store) RemoveFolder(_ context.Context, name string) error {
	if strings.Contains(name, "/") {
		return media.ErrKey
	}
	path, err := s.path(name)
	if err != nil {
		return err
	}
	return os.RemoveAll(path)
}
