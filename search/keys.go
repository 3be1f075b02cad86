package search

import (
	"container/heap"
	"encoding/binary"
	"fmt"

	room "github.com/teahouse-im/teahouse/chat/search"
)

// keys are the highest of many, or the lowest: a heap whose top is the one to go.
type keys struct {
	list []string
	most int
	low  bool // the lowest are kept
	more bool // others did not fit
}

// Len implements heap.Interface.
func (k *keys) Len() int { return len(k.list) }

// Less implements heap.Interface.
func (k *keys) Less(i, j int) bool { return k.worse(k.list[i], k.list[j]) }

// Swap implements heap.Interface.
func (k *keys) Swap(i, j int) { k.list[i], k.list[j] = k.list[j], k.list[i] }

// Push implements heap.Interface.
func (k *keys) Push(x any) { k.list = append(k.list, x.(string)) }

// Pop implements heap.Interface.
func (k *keys) Pop() any {
	last := k.list[len(k.list)-1]
	k.list = k.list[:len(k.list)-1]
	return last
}

func (k *keys) worse(a, b string) bool {
	if k.low {
		return a > b
	}
	return a < b
}

func (k *keys) add(key string) {
	switch {
	case len(k.list) < k.most:
		heap.Push(k, key)
	case k.most == 0 || k.worse(key, k.list[0]):
		k.more = true
	default:
		k.more = true
		k.list[0] = key
		heap.Fix(k, 0)
	}
}

// errTwice is that of an index whose files do not belong together.
var errTwice = fmt.Errorf("%w: a document is there twice", room.ErrDamaged)

// sorted empties the heap, the best first.
func (k *keys) sorted() ([]string, error) {
	list := make([]string, len(k.list))
	for i := len(list) - 1; i >= 0; i-- {
		list[i] = heap.Pop(k).(string)
		if i+1 < len(list) && list[i] == list[i+1] {
			return nil, errTwice
		}
	}
	return list, nil
}

// timeOf is the time in a message's id.
func timeOf(key string) int64 { return int64(binary.BigEndian.Uint64([]byte(key[1:9]))) }
