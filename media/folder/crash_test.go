package folder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/storetest"
)

// errKilled is what a disk says once the process is to be dead.
var errKilled = errors.New("killed")

// inode is a file with what of it is on the disk for sure.
type inode struct{ synced []byte }

// mortal is a disk that dies before its n-th step, and knows what a power failure would then
// leave: nothing that was not made durable.
type mortal struct {
	osDisk
	left    int // steps until it dies
	live    map[string]*inode
	durable map[string]*inode // names that are on the disk for sure
	folders map[string]bool   // true: durable
}

func newMortal(steps int) *mortal {
	return &mortal{left: steps, live: map[string]*inode{}, durable: map[string]*inode{}, folders: map[string]bool{}}
}

func (m *mortal) step() error {
	if m.left <= 0 {
		return errKilled
	}
	m.left--
	return nil
}

func (m *mortal) OpenFile(name string, flag int) (file, error) {
	if flag&os.O_CREATE != 0 {
		if err := m.step(); err != nil {
			return nil, err
		}
	} else if m.left <= 0 {
		return nil, errKilled
	}
	f, err := m.osDisk.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	if m.live[name] == nil {
		m.live[name] = new(inode)
	}
	return &mortalFile{file: f, m: m, name: name, node: m.live[name]}, nil
}

func (m *mortal) Rename(from, to string) error {
	if err := m.step(); err != nil {
		return err
	}
	m.live[to] = m.live[from]
	delete(m.live, from)
	return m.osDisk.Rename(from, to)
}

func (m *mortal) Remove(name string) error {
	if err := m.step(); err != nil {
		return err
	}
	delete(m.live, name)
	return m.osDisk.Remove(name)
}

func (m *mortal) Mkdir(name string) error {
	if err := m.step(); err != nil {
		return err
	}
	m.folders[name] = false
	return m.osDisk.Mkdir(name)
}

func (m *mortal) SyncDir(dir string) error {
	if err := m.step(); err != nil {
		return err
	}
	in := func(name string, _ *inode) bool { return filepath.Dir(name) == dir }
	maps.DeleteFunc(m.durable, in)
	for name, node := range m.live {
		if in(name, node) {
			m.durable[name] = node
		}
	}
	for name := range m.folders {
		if filepath.Dir(name) == dir {
			m.folders[name] = true
		}
	}
	return nil
}

type mortalFile struct {
	file
	m    *mortal
	name string
	node *inode
}

func (f *mortalFile) Write(p []byte) (int, error) {
	if err := f.m.step(); err != nil {
		return 0, err
	}
	return f.file.Write(p)
}

func (f *mortalFile) Truncate(size int64) error {
	if err := f.m.step(); err != nil {
		return err
	}
	return f.file.Truncate(size)
}

func (f *mortalFile) Sync() error {
	if err := f.m.step(); err != nil {
		return err
	}
	text, err := os.ReadFile(f.name)
	f.node.synced = text
	return err
}

// powerFailure makes a folder of what is left.
func (m *mortal) powerFailure(t *testing.T, from, to string) {
	t.Helper()
	for name, node := range m.durable {
		for dir := filepath.Dir(name); dir != from; dir = filepath.Dir(dir) {
			if durable, made := m.folders[dir]; made && !durable {
				node = nil // a name in a folder that is gone
			}
		}
		if node == nil {
			continue
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(to, rel)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, node.synced, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// life is what happens to a file, and what of it was acknowledged.
type life struct {
	content  []byte
	uploaded int64 // acknowledged
	finished bool
	derived  bool
	removing bool
	removed  bool
}

func (l *life) run(s *Store) error {
	ctx := context.Background()
	half := int64(len(l.content) / 2)
	size, err := s.Append(ctx, key, 0, bytes.NewReader(l.content[:half]), 1<<30)
	if err != nil {
		return err
	}
	l.uploaded = size
	if size, err = s.Append(ctx, key, half, bytes.NewReader(l.content[half:]), 1<<30); err != nil {
		return err
	}
	l.uploaded = size
	if err := s.Finish(ctx, key); err != nil {
		return err
	}
	l.finished = true
	if err := s.Put(ctx, media.Derived(key, media.Thumb), bytes.NewReader([]byte("small")), 5); err != nil {
		return err
	}
	l.derived, l.removing = true, true
	if err := s.Remove(ctx, key); err != nil {
		return err
	}
	l.removed = true
	return nil
}

// check opens what a death has left: nothing that was acknowledged is lost, nothing is half
// there, and the upload goes on.
func (l *life) check(t *testing.T, dir string) {
	t.Helper()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Open(t.Context(), key)
	if err == nil {
		_ = f.Close()
	}
	whole := err == nil
	switch {
	case l.removed && whole:
		t.Error("a removed file is there again")
	case l.finished && !l.removing && !whole:
		t.Errorf("a finished file is lost: %v", err)
	case whole && !bytes.Equal(storetest.Content(t, s, key), l.content):
		t.Error("a file is half there")
	}
	if thumb, err := s.Open(t.Context(), media.Derived(key, media.Thumb)); err == nil {
		_ = thumb.Close()
		if got := storetest.Content(t, s, media.Derived(key, media.Thumb)); string(got) != "small" {
			t.Errorf("the derived picture is %q", got)
		}
	} else if l.derived && !l.removing {
		t.Errorf("the derived picture is lost: %v", err)
	}
	size, err := s.Uploaded(t.Context(), key)
	if err != nil || !whole && !l.removing && size < l.uploaded {
		t.Errorf("%d bytes are left of %d acknowledged ones, %v", size, l.uploaded, err)
	}
	if whole || l.removing {
		return
	}
	if _, err := s.Append(t.Context(), key, size, bytes.NewReader(l.content[size:]), 1<<30); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Content(t, s, key); !bytes.Equal(got, l.content) {
		t.Error("the upload that went on has another content")
	}
}

// A process that is killed, or a machine that loses its power, at each step that the store
// does to the disk.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for steps := range 100 {
		dir := filepath.Join(t.TempDir(), "killed")
		disk := newMortal(steps)
		s, err := open(Options{Dir: dir}, disk)
		if err != nil {
			t.Fatal(err)
		}
		l := &life{content: storetest.Bytes(300_000, 9)}
		ended := l.run(s)
		if ended != nil && !errors.Is(ended, errKilled) {
			t.Fatalf("killed before step %d: %v", steps, ended)
		}
		t.Run(fmt.Sprintf("power failure before step %d", steps), func(t *testing.T) {
			left := filepath.Join(t.TempDir(), "left")
			disk.powerFailure(t, dir, left)
			l.check(t, left)
		})
		t.Run(fmt.Sprintf("killed before step %d", steps), func(t *testing.T) { l.check(t, dir) })
		if ended == nil {
			if steps < 20 {
				t.Errorf("a whole life takes %d steps: are they counted?", steps)
			}
			return
		}
	}
	t.Error("the life of a file does not end")
}
