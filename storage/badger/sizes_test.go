package badger

import (
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func TestSizesFollowMemory(t *testing.T) {
	var last sizes
	for _, memory := range []int64{64 << 20, 128 << 20, 256 << 20, 1 << 30, 16 << 30} {
		s := sizesFor(memory)
		if kept := s.blockCache + s.indexCache + s.tail + s.rows; kept > memory*2/5 {
			t.Errorf("%d MiB: caches of %d MiB", memory>>20, kept>>20)
		}
		if s.memTable*15/100 < 1<<20 {
			t.Errorf("%d MiB: a value of 1 MiB does not fit in a transaction", memory>>20)
		}
		if s.memTable > largestMemTable {
			t.Errorf("%d MiB: a write buffer of %d, logs are replayed into %d", memory>>20, s.memTable, largestMemTable)
		}
		if s.tail <= last.tail || s.memTable < last.memTable || s.heads <= last.heads {
			t.Errorf("%d MiB has less than half of it: %+v, %+v", memory>>20, s, last)
		}
		last = s
	}
}

// A folder that a server with much memory has left in a crash opens where there is
// little.
func TestCrashedFolderOpensWithLessMemory(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Memory: 1 << 30})
	const messages = 14
	body := `"` + strings.Repeat("x", 900<<10) + `"`
	for range messages {
		if err := s.Apply(context.Background(), one(text(pair, body))); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(t.TempDir(), "left")
	if err := copyFolder(dir, left); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, Options{Dir: left, Memory: 64 << 20})
	page, err := again.Messages(t.Context(), pair, 1, false, 100, 0)
	if err != nil || len(page) != messages || page[messages-1].Seq != chat.Seq(messages) {
		t.Errorf("%d messages, %v", len(page), err)
	}
}

// A busy engine puts the buffers of table builders aside; with this engine they are found
// and freed. By itself it frees one in two seconds.
func TestBuffersOfBuildersAreFreed(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	kept, ok := keptBuilders(s.db)
	if !ok {
		t.Fatal("this engine keeps the buffers of builders elsewhere: see builders.go")
	}
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		for range 10 * kept.Cap() {
			kept.Send(reflect.Zero(kept.Type().Elem()))
		}
	}()
	select {
	case <-taken:
	case <-time.After(10 * time.Second):
		t.Fatal("they are kept")
	}
}
