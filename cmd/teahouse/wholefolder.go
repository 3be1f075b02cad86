package main

import (
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/teahouse-im/teahouse/storage/badger"
)

// Bounds of commands that go through all of a folder, in bytes. They read one thing after the
// other, for which large caches are of no use.
const (
	wholeMemory = 64 << 20 // what the store is sized for
	wholeSoft   = 96 << 20 // the soft limit of the runtime
)

// openToRead opens a folder for a command that reads all of it and writes little. Its tables stay
// as they are: merging them is the server's, which needs more memory for it.
func openToRead(dir string, o badger.Options) (*badger.Store, error) {
	collectEarly()
	o.Dir, o.Memory, o.Unmerged, o.Log = dir, wholeMemory, true, slog.New(slog.DiscardHandler)
	return badger.Open(o)
}

// collectEarly gives the runtime a soft limit, unless GOMEMLIMIT does. Without it what has been
// read is collected late, and takes several times as much.
func collectEarly() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(wholeSoft)
	}
}
