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

// brokenFor is how long the library may go on with something once the index is broken.
const brokenFor = 3 * time.Second

// unlessBroken runs what waits for goroutines of the library. One that has ended by a fault may
// be waited for without end, and may have kept a lock: then the work is given up, and what it
// holds stays in memory until the process ends.
func (x *Index) unlessBroken(do func() error) error {
	done := make(chan error, 1)
	go x.apart(do, done)
	select {
	case err := <-done:
		return err
	case <-x.broken:
	}
	timer := time.NewTimer(brokenFor)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errBroken
	}
}

func (x *Index) apart(do func() error, done chan<- error) { done <- guard(do) }
