package badger

import (
	"log/slog"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/storagetest"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func mustOpen(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = quiet()
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStore(t *testing.T) {
	engines := map[string]Options{
		"as shipped": {},
		// Small buffers: transactions split, memtables rotate, the tail and
		// the rows forget.
		"small": {MemTableSize: 8 << 20, TailBytes: 64 << 10, RowBytes: 64 << 10},
	}
	for name, o := range engines {
		t.Run(name, func(t *testing.T) {
			storagetest.Run(t, storagetest.Engine{
				Open: func(t *testing.T, now func() time.Time) chat.Store {
					o := o
					o.Dir, o.Now = t.TempDir(), now
					return mustOpen(t, o)
				},
				Reopen: func(t *testing.T, s chat.Store) chat.Store {
					old := s.(*Store)
					if err := old.Close(); err != nil {
						t.Fatal(err)
					}
					o := o
					o.Dir, o.Now = old.db.Opts().Dir, old.now
					return mustOpen(t, o)
				},
			})
		})
	}
}
