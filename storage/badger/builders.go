package badger

import (
	"reflect"
	"unsafe"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/y"
)

// The engine keeps up to eight used buffers of table builders and takes them in turn. A
// buffer grows to what the largest of its tables needed, four times a write buffer, and
// never shrinks, so a busy server ends with eight of the largest: half a gigabyte with
// write buffers of 16 MiB. They are given back only when no table has been built for some
// seconds. No option turns this off, so freeBuilders takes each as soon as it is put
// back, as the engine itself does then, and the collector gets it.

// freeBuilders frees the buffers that the engine keeps, until it is closed. It returns
// false when this engine keeps them elsewhere than was known; then nothing is freed.
func freeBuilders(db *engine.DB) bool {
	kept, ok := keptBuilders(db)
	if !ok {
		return false
	}
	go func() { // ends when the engine closes the channel
		for {
			buffer, ok := kept.Recv()
			if !ok {
				return
			}
			if b, ok := buffer.Interface().(interface{ Release() }); ok {
				b.Release()
			}
		}
	}()
	return true
}

// keptBuilders is the channel of buffers, DB.allocPool.allocCh. Both fields are set once,
// before the engine has opened, so reading them races with nothing.
func keptBuilders(db *engine.DB) (reflect.Value, bool) {
	pool := reflect.ValueOf(db).Elem().FieldByName("allocPool")
	if !pool.IsValid() || pool.Kind() != reflect.Pointer || pool.IsNil() {
		return reflect.Value{}, false
	}
	kept := pool.Elem().FieldByName("allocCh")
	if !kept.IsValid() || kept.Kind() != reflect.Chan {
		return reflect.Value{}, false
	}
	return reflect.NewAt(kept.Type(), unsafe.Pointer(kept.UnsafeAddr())).Elem(), true
}

// boundTables bounds how many tables a writer that was just made has on their way to the disk at
// once: 16, and no option says otherwise. It returns false when this engine keeps the bound
// elsewhere than was known; then nothing is changed.
func boundTables(w *engine.StreamWriter, n int) bool {
	bound := reflect.ValueOf(w).Elem().FieldByName("throttle")
	if !bound.IsValid() || bound.Type() != reflect.TypeFor[*y.Throttle]() {
		return false
	}
	*(**y.Throttle)(unsafe.Pointer(bound.UnsafeAddr())) = y.NewThrottle(n)
	return true
}
