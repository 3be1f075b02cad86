package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
)

// ErrClosed is the answer of an index that was closed.
var ErrClosed = errors.New("the index is closed")

// placeKey is the key of Batch.Place.
var placeKey = []byte("place")

// unwritten bounds the batches that are in memory and not yet on the disk.
const unwritten = 8

// Index is that of one app; see room.Index.
type Index struct {
	app chat.AppID
	dir string

	mu      sync.RWMutex // held for writing to close
	closed  bool
	scorch  *scorch.Scorch
	orderly bool          // it was closed so
	room    chan struct{} // one for each batch that is not on the disk
	broken  chan struct{} // closed when nothing is written any more
	breaks  sync.Once
}

// options of an index: little in memory, few files, one state of the past.
func options(dir string) map[string]any {
	return map[string]any{
		"path":               dir,
		"unsafe_batch":       true, // a batch is there before it is on the disk
		"numSnapshotsToKeep": 1,
		"bolt_timeout":       "5s",

		"asyncErrorCallbackName": faultCallback,
		"scorchPersisterOptions": map[string]any{
			"PersisterNapTimeMSec":      300, // batches of that time become one file
			"PersisterNapUnderNumFiles": 200,
		},
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier":   8,
			"MaxSegmentSize":       2_000_000,
			"MaxSegmentFileSize":   1 << 30,
			"TierGrowth":           10.0,
			"SegmentsPerMergeTask": 8,
			"FloorSegmentSize":     5000,
			"ReclaimDeletesWeight": 2.0,
		},
	}
}

// open opens a folder; seal is from its end, nil: that was not orderly. With check all files are
// read.
func open(app chat.AppID, dir string, queue *index.AnalysisQueue, seal []byte, check bool) (x *Index, err error) {
	x = &Index{app: app, dir: dir, orderly: seal != nil, room: make(chan struct{}, unwritten), broken: make(chan struct{})}
	if _, err := unseal(dir); err != nil {
		return nil, err
	}
	if x.orderly {
		if err := checkSeal(dir, seal); err != nil {
			return nil, err
		}
	}
	if err := inspect(dir, queue, check); err != nil {
		return nil, damaged(err)
	}
	opened.Store(dir, x)
	if x.scorch, err = openScorch(options(dir), queue); err != nil {
		opened.Delete(dir)
		return nil, damaged(err)
	}
	return x, nil
}

// openScorch leaves no file open when it fails.
func openScorch(options map[string]any, queue *index.AnalysisQueue) (s *scorch.Scorch, err error) {
	err = guard(func() error {
		made, err := scorch.NewScorch(scorch.Name, options, queue)
		if err != nil {
			return err
		}
		s = made.(*scorch.Scorch)
		return s.Open()
	})
	if err == nil {
		return s, nil
	}
	if s != nil {
		_ = guard(s.Close) // it may be closed already
	}
	return nil, err
}

// damaged is what an index is that does not open.
func damaged(err error) error {
	if errors.Is(err, room.ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w: %w", room.ErrDamaged, err)
}

// guard runs what reads files that lie in memory as they are: one that is wrong leads
// anywhere, and one that was cut is a fault of the machine.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", room.ErrDamaged, r)
		}
	}()
	return do()
}

// use runs something on an index that stays open meanwhile.
func (x *Index) use(do func() error) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return ErrClosed
	}
	return guard(do)
}

// read runs something on the index as it is now.
func (x *Index) read(do func(r index.IndexReader) error) error {
	return x.use(func() error {
		r, err := x.scorch.Reader()
		if err != nil {
			return err
		}
		return errors.Join(do(r), r.Close())
	})
}

// Place implements room.Index.
func (x *Index) Place() (place []byte, orderly bool, err error) {
	err = x.read(func(r index.IndexReader) error {
		place, err = r.GetInternal(placeKey)
		return err
	})
	return place, x.orderly, err
}

// Put implements room.Index. It waits while too many batches are not on the disk.
func (x *Index) Put(ctx context.Context, b *room.Batch) error {
	batch := index.NewBatch()
	for _, id := range b.Gone {
		batch.Delete(messageKey(id))
	}
	for _, n := range b.NamesGone {
		batch.Delete(nameKey(n.Kind, n.ID))
	}
	for i := range b.Messages {
		batch.Update(messageDocument(&b.Messages[i]))
	}
	for i := range b.Names {
		batch.Update(nameDocument(&b.Names[i]))
	}
	if b.Place != nil {
		batch.SetInternal(placeKey, b.Place)
	}
	return x.put(ctx, batch)
}

func (x *Index) put(ctx context.Context, batch *index.Batch) error {
	return x.use(func() error {
		select {
		case x.room <- struct{}{}:
		case <-x.broken:
			return errBroken
		case <-ctx.Done():
			return ctx.Err()
		}
		batch.SetPersistedCallback(func(error) { <-x.room })
		return x.unlessBroken(func() error { return x.scorch.Batch(batch) })
	})
}

// flushFor is how long an end waits for the disk.
const flushFor = 10 * time.Second

// flush waits until everything is on the disk.
func (x *Index) flush() error {
	written := make(chan error, 1)
	batch := index.NewBatch()
	batch.SetPersistedCallback(func(err error) { written <- err })
	if err := x.unlessBroken(func() error { return x.scorch.Batch(batch) }); err != nil {
		return err
	}
	timer := time.NewTimer(flushFor)
	defer timer.Stop()
	select {
	case err := <-written:
		return err
	case <-x.broken:
		return errBroken
	case <-timer.C:
		return context.DeadlineExceeded
	}
}

// Size implements room.Index.
func (x *Index) Size() (documents, bytes int64) {
	_ = x.read(func(r index.IndexReader) error {
		n, err := r.DocCount()
		documents = int64(n)
		return err
	})
	list, _ := os.ReadDir(x.dir)
	for _, f := range list {
		if info, err := f.Info(); err == nil {
			bytes += info.Size()
		}
	}
	return documents, bytes
}

// Close implements room.Index.
func (x *Index) Close(orderly bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	defer opened.Delete(x.dir)
	err := errors.Join(guard(x.flush), x.unlessBroken(x.scorch.Close))
	if err != nil || !orderly {
		return err
	}
	return seal(x.dir)
}
