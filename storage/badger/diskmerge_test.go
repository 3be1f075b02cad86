//go:build unix

package badger

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// mergeRooms are conversations that fill a store.
const mergeRooms = 16

// writeRounds writes a message to every room, again and again.
func writeRounds(t *testing.T, s *Store, until func() bool) (rounds int) {
	t.Helper()
	body := make([]byte, 64<<10)
	for ; !until(); rounds++ {
		var commits []*chat.Commit
		for i := range mergeRooms {
			_, _ = rand.Read(body)
			commits = append(commits, one(text(mergeRoom(i), string(body)))...)
		}
		if err := s.Apply(t.Context(), commits); err != nil {
			t.Fatal(err)
		}
	}
	return rounds
}

func mergeRoom(i int) chat.Conversation {
	return chat.C2COf(7, "ann", chat.UserID(fmt.Sprint("peer", i)))
}

// noMoreFiles takes all files that the process may open. What is returned gives them
// back.
func noMoreFiles(t *testing.T) (back func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	spare, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	few := was
	few.Cur = uint64(spare.Fd()) + 64
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	taken := []*os.File{spare}
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		taken = append(taken, f)
	}
	return func() {
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was)
		for _, f := range taken {
			_ = f.Close()
		}
	}
}

// written is a log that a test reads while it is written.
type written struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *written) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *written) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

// await waits for what the engine does by itself.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Errorf("not seen: %s", what)
			return
		}
	}
}

// TestMergeWithoutFilesLosesNothing: all files are open, by connections perhaps, when
// tables are merged. The engine passes over tables that it cannot make, so it must not
// try; when there are files again it goes on, and everything is there.
func TestMergeWithoutFilesLosesNothing(t *testing.T) {
	log := &written{}
	o := Options{Dir: t.TempDir(), MemTableSize: 8 << 20, CheckBytes: -1, Log: slog.New(slog.NewTextHandler(log, nil))}
	s := mustOpen(t, o)
	var once sync.Once
	reached, goOn := make(chan struct{}), make(chan struct{})
	hold := *s.db.Opts().Logger.(*engineLog).merge.Load()
	atTable := func() {
		once.Do(func() { close(reached) })
		<-goOn
		hold()
	}
	s.db.Opts().Logger.(*engineLog).merge.Store(&atTable)
	rounds := writeRounds(t, s, func() bool {
		select {
		case <-reached:
			return true
		default:
			return false
		}
	})
	back := noMoreFiles(t)
	close(goOn)
	await(t, "a merge that waits", func() bool { return log.has("a merge of tables waits") })
	back()
	await(t, "the end of the merge", func() bool { return s.db.Levels()[0].NumTables < 5 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, o)
	for i := range mergeRooms {
		page, err := s.Messages(t.Context(), mergeRoom(i), 1, false, rounds+1, 1<<40)
		if err != nil || len(page) != rounds {
			t.Errorf("%s: %d messages of %d, %v", mergeRoom(i), len(page), rounds, err)
		}
	}
}

// A merge waits for room that another program has taken, too.
func TestMergeWaitsAtTheEdge(t *testing.T) {
	disk := newFakeDisk()
	s := mustOpen(t, Options{Dir: t.TempDir(), free: disk.free})
	if !s.tableFits() {
		t.Error("with room")
	}
	disk.bytes.Store(1 << 20)
	if s.tableFits() {
		t.Error("without room")
	}
}
