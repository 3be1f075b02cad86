package badger

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// ErrFull is the refusal to open a folder whose disk has no room for what the
// engine writes by itself, and stands in what later writes are refused with.
var ErrFull = errors.New("the disk of the data folder is full")

// errBusy answers a write while there is no room: nothing of it has happened.
var errBusy error = &chat.Error{Code: chat.CodeBusy, Msg: "no room to store it, try again later", Err: ErrFull}

const (
	// lookEvery is how often the free space is looked at while nobody writes much.
	lookEvery = time.Second
	// needEvery is after how many looks at a disk with plenty of room the tables are
	// weighed again.
	needEvery = 10
	// writtenFor is what a byte of a transaction is counted as until the next look:
	// it goes into the write-ahead log, then into a table, and both that table and the
	// compaction which takes it need room that was not needed before.
	writtenFor = 4
	// filesLeft is how few files may still be made before the disk counts as full.
	filesLeft = 64
)

// space is what a file system has left for this user.
type space struct {
	bytes int64
	files int64 // -1: not counted
}

// diskWatch keeps the engine from running out of disk. It writes through memory
// maps, so a full disk is no error to it but a signal that ends the process, also in the
// middle of a compaction and again at every start. So writes end while there is still room
// for all that the engine may write without being asked: need says how much that is.
//
// Other programs on the same file system are looked at once a second and before writes
// that come near the bound, which is no promise against one that takes the last bytes
// meanwhile. What is acknowledged survives that too.
type diskWatch struct {
	dir  string
	log  *slog.Logger
	free func(dir string) (space, error) // nil: this system does not tell
	need func() int64                    // bytes, of the engine as it is now
	gap  int64                           // how much more must be free before writes go on

	full atomic.Bool
	left atomic.Int64 // bytes that may be written before the next look

	mu     sync.Mutex // guards all below, and is held while looking
	last   space
	wanted int64 // what need said last
	looks  int
	blind  bool // the last look failed
}

// allows reports whether another write may be staged behind staged bytes. Only the
// committer asks.
func (w *diskWatch) allows(staged int64) bool {
	switch {
	case w.free == nil:
		return true
	case w.full.Load():
		return false // until a look says otherwise
	case w.left.Load() >= writtenFor*staged:
		return true
	}
	return w.look(staged)
}

// wrote counts a transaction that is on its way to the disk.
func (w *diskWatch) wrote(bytes int64) { w.left.Add(-writtenFor * bytes) }

// look looks at the disk and reports whether writes may go on. staged is what is
// about to be written.
func (w *diskWatch) look(staged int64) bool {
	if w.free == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now, err := w.free(w.dir)
	if w.missed(err) {
		w.left.Store(writtenFor * (staged + w.gap)) // the next look is not far
		return !w.full.Load()
	}
	w.last = now
	w.weigh()
	bound := w.wanted + writtenFor*staged
	if w.full.Load() {
		bound += w.gap
	}
	full := lacking(now, bound)
	w.left.Store(now.bytes - w.wanted)
	w.turn(full)
	return full == nil
}

// now asks what is free, without deciding anything.
func (w *diskWatch) now() (space, error) {
	if w.free == nil {
		return space{}, errors.ErrUnsupported
	}
	return w.free(w.dir)
}

// weigh asks what the engine needs, at most looks only now and then when there is
// plenty: it goes through all tables. mu is held.
func (w *diskWatch) weigh() {
	if w.looks%needEvery == 0 || w.last.bytes < 4*w.wanted {
		w.wanted = w.need()
	}
	w.looks++
}

// missed notes whether a look failed, and says so once. mu is held.
func (w *diskWatch) missed(err error) bool {
	if err != nil && !w.blind {
		w.log.Warn("free space of the data folder not known", "dir", w.dir, "err", err)
	}
	w.blind = err != nil
	return w.blind
}

// turn tells the log when writing ends and when it goes on. mu is held.
func (w *diskWatch) turn(full error) {
	switch was := w.full.Swap(full != nil); {
	case full != nil && !was:
		w.log.Error("writes are refused until there is room", "dir", w.dir, "err", full)
	case full == nil && was:
		w.log.Info("there is room again, writes go on", "dir", w.dir, "free", w.last.bytes, "needed", w.wanted)
	}
}

// err is why writes are refused, nil when they are not.
func (w *diskWatch) err() error {
	if !w.full.Load() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := lacking(w.last, w.wanted+w.gap); err != nil {
		return err
	}
	return ErrFull
}

// seen returns the last look, for the metrics.
func (w *diskWatch) seen() (free, wanted int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.bytes, w.wanted
}

// lacking is ErrFull with figures when there is less than bound, else nil.
func lacking(s space, bound int64) error {
	switch {
	case s.bytes < bound:
		return fmt.Errorf("%w: %d MiB are free, %d MiB are needed", ErrFull, s.bytes>>20, (bound+1<<20-1)>>20)
	case s.files >= 0 && s.files < filesLeft:
		return fmt.Errorf("%w: %d more files can be made, %d are needed", ErrFull, s.files, filesLeft)
	}
	return nil
}

// watchDisk looks at the disk until Close, and finishes drops that lacked room.
func (s *Store) watchDisk() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		if s.disk.look(0) {
			s.sweepLate()
		}
	}
}

// Refuses is why the store takes no writes at present, nil when it does. A disk that
// is full (ErrFull) ends by itself; after any other fault the folder must be opened anew.
func (s *Store) Refuses() error {
	if p := s.broken.Load(); p != nil {
		return fmt.Errorf("the store has failed: %w", *p)
	}
	return s.disk.err()
}
