package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
)

// Shelf keeps indexes below a folder, each in one of the number of its app.
type Shelf struct {
	dir   string
	queue *index.AnalysisQueue

	mu    sync.Mutex
	seals map[chat.AppID][]byte // that Begin has found, of indexes not opened since
}

var _ room.Shelf = (*Shelf)(nil)

// New makes a shelf. Close ends its goroutine.
func New(dir string) *Shelf {
	return &Shelf{dir: dir, queue: index.NewAnalysisQueue(1), seals: map[chat.AppID][]byte{}}
}

// Close implements room.Shelf.
func (s *Shelf) Close() { s.queue.Close() }

func (s *Shelf) folder(app chat.AppID) string {
	return filepath.Join(s.dir, strconv.FormatUint(uint64(app), 10))
}

// Begin implements room.Shelf.
func (s *Shelf) Begin() error {
	apps, err := s.Apps()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.seals)
	for _, app := range apps {
		seal, broken := unseal(s.folder(app))
		if err = errors.Join(err, broken); seal != nil && broken == nil {
			s.seals[app] = seal
		}
	}
	return err
}

// begun is the seal of an index, which is opened now; nil: it has none.
func (s *Shelf) begun(app chat.AppID) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	seal := s.seals[app]
	delete(s.seals, app)
	return seal
}

// Open implements room.Shelf.
func (s *Shelf) Open(app chat.AppID, check bool) (room.Index, error) {
	dir := s.folder(app)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	x, err := open(app, dir, s.queue, s.begun(app), check)
	if err != nil {
		return nil, err
	}
	return x, nil
}

// Remove implements room.Shelf. The folder loses its name first: half of an index is none.
func (s *Shelf) Remove(app chat.AppID) error {
	s.begun(app)
	dir := s.folder(app)
	gone := dir + ".gone"
	if err := os.RemoveAll(gone); err != nil {
		return err
	}
	err := os.Rename(dir, gone)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, os.RemoveAll(gone))
}

// Apps implements room.Shelf.
func (s *Shelf) Apps() ([]chat.AppID, error) {
	list, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var apps []chat.AppID
	for _, f := range list {
		if n, err := strconv.ParseUint(f.Name(), 10, 32); err == nil && f.IsDir() {
			apps = append(apps, chat.AppID(n))
		}
	}
	return apps, err
}

// inspect looks whether the newest state in a folder is whole. The library goes back to an older
// one without a word when it is not, and later mixes the two. With check all of its files are
// read, and their checksums compared, which they end with.
func inspect(dir string, queue *index.AnalysisQueue, check bool) (err error) {
	if _, err := os.Stat(filepath.Join(dir, rootFile)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	o := options(dir)
	o["read_only"] = true
	s, err := openScorch(o, queue)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, guard(s.Close)) }()
	return guard(func() error {
		states, err := s.RootBoltSnapshotEpochs()
		if err != nil || len(states) == 0 {
			return err
		}
		newest, err := s.LoadSnapshot(states[0])
		if err != nil {
			return err
		}
		if check {
			err = checkFiles(newest)
		}
		return errors.Join(err, newest.Close())
	})
}

func checkFiles(state *scorch.IndexSnapshot) error {
	for _, s := range state.Segments() {
		if file, ok := s.Segment().(segment.PersistedSegment); ok {
			if err := checkFile(file.Path()); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const sumBytes = 4
	body := info.Size() - sumBytes
	sum := crc32.NewIEEE()
	if body < 0 {
		return fmt.Errorf("%w: %s is cut", room.ErrDamaged, filepath.Base(path))
	}
	if _, err := io.Copy(sum, io.LimitReader(f, body)); err != nil {
		return err
	}
	var want [sumBytes]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return damaged(err)
	}
	if binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return fmt.Errorf("%w: the checksum of %s is wrong", room.ErrDamaged, filepath.Base(path))
	}
	return nil
}

// rootFile says which files are the index.
const rootFile = "root.bolt"

// sealFile holds the checksum of rootFile from an orderly end to the next start.
const sealFile = "seal"

func sumOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), err
}

// seal notes that everything is written.
func seal(dir string) error {
	sum, err := sumOf(filepath.Join(dir, rootFile))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, sealFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(sum)
	return errors.Join(err, f.Sync(), f.Close())
}

// unseal takes the seal away, nil when there is none.
func unseal(dir string) ([]byte, error) {
	path := filepath.Join(dir, sealFile)
	seal, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		return nil, err
	}
	return seal, syncFolder(dir)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// checkSeal looks whether the index is as its seal says.
func checkSeal(dir string, seal []byte) error {
	have, err := sumOf(filepath.Join(dir, rootFile))
	if err != nil {
		return damaged(err)
	}
	if !bytes.Equal(seal, have) {
		return fmt.Errorf("%w: %s is not as it was left", room.ErrDamaged, rootFile)
	}
	return nil
}
