package folder

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/storetest"
)

const key = "1400000001/ab/abcdef"

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		dir := filepath.Join(t.TempDir(), "media")
		return func(t *testing.T) media.Store {
			s, err := Open(Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}

// A disk that becomes full refuses in words, keeps what has come and goes on when there is
// room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	free := int64(100 << 20)
	s, err := Open(Options{Dir: t.TempDir(), Leave: 50 << 20, Free: func(string) (int64, error) { return free, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), key, 0, strings.NewReader("hello"), 10); err != nil {
		t.Fatal(err)
	}
	free = 50<<20 + 100
	size, err := s.Append(t.Context(), key, 5, strings.NewReader(" you"), 10)
	if !errors.Is(err, media.ErrFull) || size != 5 || !strings.Contains(err.Error(), "50 MiB are free") {
		t.Errorf("with a full disk: %d, %v", size, err)
	}
	if err := s.Put(t.Context(), "1/a", strings.NewReader("x"), 1); !errors.Is(err, media.ErrFull) {
		t.Errorf("put on a full disk: %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(s.root, newFolder)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	free = 100 << 20
	if size, err := s.Append(t.Context(), key, 5, strings.NewReader(" you"), 10); err != nil || size != 9 {
		t.Errorf("with room again: %d, %v", size, err)
	}
}

// During one upload the room is looked at again.
func TestDiskFillsDuringUpload(t *testing.T) {
	t.Parallel()
	looks := 0
	s, err := Open(Options{Dir: t.TempDir(), Free: func(string) (int64, error) {
		if looks++; looks > 3 {
			return 10, nil
		}
		return 1 << 40, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	size, err := s.Append(t.Context(), key, 0, bytes.NewReader(make([]byte, 20<<20)), 1<<30)
	if !errors.Is(err, media.ErrFull) || size < 2<<20 || size > 5<<20 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

// While the store of messages takes nothing, neither do files.
func TestFullStore(t *testing.T) {
	t.Parallel()
	s, err := Open(Options{Dir: t.TempDir(), Full: func() error { return errors.New("the disk is full") }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), key, 0, strings.NewReader("x"), 10); !errors.Is(err, media.ErrFull) {
		t.Errorf("got %v", err)
	}
}

// Of two that write one file the second is refused.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	s, err := Open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := s.Append(context.Background(), key, 0, r, 10)
		ended <- err
	}()
	_, _ = w.Write([]byte("a")) // it has begun
	if _, err := s.Append(t.Context(), key, 0, strings.NewReader("b"), 10); !errors.Is(err, errBusy) {
		t.Errorf("a second writer: %v", err)
	}
	if err := s.Remove(t.Context(), key); !errors.Is(err, errBusy) {
		t.Errorf("removed while it is written: %v", err)
	}
	_ = w.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Only the owner of the process may read the files, and none lies outside of the folder.
func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes are another system's")
	}
	dir := filepath.Join(t.TempDir(), "media")
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	err = filepath.Walk(dir, func(path string, is os.FileInfo, err error) error {
		if err == nil && is.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, is.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
