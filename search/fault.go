package search

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"

	room "github.com/teahouse-im/teahouse/chat/search"
)

// errBroken is the fault of an index that is not written any more.
var errBroken = fmt.Errorf("%w: its files cannot be written or merged", room.ErrDamaged)

// faultCallback is the name by which the library finds onFault; it has one list of them for
// all indexes.
const faultCallback = "teahouse"

// opened are the indexes by their folders.
var opened sync.Map

// faultPause is how long the library rests after a fault, which it would repeat at once: most
// are a disk that is full.
const faultPause = time.Second

func init() {
	scorch.RegistryAsyncErrorCallbacks[faultCallback] = onFault
}

// onFault is told what goes wrong in the background.
func onFault(err error, dir string) {
	x, ok := opened.Load(dir)
	if !ok {
		return
	}
	if one := x.(*Index); errors.Is(err, scorch.ErrAsyncPanic) {
		one.breaks.Do(func() { close(one.broken) })
		return
	}
	time.Sleep(faultPause)
}
